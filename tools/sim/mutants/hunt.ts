import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Deployment } from '../cloud/template.ts';
import { type Edit, withEdit } from './edits.ts';
import type { Guard } from './guards.ts';

/** Mutants, and where to look for schedules that notice them. One that edits code needs a thread of its own. */
export interface Hunt {
  readonly deployment: Deployment;
  readonly guards: readonly Guard[];
  /** Most random schedules. */
  readonly seeds: number;
}

/** What noticed the mutant; undefined: nothing did. */
export type Caught = string | undefined;

let isEdited = false;

/** Loads a file with an edit. It must happen before anything imports the file. */
function edit(guard: Edit): void {
  const url = pathToFileURL(join(import.meta.dirname, '../../..', guard.file)).href;
  registerHooks({
    load(loaded, context, next) {
      const result = next(loaded, context);
      if (loaded !== url || result.source === undefined || result.source === null) return result;
      isEdited = true;
      return { ...result, source: withEdit(String(result.source), guard) };
    },
  });
}

async function hunt(guard: Guard, { deployment, seeds }: Hunt): Promise<Caught> {
  if (guard.kind === 'edit') edit(guard);
  const { simulate } = await import('../simulate.ts');
  const { PINNED } = await import('../pinned.ts');
  const { SCENARIOS } = await import('../story/scenarios.ts');
  const { randomSchedule } = await import('../random-schedule.ts');
  if (guard.kind === 'edit' && !isEdited) return undefined;
  const missing = guard.kind === 'check' ? guard : undefined;
  // Only tables of items use the adapters.
  const storesItems = guard.kind === 'edit' && guard.file.startsWith('lambdas/adapters/') ? true : undefined;
  const notices = async ({ scenario, ...rest }: Parameters<typeof simulate>[0]) => {
    const schedule = { ...rest, scenario: { ...scenario, storesItems: storesItems ?? scenario.storesItems ?? false } };
    const { violations } = await simulate(schedule, deployment, { missing });
    return violations[0]?.invariant;
  };
  for (const pinned of PINNED) {
    const broken = await notices(pinned);
    if (broken) return `pinned schedule: ${broken}`;
  }
  for (const scenario of SCENARIOS) {
    const broken = await notices({ scenario, seed: 1, plan: [] });
    if (broken) return `story "${scenario.name}": ${broken}`;
  }
  for (let seed = 1; seed <= seeds; seed++) {
    const broken = await notices(randomSchedule(seed));
    if (broken) return `seed ${seed}: ${broken}`;
  }
  return undefined;
}

Error.stackTraceLimit = 0;
const work = workerData as Hunt;
for (const guard of work.guards) parentPort?.postMessage((await hunt(guard, work)) ?? null);
