import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Deployment } from '../cloud/template.ts';
import type { Guard } from './guards.ts';

/** One mutant, and where to look for a schedule that notices it. */
export interface Hunt {
  readonly deployment: Deployment;
  readonly guard: Guard;
  /** Most random schedules. */
  readonly seeds: number;
}

/** What noticed the mutant; undefined: nothing did. */
export type Caught = string | undefined;

/** Loads a file without one of its lines. It must happen before anything imports the file. */
function removeLine(file: string, line: number): void {
  const url = pathToFileURL(join(import.meta.dirname, '../../..', file)).href;
  registerHooks({
    load(loaded, context, next) {
      const result = next(loaded, context);
      if (loaded !== url || result.source === undefined || result.source === null) return result;
      const lines = String(result.source).split('\n');
      lines[line - 1] = '';
      return { ...result, source: lines.join('\n') };
    },
  });
}

async function hunt({ deployment, guard, seeds }: Hunt): Promise<Caught> {
  if (guard.kind === 'line') removeLine(guard.file, guard.line);
  const { simulate } = await import('../simulate.ts');
  const { PINNED } = await import('../pinned.ts');
  const { randomSchedule } = await import('../random-schedule.ts');
  const missing = guard.kind === 'check' ? guard : undefined;
  const notices = async (schedule: Parameters<typeof simulate>[0]) => {
    const { violations } = await simulate(schedule, deployment, { missing });
    return violations[0]?.invariant;
  };
  for (const pinned of PINNED) {
    const broken = await notices(pinned);
    if (broken) return `pinned schedule (${broken})`;
  }
  for (let seed = 1; seed <= seeds; seed++) {
    const broken = await notices(randomSchedule(seed));
    if (broken) return `seed ${seed} (${broken})`;
  }
  return undefined;
}

Error.stackTraceLimit = 0;
parentPort?.postMessage((await hunt(workerData as Hunt)) ?? null);
