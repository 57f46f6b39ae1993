import { createHash } from 'node:crypto';
import type { Answer } from '../../contract/conflict-record.ts';
import { errorName } from '../../contract/errors.ts';
import type { HttpOperation } from '../../contract/failure.ts';
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
import type { Call } from '../call.ts';
import type { Log } from '../telemetry.ts';
import type { Advice, AskResolver } from './advice.ts';

export interface RoundTools {
  readonly log: Log;
  readonly call: Call;
  /** Makes a call whose answer is to be compared. */
  readonly read: Call;
  /** Asks the function that the dependency's config names. */
  readonly askResolver: AskResolver;
}

const GONE: ReadonlySet<number | undefined> = new Set([404, 410]);

/**
 * One round: reads the state that stands, compares, and makes the write again on top of it. The stale ETag is never sent, nor one
 * that has been refused.
 */
export async function resolveRound(
  entry: LedgerEntry,
  operation: HttpOperation,
  settings: DependencySettings,
  tools: RoundTools,
): Promise<RoundResult> {
  if (keepsTheirs(entry)) return kept(entry);
  const fetched = await fetchState(entry, operation, settings, tools);
  if (fetched.kind === 'failed') return fetched;
  const ours = { operation, occurredAt: knownTime(entry) };
  const scene = { ours, current: fetched.current, entry, settings };
  const comparison = entry.question?.answer ? asDecided(scene) : await asConfigured(scene, tools);
  return comparison.kind === 'no-advice' ? comparison : carryOut(comparison, scene, tools);
}

/** Nothing has occurred after it was reported: a clock that is ahead must not win over what was written since. Times sort as text. */
function knownTime({ occurredAt, receivedAt }: LedgerEntry): string {
  return occurredAt < receivedAt ? occurredAt : receivedAt;
}

/** Nothing is called: a human has kept what stands. */
function kept({ question, conflict }: LedgerEntry): RoundResult {
  const version = question?.version;
  const resolution = {
    how: 'decided',
    winner: 'theirs',
    // Those that the question was about.
    fields: conflict?.fields ?? [],
    ...(version !== undefined && { version }),
  } as const;
  return { kind: 'ok', statusCode: 204, resolution };
}

type Fetched = Extract<RoundResult, { kind: 'failed' }> | { readonly kind: 'found'; readonly current: CurrentState };

