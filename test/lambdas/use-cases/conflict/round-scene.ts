import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { ConflictSettings, DependencySettings, HttpSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import type { Advice } from '../../../../lambdas/use-cases/conflict/resolve-round.ts';
import { resolveRound } from '../../../../lambdas/use-cases/conflict/resolve-round.ts';
import type { Departure } from '../../../../lambdas/use-cases/departure.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { json } from '../../../support/json.ts';
import { sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';

const MERGE: ConflictSettings = { strategy: 'merge', arrayKeys: {}, sensitive: [] };
export const BASE = { a: 1, b: 1 };
/** The write that lost the race. */
export const OURS: HttpOperation = {
  method: 'PUT',
  path: '/orders/1',
  query: { tenant: 'x' },
  headers: {
    'accept-language': 'de',
    'content-type': 'application/json',
    'if-unmodified-since': 'Sun, 01 Mar 2026 00:00:00 GMT',
    'idempotency-key': 'the-callers-own',
  },
  body: json({ a: 2, b: 1 }),
  base: json(BASE),
  ifMatch: '"v1"',
};
const MADE: CallResult = { kind: 'ok', statusCode: 200 };
export const failed = (statusCode: number): CallResult => ({ kind: 'failed', error: { statusCode } });

/** The answer of a read. */
export function found(state: unknown, etag: string | undefined = '"v2"'): CallResult {
  const body = { contentType: 'application/json', text: JSON.stringify(state) };
  return { kind: 'ok', statusCode: 200, body, headers: etag === undefined ? {} : { etag } };
}

interface Scene {
  readonly operation?: HttpOperation;
  readonly settings?: Partial<HttpSettings>;
  readonly entry?: Partial<LedgerEntry>;
  readonly read?: CallResult;
  readonly write?: CallResult;
  readonly advice?: () => Promise<Advice>;
  readonly depart?: Departure;
}

/** Runs one round and records its calls. */
export async function round({
  operation = OURS,
  settings,
  entry,
  read = found(BASE),
  write = MADE,
  advice,
  depart = ALWAYS,
}: Scene = {}) {
  const reads: [HttpOperation, DependencySettings][] = [];
  const writes: HttpOperation[] = [];
  const failure = sampleFailure({ operation });
  const begun = sampleEntry({ failure, conflict: { rounds: 0, refused: ['"v1"'] }, ...entry });
  const ended = await resolveRound(begun, operation, sampleSettings({ conflict: MERGE, ...settings }), {
    read: async (...about) => {
      about[3](0);
      reads.push([about[0], about[1]]);
      return read;
    },
    call: async (made, _, __, departs) => {
      departs(0);
      writes.push(made);
      return write;
    },
    askResolver: async (_, __, ___, departs) => {
      departs(0);
      if (!advice) throw new Error('nobody was to be asked');
      return advice();
    },
    log: () => undefined,
    depart,
  });
  return { ended, reads, writes };
}
