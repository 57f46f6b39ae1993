import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SERVICE_VARIABLE } from '../../lambdas/contract/metrics.ts';
import type { CircuitSettings } from '../../lambdas/contract/settings.ts';
import { ConfigError } from '../config/validate-config.ts';
import type { FailureStore } from '../parts/failure-store.ts';
import { allowItemsOf } from '../parts/permissions.ts';

interface Guarded {
  readonly store: FailureStore;
  readonly circuits: Map<string, CircuitSettings>;
}

/** The circuits granted to each function so far. The CDK can write a function's environment, but not read it. */
const GUARDED = new WeakMap<LambdaFunction, Guarded>();

/** Gives your function what `circuitBreaker` needs for one dependency: settings, table and permission. */
export function guardFunction(
  fn: LambdaFunction,
  store: FailureStore,
  {
    dependency,
    circuit,
    service,
  }: { readonly dependency: string; readonly circuit: CircuitSettings; readonly service: string },
): void {
  const guarded: Guarded = GUARDED.get(fn) ?? { store, circuits: new Map() };
  if (guarded.store !== store) {
    throw new ConfigError([
      `function ${fn.node.path} must be guarded by pipelines that share one store, got a second store`,
    ]);
  }
  GUARDED.set(fn, guarded);
  if (guarded.circuits.has(dependency)) return;
  guarded.circuits.set(dependency, circuit);
  fn.addEnvironment(SERVICE_VARIABLE, service);
  fn.addEnvironment('BACKSTOP_CIRCUITS_TABLE', store.circuits.tableName);
  fn.addEnvironment('BACKSTOP_CIRCUITS', JSON.stringify(Object.fromEntries(guarded.circuits)));
  const keys = circuit.perTenant ? [dependency, `${dependency}/*`] : [dependency];
  allowItemsOf(fn, store.circuits, keys, 'GetItem', 'UpdateItem');
}
