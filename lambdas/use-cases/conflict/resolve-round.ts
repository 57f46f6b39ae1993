import { createHash } from 'node:crypto';
import type { Answer } from '../../contract/conflict-record.ts';
import { BusyError, errorName } from '../../contract/errors.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { type JsonText, parseJsonText } from '../../contract/json-text.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import {
  type Comparison,
  type CurrentState,
  compare,
  type RefusedWrite,
  resubmission,
  stateDigest,
} from '../../domain/conflict/compare.ts';
import { keepsTheirs } from '../../domain/conflict/conflict-mode.ts';
import type { RoundResult } from '../../domain/conflict/round-result.ts';
import { callKey } from '../../domain/ledger/effect-key.ts';
import { maskedBodyPlaces } from '../../domain/redrive/operation-redaction.ts';
import type { Call } from '../call.ts';
import type { Departure } from '../departure.ts';
import type { Log } from '../telemetry.ts';

/** Answer of your resolver function. */
export type Advice =
  | { readonly resolution: 'ours' | 'theirs' | 'ask' }
  /** `body`: the whole merged state. */
  | { readonly resolution: 'merged'; readonly body: JsonText };

/** Invokes the resolver function. Asks `depart` right before, and throws what it throws. */
export type AskResolver = (
  entry: LedgerEntry,
  ours: RefusedWrite,
  current: CurrentState,
  depart: Departure,
) => Promise<Advice>;

interface RoundPorts {
  readonly depart: Departure;
  readonly log: Log;
  readonly call: Call;
  /** Reads the current state of the resource, body included. */
  readonly read: Call;
  /** Invokes the resolver function that the dependency's config names. */
  readonly askResolver: AskResolver;
}

const GONE: ReadonlySet<number | undefined> = new Set([404, 410]);

/**
 * Runs one round: reads the current state, compares, and resubmits the write on top of it. Never sends the stale ETag,
 * nor one that the dependency has refused.
 */
export async function resolveRound(
  entry: LedgerEntry,
  operation: HttpOperation,
  settings: DependencySettings,
  ports: RoundPorts,
): Promise<RoundResult> {
  if (keepsTheirs(entry)) return keepTheirs(entry);
  const fetched = await fetchState(entry, operation, settings, ports);
  if (fetched.kind === 'failed') return fetched;
  const ours = { operation, occurredAt: effectiveTime(entry) };
  const context = { ours, current: fetched.current, entry, settings: withMaskedPlaces(settings, entry) };
  const comparison = entry.question?.answer ? applyDecision(context) : await applyStrategy(context, ports);
  return comparison.kind === 'no-advice' ? comparison : execute(comparison, context, ports);
}

/** A question masks what an edit copied from a masked field, whatever the field is named. */
function withMaskedPlaces(settings: DependencySettings, { edits }: LedgerEntry): DependencySettings {
  const { conflict } = settings;
  return { ...settings, conflict: { ...conflict, sensitive: [...conflict.sensitive, ...maskedBodyPlaces(edits)] } };
}

/** Caps the producer's time at the receipt, so that a fast clock does not win over later writes. Times sort as text. */
function effectiveTime({ occurredAt, receivedAt }: LedgerEntry): string {
  return occurredAt < receivedAt ? occurredAt : receivedAt;
}

/** Resolves without a call: a human chose to keep their version. */
function keepTheirs({ question, conflict }: LedgerEntry): RoundResult {
  const version = question?.version;
  const resolution = {
    how: 'decided',
    winner: 'theirs',
    // The fields that the question listed.
    fields: conflict?.fields ?? [],
    version,
  } as const;
  return { kind: 'ok', statusCode: 204, resolution };
}

type Fetched = Extract<RoundResult, { kind: 'failed' }> | { readonly kind: 'found'; readonly current: CurrentState };

async function fetchState(
  entry: LedgerEntry,
  { path, query, headers = {} }: HttpOperation,
  settings: DependencySettings,
  { read, depart }: RoundPorts,
): Promise<Fetched> {
  const about = Object.entries(headers).filter(([name]) => !/^(?:content-|if-|idempotency-key$)/.test(name));
  // A cache would answer with an old state and its old version.
  const fresh = { ...Object.fromEntries(about), 'cache-control': 'no-cache' };
  const get: HttpOperation = { method: 'GET', path, query, headers: fresh };
  // With the write's idempotency key, the dependency would replay its answer to the write.
  const keyless = settings.kind === 'http' ? { ...settings, idempotencyKeys: false } : settings;
  const result = await read(get, keyless, entry, depart);
  if (result.kind === 'ok') {
    const { statusCode, body, headers: { etag, 'last-modified': lastModified } = {} } = result;
    return { kind: 'found', current: { statusCode, etag, lastModified, body } };
  }
  const { statusCode } = result.error;
  if (statusCode !== undefined && GONE.has(statusCode)) return { kind: 'found', current: { statusCode } };
  return result;
}

