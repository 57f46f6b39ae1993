import { Stack, Token } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SERVICE_VARIABLE } from '../../lambdas/contract/metrics.ts';
import { CIRCUIT_MS } from '../../lambdas/contract/reporting-times.ts';
import type { CircuitSettings } from '../../lambdas/contract/settings.ts';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import { warnOfShortTimeout } from '../parts/function-timeout.ts';
import { circuitKeys } from '../parts/leading-keys.ts';
import { allowItemsOf, allowTableKeyByAlias } from '../parts/permissions.ts';
import { deployedStack } from '../parts/service-name.ts';
import { linkReferences } from '../parts/stack-links.ts';

interface Guarded {
  readonly store: IFailureStore;
  readonly circuits: Map<string, CircuitSettings>;
}

/** The circuits granted to each function so far. The CDK can write a function's environment, but not read it. */
const GUARDED = new WeakMap<LambdaFunction, Guarded>();

/** Gives your function what `circuitBreaker` needs for one dependency: settings, table and permission. */
export function guardFunction(
  fn: LambdaFunction,
  store: IFailureStore,
  {
    dependency,
    circuit,
    service,
  }: { readonly dependency: string; readonly circuit: CircuitSettings; readonly service: string },
): void {
  const guarded: Guarded = GUARDED.get(fn) ?? { store, circuits: new Map() };
  if (guarded.store !== store) {
    throw new ConfigError([
      `function ${fn.node.path} must be guarded by one pipeline, got a second one: a function reads one table of circuits`,
    ]);
  }
  ConfigError.throwIfAny(elsewhere(fn, store));
  GUARDED.set(fn, guarded);
  if (guarded.circuits.has(dependency)) return;
  guarded.circuits.set(dependency, circuit);
  fn.addEnvironment(SERVICE_VARIABLE, service);
  const table = circuitsFor(fn, store);
  fn.addEnvironment('BACKSTOP_CIRCUITS_TABLE', table.tableName);
  fn.addEnvironment('BACKSTOP_CIRCUITS', JSON.stringify(Object.fromEntries(guarded.circuits)));
  allowItemsOf(fn, table, circuitKeys(dependency, circuit), 'GetItem', 'UpdateItem');
  if (!table.encryptionKey && store.byName) allowTableKeyByAlias(fn, store.byName.keyAlias);
}

/** A call that Lambda ends with the function counts neither as a success nor as a failure of the dependency. */
export function warnOfUncountedCalls(
  fn: LambdaFunction,
  { name, timeoutMs }: { readonly name: string; readonly timeoutMs: number },
): void {
  const what = `a call of ${shown(name)} (${timeoutMs / 1_000} s) and its circuit (${CIRCUIT_MS / 1_000} s)`;
  warnOfShortTimeout(fn, { ms: timeoutMs + CIRCUIT_MS, what, otherwise: 'calls that hang never open the circuit' });
}

/** Yields a mistake if the table is in another account or region, where the function's role and name don't reach it. */
function* elsewhere(fn: LambdaFunction, store: IFailureStore): Generator<string> {
  for (const place of ['account', 'region'] as const) {
    const [own, other] = [Stack.of(fn)[place], Stack.of(store)[place]];
    if (own === other || Token.isUnresolved(own) || Token.isUnresolved(other)) continue;
    yield `function ${fn.node.path} must be in the ${place} of the pipeline's store, ${shown(other)}, got ${shown(own)}`;
  }
}

/**
 * The table of circuits, by its name for a function in another stack. A reference would make that stack depend on the
 * store's, and the pipeline may depend on that stack, because it holds a dependency.
 */
function circuitsFor(fn: LambdaFunction, { circuits, byName, arns }: IFailureStore): ITable {
  if (deployedStack(fn) === deployedStack(circuits)) return circuits;
  if (!byName) {
    // An ARN refers to no stack, unless it is a token that does.
    linkReferences(fn, { table: arns.circuits, key: arns.key }, `guard of ${shown(fn.node.path)}`);
    return circuits;
  }
  const found = fn.node.tryFindChild(BY_NAME) as ITable | undefined;
  return found ?? Table.fromTableName(fn, BY_NAME, byName.circuits);
}

const BY_NAME = 'BackstopCircuits';
