import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import type { Clock } from '../../contract/time.ts';
import { circuitKey } from '../../domain/circuit/circuit-key.ts';
import { type CircuitStore, keptSecondsOf } from '../../domain/circuit/circuit-store.ts';
import { isDependencyFault } from '../../domain/circuit/dependency-fault.ts';
import type { CircuitWatcher } from '../../use-cases/circuit/apply-event.ts';
import { Breaker } from '../../use-cases/circuit/breaker.ts';
import type { BreakerContext } from '../../use-cases/circuit/breaker-context.ts';
import type { Circuits } from '../../use-cases/circuit/circuits.ts';
import { CIRCUITS, within } from '../budgets.ts';
import { BoundedMap } from './bounded-map.ts';
import { DynamoDBCircuitStore } from './dynamodb-circuit-store.ts';
import { turnNow } from './turn-clock.ts';

/** Most breakers that a process caches. It reads an evicted circuit again. */
const MAX_BREAKERS = 10_000;

/** The circuits of a table. */
export function circuitsIn(client: DynamoDBClient, table: string, watcher: CircuitWatcher): Circuits {
  return circuitsOn(
    ({ windowMs }) => new DynamoDBCircuitStore({ client, table, keptSeconds: keptSecondsOf(windowMs) }),
    watcher,
  );
}

/** A client with short timeouts, so that an unreachable table delays no call for long. */
export function circuitClient(): DynamoDBClient {
  return new DynamoDBClient(within(CIRCUITS));
}

/** Creates one breaker per circuit and shares it among all callers. */
export function circuitsOn(
  storeFor: (policy: CircuitPolicy) => CircuitStore,
  watcher: CircuitWatcher,
  now: Clock = Date.now,
  { random = Math.random, newToken = randomUUID }: Partial<Pick<BreakerContext, 'random' | 'newToken'>> = {},
): Circuits {
  const breakers = new BoundedMap<string, Breaker>(MAX_BREAKERS);
  const stores = new Map<number, CircuitStore>();
  return {
    of({ name, circuit: policy }, tenant) {
      const key = circuitKey({ dependency: name, tenant: (policy.perTenant && tenant) || undefined });
      const known = breakers.get(key);
      if (known) return known;
      const store = stores.get(policy.windowMs) ?? storeFor(policy);
      stores.set(policy.windowMs, store);
      const breaker = new Breaker(key, {
        policy,
        store,
        watcher,
        now,
        turnNow: now === Date.now ? turnNow : undefined,
        random,
        newToken,
        isFailure: isDependencyFault,
      });
      breakers.set(key, breaker);
      return breaker;
    },
  };
}