async function applyStrategy(
  { ours, current, entry, settings }: RoundContext,
  { askResolver, log, depart }: RoundPorts,
): Promise<Comparison | { readonly kind: 'no-advice' }> {
  const comparison = compare(ours, current, settings.conflict, entry.conflict?.refused ?? []);
  const isForFunction = comparison.kind === 'undecided' && comparison.because === 'asked-for';
  if (settings.conflict.strategy !== 'function' || !isForFunction) return comparison;
  try {
    return applyAdvice(await askResolver(entry, ours, current, depart), comparison, { ours, current, settings });
  } catch (error) {
    if (error instanceof BusyError) throw error;
    log('your resolver function gave no resolution', { cause: errorName(error) });
    return { kind: 'no-advice' };
  }
}

function applyAdvice(
  advice: Advice,
  undecided: Comparison & { readonly kind: 'undecided' },
  { ours, current, settings }: Pick<RoundContext, 'ours' | 'current' | 'settings'>,
): Comparison {
  switch (advice.resolution) {
    case 'ours':
      return resubmission(ours, current, 'ours', settings.conflict);
    case 'theirs':
      return { kind: 'settled', how: 'decided', winner: 'theirs', fields: undecided.fields };
    case 'merged':
      return resubmission(ours, current, { body: advice.body }, settings.conflict);
    case 'ask':
      return undecided;
    default:
      return advice satisfies never;
  }
}

/**
 * Applies a human's decision. It holds only for the state that the human saw. If the current state already equals the
 * decided one, nothing is left to do. Perhaps the answer of our own call was lost.
 */
function applyDecision({ ours, current, entry: { question, conflict }, settings }: RoundContext): Comparison {
  const decided = resubmission(ours, current, decidedState(question?.answer), settings.conflict);
  if (decided.kind === 'settled') return decided;
  const asked = compare(ours, current, { strategy: 'ask', sensitive: settings.conflict.sensitive }, []);
  if (stateDigest(current) !== question?.state) {
    return asked.kind === 'undecided' ? { ...asked, because: 'changed-since' } : asked;
  }
  const isRefused = decided.kind === 'resubmit' && conflict?.refused.includes(decided.operation.ifMatch ?? '');
  return isRefused && asked.kind === 'undecided' ? { ...asked, because: 'same-version' } : decided;
}

function decidedState(answer: Answer | undefined): 'ours' | { readonly body: JsonText } {
  return answer?.body === undefined ? 'ours' : { body: parseJsonText(answer.body) };
}

interface RoundContext {
  readonly ours: RefusedWrite;
  readonly current: CurrentState;
  readonly entry: LedgerEntry;
  readonly settings: DependencySettings;
}

async function execute(comparison: Comparison, context: RoundContext, ports: RoundPorts): Promise<RoundResult> {
  const version = context.current.etag === undefined ? {} : { version: context.current.etag };
  switch (comparison.kind) {
    case 'resubmit':
      return resubmit(comparison, context, ports);
    case 'settled': {
      const { how, winner, fields } = comparison;
      return { kind: 'ok', statusCode: context.current.statusCode, resolution: { how, winner, fields, ...version } };
    }
    case 'undecided':
      return { ...comparison, state: stateDigest(context.current), ...version };
    case 'unresolvable':
      return comparison;
    default:
      return comparison satisfies never;
  }
}

async function resubmit(
  { operation, winner, fields }: Extract<Comparison, { kind: 'resubmit' }>,
  { ours, entry, settings, current }: RoundContext,
  ports: RoundPorts,
): Promise<RoundResult> {
  const result = await ports.call(withOwnIdempotencyKey(operation, entry, settings), settings, entry, ports.depart);
  const sent = operation.ifMatch ?? '';
  if (result.kind === 'ok') {
    const version = current.etag === undefined ? {} : { version: current.etag };
    const resolution = { how: 'resubmitted', winner, fields, ...version } as const;
    return { kind: 'ok', statusCode: result.statusCode, resolution };
  }
  const { statusCode } = result.error;
  if (statusCode === undefined || !GONE.has(statusCode)) return { ...result, sent, fields };
  // The resource was deleted between the two calls, so compare as if the fetch had not found it.
  const gone = { statusCode };
  const { conflict } = settings;
  return execute(compare(ours, gone, conflict, []), { ours, current: gone, entry, settings }, ports);
}

/** Adds an idempotency key per body and version, so that the dependency does not replay its earlier refusal. */
function withOwnIdempotencyKey(operation: HttpOperation, entry: LedgerEntry, settings: DependencySettings) {
  if (settings.kind !== 'http' || !settings.idempotencyKeys) return operation;
  const { ifMatch = '', body } = operation;
  const digest = createHash('sha256').update(`${ifMatch}\n${body}`).digest('hex');
  const key = `${callKey(entry, settings.name)}.${digest.slice(0, 16)}`;
  return { ...operation, headers: { ...operation.headers, 'idempotency-key': key } };
}
