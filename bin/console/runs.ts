import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { EXIT_CODES } from '../session/errors.ts';
import type { Run } from './run.ts';
import { type Answer, type RunTool, runForDocument } from './run-for-document.ts';

export interface RunRequest {
  readonly what: Run['what'];
  readonly of: string;
  readonly why: string;
  readonly args: readonly string[];
}

/**
 * The long commands of a console. They continue when the operator closes the page. The console keeps them until it
 * ends.
 */
export interface Runs {
  start(request: RunRequest): Run;
  /** Interrupts a run as Ctrl-C does. @returns undefined if there is no such run */
  pause(id: string): Run | undefined;
  /** Latest first. */
  all(): readonly Run[];
  /** Interrupts all runs, and waits until each has put back what it held. */
  stop(): Promise<void>;
}

/** Ended runs that are kept. */
const KEPT = 50;
/** A command that throws is a fault of the tool. It must not end the console, and the other runs with it. */
const BROKEN = (): Answer => ({
  code: 1,
  document: undefined,
  message: 'the command broke off: run it in the terminal',
});

export function consoleRuns(run: RunTool, now: () => number = Date.now): Runs {
  const runs = new Map<string, { state: Run; readonly stop: AbortController; readonly ended: Promise<void> }>();
  const change = (id: string, part: Partial<Run>) => {
    const known = runs.get(id);
    if (known) known.state = { ...known.state, ...part };
    return known?.state;
  };
  const follow = async (id: string, { args }: RunRequest, signal: AbortSignal): Promise<void> => {
    const progress = (total: number) => {
      change(id, { total });
      return { show: (done: number, text: string) => void change(id, { done, text }), end: () => undefined };
    };
    const { code, document, message } = await runForDocument(run, args, { signal, progress }).catch(BROKEN);
    // Dead letters that died again have been moved all the same.
    const isDone = code === EXIT_CODES.done || code === EXIT_CODES.diedAgain;
    const state = isDone ? 'done' : code === EXIT_CODES.interrupted ? 'paused' : 'failed';
    change(id, { state, document, text: message, outcome: outcomeOf(document) });
  };
  return {
    start(request) {
      const id = randomUUID();
      const { what, of, why } = request;
      const stop = new AbortController();
      const state: Run = {
        id,
        what,
        of,
        why,
        state: 'running',
        done: 0,
        total: 0,
        text: '',
        startedAt: new Date(now()).toISOString(),
      };
      // The run needs its entry from its first progress on.
      const ended = Promise.resolve().then(() => follow(id, request, stop.signal));
      runs.set(id, { state, stop, ended });
      for (const [old, { state: each }] of runs) {
        if (runs.size > KEPT && each.state !== 'running' && each.state !== 'pausing') runs.delete(old);
      }
      return state;
    },
    pause(id) {
      runs.get(id)?.stop.abort();
      const known = runs.get(id);
      return known?.state.state === 'running' ? change(id, { state: 'pausing' }) : known?.state;
    },
    all: () => [...runs.values()].map(({ state }) => state).reverse(),
    async stop() {
      for (const { stop } of runs.values()) stop.abort();
      await Promise.all([...runs.values()].map(({ ended }) => ended));
    },
  };
}

const count = v.number();
const Redriven = v.object({
  outcomes: v.object({ died: count, underWay: count, held: count, waiting: count }),
});

/** How the dead letters of a redrive ended, if the document says so. */
function outcomeOf(document: unknown): Run['outcome'] {
  const redriven = v.safeParse(Redriven, document);
  if (!redriven.success) return undefined;
  const { died, underWay, held, waiting } = redriven.output.outcomes;
  if (died > 0) return 'died-again';
  return underWay + held + waiting > 0 ? 'under-way' : 'healed';
}