async function fetchState(
  entry: LedgerEntry,
  { path, query, headers = {} }: HttpOperation,
  settings: DependencySettings,
  { read }: RoundTools,
): Promise<Fetched> {
  const about = Object.entries(headers).filter(([name]) => !/^(?:content-|if-|idempotency-key$)/.test(name));
  // What a cache on the way has kept is the state that was, with the version that was.
  const fresh = { ...Object.fromEntries(about), 'cache-control': 'no-cache' };
  const get: HttpOperation = { method: 'GET', path, ...(query && { query }), headers: fresh };
  // With the key of the write, a dependency would answer with what it has answered to that.
  const keyless = settings.kind === 'http' ? { ...settings, idempotencyKeys: false } : settings;
  const result = await read(get, keyless, entry);
  if (result.kind === 'ok') {
    const { statusCode, body, headers: { etag, 'last-modified': lastModified } = {} } = result;
    const times = { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
    return { kind: 'found', current: { statusCode, ...times, ...(body && { body }) } };
  }
  const { statusCode } = result.error;
  if (statusCode !== undefined && GONE.has(statusCode)) return { kind: 'found', current: { statusCode } };
  return result;
}

async function asConfigured(
  { ours, current, entry, settings }: Scene,
  { askResolver, log }: RoundTools,
): Promise<Comparison | { readonly kind: 'no-advice' }> {
  const comparison = compare(ours, current, settings.conflict, entry.conflict?.refused ?? []);
  const isForFunction = comparison.kind === 'undecided' && comparison.because === 'asked-for';
  if (settings.conflict.strategy !== 'function' || !isForFunction) return comparison;
  try {
    return asAdvised(await askResolver(entry, ours, current), comparison, { ours, current, settings });
  } catch (error) {
    log('the function of the team gave no advice', { cause: errorName(error) });
    return { kind: 'no-advice' };
  }
}

function asAdvised(
  advice: Advice,
  undecided: Comparison & { readonly kind: 'undecided' },
  { ours, current, settings }: Pick<Scene, 'ours' | 'current' | 'settings'>,
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
 * A decision holds for the state that it was made about, and for no other. Where the state is by now what was decided on, perhaps
 * by a call of ours whose answer was lost, nothing is left to be done.
 */
function asDecided({ ours, current, entry: { question, conflict }, settings }: Scene): Comparison {
  const decided = resubmission(ours, current, wantedBy(question?.answer), settings.conflict);
  if (decided.kind === 'settled') return decided;
  const asked = compare(ours, current, { strategy: 'ask', sensitive: settings.conflict.sensitive }, []);
  if (stateDigest(current) !== question?.state) {
    return asked.kind === 'undecided' ? { ...asked, because: 'changed-since' } : asked;
  }
  const isRefused = decided.kind === 'resubmit' && conflict?.refused.includes(decided.operation.ifMatch ?? '');
  return isRefused && asked.kind === 'undecided' ? { ...asked, because: 'same-version' } : decided;
}

function wantedBy(answer: Answer | undefined): 'ours' | { readonly body: unknown } {
  return answer?.body === undefined ? 'ours' : { body: JSON.parse(answer.body) };
}

interface Scene {
  readonly ours: RefusedWrite;
  readonly current: CurrentState;
  readonly entry: LedgerEntry;
  readonly settings: DependencySettings;
}

async function carryOut(comparison: Comparison, scene: Scene, tools: RoundTools): Promise<RoundResult> {
  const version = scene.current.etag === undefined ? {} : { version: scene.current.etag };
  switch (comparison.kind) {
    case 'resubmit':
      return resubmit(comparison, scene, tools);
    case 'settled': {
      const { how, winner, fields } = comparison;
      return { kind: 'ok', statusCode: scene.current.statusCode, resolution: { how, winner, fields, ...version } };
    }
    case 'undecided':
      return { ...comparison, state: stateDigest(scene.current), ...version };
    case 'unresolvable':
      return comparison;
    default:
      return comparison satisfies never;
  }
}

async function resubmit(
  { operation, winner, fields }: Extract<Comparison, { kind: 'resubmit' }>,
  { ours, entry, settings, current }: Scene,
  tools: RoundTools,
): Promise<RoundResult> {
  const result = await tools.call(withKeyOfItsOwn(operation, entry, settings), settings, entry);
  const sent = operation.ifMatch ?? '';
  if (result.kind === 'ok') {
    const version = current.etag === undefined ? {} : { version: current.etag };
    const resolution = { how: 'resubmitted', winner, fields, ...version } as const;
    return { kind: 'ok', statusCode: result.statusCode, resolution };
  }
  const { statusCode } = result.error;
  if (statusCode === undefined || !GONE.has(statusCode)) return { ...result, sent, fields };
  // Deleted between the two calls: as if it had not been found at all.
  const gone = { statusCode };
  const { conflict } = settings;
  return carryOut(compare(ours, gone, conflict, []), { ours, current: gone, entry, settings }, tools);
}

/** The dependency must not take another body, or another version, for a repetition of the write that it has refused. */
function withKeyOfItsOwn(operation: HttpOperation, { id }: LedgerEntry, settings: DependencySettings) {
  if (settings.kind !== 'http' || !settings.idempotencyKeys) return operation;
  const { ifMatch = '', body } = operation;
  const digest = createHash('sha256')
    .update(`${ifMatch}\n${JSON.stringify(body)}`)
    .digest('hex');
  return { ...operation, headers: { ...operation.headers, 'idempotency-key': `${id}.${digest.slice(0, 16)}` } };
}
