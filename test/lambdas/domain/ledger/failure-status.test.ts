import { expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { statusOf } from '../../../../lambdas/domain/ledger/failure-status.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';

const inMs = (ms: number) => new Date(NOW + ms).toISOString();
const dead = { state: 'settled', outcome: 'dead-lettered', cycle: 5 } as const;

it.each<[string, Partial<LedgerEntry>]>([
  ['running', {}],
  ['running', { notBefore: inMs(-1) }],
  ['running', { held: 'circuit', notBefore: inMs(-1), inFlight: { token: 't', until: inMs(1_000) } }],
  ['held', { notBefore: inMs(1) }],
  ['held', { held: 'circuit', notBefore: inMs(1) }],
  // Its time has come, and its message waits in the line.
  ['held', { held: 'circuit', notBefore: inMs(-60_000) }],
  ['dead', dead],
  ['parked', { ...dead, parkedAfter: 5 }],
  ['dead', { ...dead, parkedAfter: 4 }],
  ['ended', { state: 'settled', outcome: 'recovered' }],
])('a failure is %s: %j', (status, change) => {
  expect(statusOf(sampleEntry(change), NOW)).toBe(status);
});
