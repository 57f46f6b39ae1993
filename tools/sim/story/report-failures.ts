import type { Failure } from '../../../lambdas/contract/failure.ts';
import { toJsonText } from '../../../lambdas/contract/json-text.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import { writeFailure } from '../../../lambdas/domain/boundary/failure-json.ts';
import { Resource } from '../cloud/resource.ts';
import type { ConflictStory, Scenario } from './scenario.ts';
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
export function reportFailures(services: Services, scenario: Scenario): Reported {
  const { world, lane } = services;
  const failures = Array.from({ length: scenario.failures ?? 1 }, (_, n) => failureOf(n, scenario));
  for (const { operation } of failures) if (scenario.conflict) haveChanges(services, operation.path, scenario.conflict);
  let sent = 0;
  for (const [n, failure] of failures.entries()) {
    const body = writeFailure(failure);
    world.after(n * APART_MS, () => {
      sent++;
      lane.send(body);
      if (world.faults.inject('bus delivery', ['twice']) === undefined) return;
      lane.send(body, { delayMs: world.chance.between('second delivery', 0, 20_000) });
    });
  }
  return { failures, areSent: () => sent === failures.length };
}

/** State on which an update was based, and what it makes of that. */
export const BASE = { a: 1, b: 1, c: 1, note: SECRET };
export const OURS = { ...BASE, a: 2 };

/** Puts the resource into its API, where others change it. */
function haveChanges({ world, dependencies }: Services, path: string, { others }: ConflictStory): void {
  const resource = new Resource(BASE);
  dependencies.get('payments')?.resources.set(path, resource);
  for (const [n, { afterMs, field }] of others.entries()) {
    const change = () => resource.change(field, 100 + n);
    if (afterMs === 0) change();
    else world.after(afterMs, change);
  }
}

function failureOf(n: number, scenario: Scenario): Failure {
  const { method = 'POST', reportedStatus = 429, steps = 0, conflict, isOrdered } = scenario;
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
    operation: {
      method: conflict ? 'PUT' : method,
      path: pathOf(id),
      body: toJsonText(conflict ? OURS : { note: SECRET }),
      base: conflict && toJsonText(BASE),
      ifMatch: conflict && '"v1"',
      headers: conflict && { 'content-type': 'application/json' },
      resourceId: isOrdered ? 'shared' : undefined,
    },
    error: { name: 'HttpError', statusCode: conflict ? 412 : reportedStatus },
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
