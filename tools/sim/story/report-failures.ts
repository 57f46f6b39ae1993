import type { Failure } from '../../../lambdas/contract/failure.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import { writeFailure } from '../../../lambdas/domain/boundary/failure-json.ts';
import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';
import { STARTS_AT } from './times.ts';

export interface Reported {
  readonly failures: readonly Failure[];
  /** Whether the bus has delivered all events. */
  readonly areSent: () => boolean;
}

/** Part of every payload. No log line, event or dead letter may hold it. */
export const SECRET = 'payload-of-the-customer';

const APART_MS = 330;

/** Reports the scenario's failures to the lane. The bus may deliver an event twice. */
export function reportFailures({ world, lane }: Services, scenario: Scenario): Reported {
  const failures = Array.from({ length: scenario.failures ?? 1 }, (_, n) => failureOf(n, scenario));
  let sent = 0;
  for (const [n, failure] of failures.entries()) {
    const body = writeFailure(failure);
    world.after(n * APART_MS, () => {
      sent++;
      lane.send(body);
      if (world.faults.strike('bus delivery', ['twice']) === undefined) return;
      lane.send(body, { delayMs: world.chance.between('second delivery', 0, 20_000) });
    });
  }
  return { failures, areSent: () => sent === failures.length };
}

function failureOf(n: number, { method = 'POST', reportedStatus = 429, steps = 0 }: Scenario): Failure {
  const id = `f${n}`;
  const undo = Array.from({ length: steps }, (_, step) => ({
    name: `step-${step}`,
    dependency: 'stock',
    operation: { method: 'POST' as const, path: undoPath(id, step) },
  }));
  return {
    version: 1,
    id,
    correlationId: `c${n}`,
    dependency: 'payments',
    occurredAt: iso(STARTS_AT - 1_000),
    operation: { method, path: pathOf(id), body: { note: SECRET } as never },
    error: { name: 'HttpError', statusCode: reportedStatus },
    ...(steps > 0 && { undo }),
  };
}

/** The path names the failure, so that a dependency knows whose call it is, whatever keys the code uses. */
export function pathOf(id: string): string {
  return `/orders/${id}`;
}

export function undoPath(id: string, step: number): string {
  return `/undo/${id}/${step}`;
}
