import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import type { IFailureStore } from './failure-store.ts';
import { linkReferences, targetsOf } from './stack-links.ts';
import { PLACES, type Place, placeOf, tablesOf } from './store-arns.ts';

/** Which pipeline has which table, by the root of its app. */
const OWNERS = new WeakMap<IConstruct, Map<string, IConstruct>>();

/**
 * Makes a pipeline the only one of a store, however often the app imports that store. Reconciler and publisher work on
 * whatever is in the tables, with the config of their own pipeline. A second pipeline would end the failures of the
 * first.
 *
 * @throws ConfigError when another pipeline has the store, or it is in another account or region
 */
export function reserveStore(store: IFailureStore, pipeline: IConstruct): void {
  ConfigError.throwIfAny(new Set(elsewhere(store, pipeline)));
  linkReferences(pipeline, store.arns, 'store');
  const { root } = pipeline.node;
  const owners = OWNERS.get(root) ?? new Map<string, IConstruct>();
  OWNERS.set(root, owners);
  for (const table of tablesOf(store.arns)) {
    const first = owners.get(table);
    if (first) {
      throw new ConfigError([
        `store must belong to one pipeline, got the store of '${first.node.path}': give '${pipeline.node.path}' a FailureStore of its own`,
      ]);
    }
    owners.set(table, pipeline);
  }
}

/** Yields a mistake for each part of the store that functions of the pipeline don't reach. */
function* elsewhere(store: IFailureStore, pipeline: IConstruct): Generator<string> {
  const here = Stack.of(pipeline);
  yield* strayStack(Stack.of(store), here);
  for (const [name, arn] of Object.entries(store.arns)) {
    for (const target of targetsOf(arn)) yield* strayStack(Stack.of(target), here);
    const place = placeOf(arn);
    if (place) yield* stray(`store.${name}`, place, { here, got: shown(arn) });
  }
}

/** A reference between stacks needs both places, or neither, at synth. */
function* strayStack(other: Stack, here: Stack): Generator<string> {
  if (other === here) return;
  for (const part of PLACES) {
    const isLate = Token.isUnresolved(other[part]);
    if (isLate && Token.isUnresolved(here[part])) continue;
    if (other[part] !== here[part]) yield mustBeHere('store', part, { here, got: known(other, part) });
  }
}

/** An ARN says where its resource is. A stack may leave that open until the deployment. */
function* stray(what: string, place: Place, { here, got }: { readonly here: Stack; readonly got: string }) {
  for (const part of PLACES)
    if (!Token.isUnresolved(here[part]) && place[part] !== here[part]) yield mustBeHere(what, part, { here, got });
}

function mustBeHere(
  what: string,
  part: keyof Place,
  { here, got }: { readonly here: Stack; readonly got: string },
): string {
  return `${what} must be in the ${part} of the pipeline's stack, ${known(here, part)}, got ${got}: functions find tables by name, in their own account and region`;
}

function known(stack: Stack, part: keyof Place): string {
  const value = Token.isUnresolved(stack[part]) ? `unknown at synth` : shown(stack[part]);
  return `${value} ('${stack.node.path}')`;
}
