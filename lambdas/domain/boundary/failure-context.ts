import { isBodyOf } from '../../contract/body-claim.ts';
import type { Failure } from '../../contract/failure.ts';
import type { AcceptedInput, DependencyKind } from '../../contract/settings.ts';
import { DAY_MS } from '../../contract/time.ts';
import { type Reporter, unacceptedOperation, unacceptedReporter } from './acceptance.ts';
import { findOperationProblem } from './aws-operation.ts';
import { unsafeHeaders, unsafePath } from './http-request.ts';
import { fieldRejection, type Rejection } from './rejection.ts';

export interface ParseOptions {
  /** Name of the lane's dependency. */
  readonly dependency: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** How long the ledger keeps a failure, in milliseconds. */
  readonly retentionMs: number;
  /**
   * Whether the config registers a dependency. Steps to undo may name registered ones only. @default - accepts any name
   */
  readonly isRegistered?: (dependency: string) => boolean;
  /** Kind of the lane's dependency, or of a step's. @default - all are HTTP APIs */
  readonly kindOf?: (dependency: string) => DependencyKind | undefined;
  /** Whether a dependency takes encoded slashes in paths. @default - none does */
  readonly takesEncodedSlashes?: (dependency: string) => boolean;
  /** Whether the pipeline has a bucket for bodies that are too large for an event. @default true */
  readonly takesClaims?: boolean;
  /** What the config accepts in events about a dependency. @default - all */
  readonly acceptedBy?: (dependency: string) => AcceptedInput | undefined;
}

type ByConfig = Required<Pick<ParseOptions, 'isRegistered' | 'kindOf' | 'takesEncodedSlashes' | 'acceptedBy'>>;

/** The settings of a dependency that events depend on. */
type Registered = AcceptedInput & { readonly kind: DependencyKind; readonly encodedSlashes?: boolean };

/** What the config says about the dependencies that an event names. */
export function accordingTo(settingsOf: (dependency: string) => Registered | undefined): ByConfig {
  return {
    isRegistered: (name) => settingsOf(name) !== undefined,
    kindOf: (name) => settingsOf(name)?.kind,
    takesEncodedSlashes: (name) => settingsOf(name)?.encodedSlashes === true,
    acceptedBy: settingsOf,
  };
}

/** Finds what depends on the lane, the config or the time, the first mistake first. */
export function* contextMistakes(failure: Failure, reporter: Reporter, options: ParseOptions): Iterable<Rejection> {
  const { dependency, undo = [] } = failure;
  if (dependency !== options.dependency) yield wrongDependency();
  const { isRegistered = () => true } = options;
  for (const [index, step] of undo.entries())
    if (!isRegistered(step.dependency))
      yield fieldRejection(`undo.${index}.dependency`, 'must be the name of a registered dependency');
  yield* unfitOperations(failure, options);
  yield* unfitClaims(failure, options);
  yield* unaccepted(failure, reporter, options);
  yield* timeMistakes(failure, options);
}

export function wrongDependency(): Rejection {
  return fieldRejection('dependency', 'must be the dependency of this lane', 'wrong-dependency');
}

/** Operations that don't fit the kind of their dependency. */
function* unfitOperations(
  failure: Failure,
  { kindOf = () => undefined, takesEncodedSlashes = () => false }: ParseOptions,
): Iterable<Rejection> {
  for (const { at, dependency: called, operation: made } of callsOf(failure)) {
    const found = findOperationProblem(kindOf(called) ?? 'http', made);
    if (found) yield fieldRejection(`${at}.${found.field}`, found.problem);
    const unsafe = unsafePath(made.path, { encodedSlashes: takesEncodedSlashes(called) });
    if (unsafe) yield fieldRejection(`${at}.path`, unsafe, 'unsafe-path');
  }
  // Redriving an execution undoes nothing, and its duration has no limit.
  for (const [index, step] of (failure.undo ?? []).entries())
    if (kindOf(step.dependency) === 'state-machine')
      yield fieldRejection(`undo.${index}.dependency`, 'must not be a state machine');
}

/**
 * Claims of bodies that are not the operation's own. Backstop would send a body of one dependency or tenant to another.
 */
function* unfitClaims(failure: Failure, { takesClaims = true }: ParseOptions): Iterable<Rejection> {
  for (const { at, dependency, operation } of callsOf(failure)) {
    const { bodyClaim } = operation;
    if (!bodyClaim) continue;
    if (!takesClaims) yield fieldRejection(`${at}.bodyClaim`, 'must be absent without largeBodies');
    if (!isBodyOf(bodyClaim.key, dependency, failure.tenant))
      yield fieldRejection(`${at}.bodyClaim.key`, 'must be a key of its dependency and tenant', 'not-accepted');
  }
}

/** What the config doesn't accept: by the failure's own dependency, and by that of each step to undo. */
function* unaccepted(
  failure: Failure,
  reporter: Reporter,
  { acceptedBy = () => undefined }: ParseOptions,
): Iterable<Rejection> {
  for (const { at, dependency, operation } of callsOf(failure)) {
    const accepted = acceptedBy(dependency) ?? {};
    const unsafe = unsafeHeaders(operation.headers ?? {}, accepted);
    if (unsafe) yield fieldRejection(`${at}.headers`, unsafe, 'unsafe-header');
    const who = unacceptedReporter(accepted.accepts ?? {}, reporter, failure.tenant);
    if (who) yield fieldRejection(who, `must be one that the dependency of ${at} accepts`, 'not-accepted');
    const what = unacceptedOperation(accepted.accepts ?? {}, operation);
    if (what) yield fieldRejection(`${at}.${what}`, 'must be one that its dependency accepts', 'not-accepted');
  }
}

function* timeMistakes({ occurredAt }: Failure, { now, retentionMs }: ParseOptions): Iterable<Rejection> {
  const age = now - Date.parse(occurredAt);
  if (age < -DAY_MS) yield fieldRejection('occurredAt', 'must be at most one day in the future');
  // One day less than the retention: an event may carry a time up to one day ahead when it first arrives.
  if (age > retentionMs - DAY_MS) {
    const problem = 'is so old that the failure may already have been handled and forgotten';
    yield fieldRejection('occurredAt', problem, 'too-old');
  }
}

/** The calls that a failure asks for, each with its place in the event. */
function callsOf({ dependency, operation, undo = [] }: Failure) {
  return [
    { at: 'operation', dependency, operation },
    ...undo.map((step, index) => ({ ...step, at: `undo.${index}.operation` })),
  ];
}
