import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import type { QuestionedEntry, Undoing } from '../../../../lambdas/domain/ledger/ledger-changes.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { sampleQuestion } from '../../../support/questions.ts';
import { NOW, sampleFailure, sampleUndo } from '../../../support/samples.ts';

export type Change = Partial<LedgerEntry>;

/** A write, the entry on which it is allowed, and what other writers may have changed since the read. */
export interface Case {
  readonly write: (ledger: Ledger, read: LedgerEntry) => Promise<unknown>;
  readonly read?: Change;
  readonly meanwhile: Readonly<Record<string, Change>>;
  /** Changes that don't matter to the write. */
  readonly harmless?: Readonly<Record<string, Change>>;
}

const WHO = { by: 'ada', why: 'so' };
const IN_FLIGHT = { token: 'mine', until: iso(NOW + 1_000) };
const OUTBOX = { eventId: 'event', detailType: 'Operation Recovered', detail: '{}' };
const QUESTION = sampleQuestion({ token: 'task' });
const ANSWER = { choice: 'ours', ...WHO, at: iso(NOW) } as const;
const UNDO = sampleUndo();

const MOVED_ON = {
  'it has its outcome': { state: 'settled', outcome: 'ignored' },
  'it is in another cycle': { cycle: 2 },
} as const satisfies Readonly<Record<string, Change>>;
const CALL_IN_FLIGHT = { 'a call is in flight': { inFlight: { token: 'other', until: iso(NOW + 1) } } };
const LEASE_OVER = { 'the lease of a call is over': { inFlight: { token: 'other', until: iso(NOW) } } };
const UNDO_BEGUN = { 'the undo has begun': { undo: UNDO } };
const CALL_MADE = { 'another call was made': { lastToken: 'other' } };
const AT_BACKUP = { 'a change was sent to a backup': { backupCalled: 'backup' } };
const OTHER_CALL = { 'another call is announced': { inFlight: { token: 'other', until: IN_FLIGHT.until } } };
const OTHER_BACKUP_CALL = {
  'another backup is called': { backupCalled: 'other' },
  'another process has announced a call': { backupToken: 'other' },
};
const DEAD: Change = { state: 'settled', outcome: 'dead-lettered' };
const REOPENED = {
  'it is open again': { state: 'open', outcome: undefined },
  'it is in another cycle': { cycle: 2 },
} as const satisfies Readonly<Record<string, Change>>;
const UNPUBLISHED = { 'its event is not published': { outbox: OUTBOX } };
const NOT_DEAD: Readonly<Record<string, Change>> = { 'it was discarded': { outcome: 'discarded' } };

const step = { at: iso(NOW), step: 'attempt-failed' } as const;
const undoStep = { name: 'reserve', dependency: 'stock', state: 'calling', attempts: 1 } as const;

/** Every transition of the ledger, by name. */
export const CASES: Readonly<Record<string, Case>> = {
  beginAttempt: {
    write: (ledger, read) => ledger.beginAttempt(read, { token: 'next', until: NOW + 1_000 }),
    read: { lastToken: 'last' },
    meanwhile: {
      ...MOVED_ON,
      ...CALL_IN_FLIGHT,
      ...CALL_MADE,
      ...AT_BACKUP,
      ...UNDO_BEGUN,
      'another attempt was counted': { attempts: 1 },
    },
    harmless: LEASE_OVER,
  },
  recordFailedAttempt: {
    write: (ledger, read) => ledger.recordFailedAttempt(read, { verdict: read.verdict, step }),
    read: { inFlight: IN_FLIGHT },
    meanwhile: { ...MOVED_ON, ...OTHER_CALL },
  },
  withdrawAttempt: {
    write: (ledger, read) => ledger.withdrawAttempt(read),
    read: { inFlight: IN_FLIGHT, attempts: 1 },
    meanwhile: { ...MOVED_ON, ...OTHER_CALL },
  },
  suspendAttempt: {
    write: (ledger, read) => ledger.suspendAttempt(read),
    read: { inFlight: IN_FLIGHT, attempts: 1 },
    meanwhile: { ...MOVED_ON, ...OTHER_CALL },
  },
  recordResolution: {
    write: (ledger, read) => ledger.recordResolution(read, { rounds: 1, refused: [], winner: 'ours' }),
    read: { inFlight: IN_FLIGHT },
    meanwhile: {
      ...MOVED_ON,
      ...OTHER_CALL,
      'it is resolved': { conflict: { rounds: 1, refused: [], winner: 'theirs' } },
    },
  },
  hold: {
    write: (ledger, read) => ledger.hold(read, { because: 'circuit', until: NOW + 1 }),
    meanwhile: { ...MOVED_ON, ...CALL_IN_FLIGHT },
    harmless: LEASE_OVER,
  },
  passOn: {
    write: (ledger, read) => ledger.passOn(read, { messageId: 'mine', copy: 1 }),
    meanwhile: {
      ...MOVED_ON,
      'it is in the warm tier': { tier: 'warm' },
      'another copy is passed on': { lane: { messageId: 'other', copy: 1 } },
      'a later copy is passed on': { lane: { messageId: 'other', copy: 2 } },
    },
    harmless: {
      'the copy before it is passed on': { lane: { messageId: 'other', copy: 0 } },
      'it was passed on before': { lane: { messageId: 'mine', copy: 0 } },
    },
  },
  escalateToWorkflow: {
    write: (ledger, read) => ledger.escalateToWorkflow(read, { execution: 'execution', attemptLimit: 6 }),
    meanwhile: { ...MOVED_ON, 'it is in the warm tier': { tier: 'warm' } },
  },
  rescue: {
    write: (ledger, read) => ledger.rescue(read, 'execution+r1'),
    meanwhile: { ...MOVED_ON, 'it was rescued': { rescues: 1 } },
  },
  'settle as recovered': {
    write: (ledger, read) => ledger.settle(read, { outcome: 'recovered' }),
    meanwhile: { ...MOVED_ON, ...UNDO_BEGUN },
  },
  'settle as dead-lettered': {
    write: (ledger, read) => ledger.settle(read, { outcome: 'dead-lettered' }),
    meanwhile: MOVED_ON,
    harmless: UNDO_BEGUN,
  },
  clearOutbox: {
    write: (ledger, read) => ledger.clearOutbox(failureKey(read), OUTBOX.eventId),
    read: { ...DEAD, outbox: OUTBOX },
    meanwhile: { 'it has another event': { outbox: { ...OUTBOX, eventId: 'other' } } },
  },
  postpone: {
    write: (ledger, read) => ledger.postpone(read),
    read: { dueAt: iso(NOW - 1) },
    meanwhile: { 'it was postponed': { dueAt: iso(NOW) }, 'nothing is left to do': { dueAt: undefined } },
  },
  beginUndo: {
    write: (ledger, read) => ledger.beginUndo(read, UNDO),
    meanwhile: { ...MOVED_ON, ...CALL_IN_FLIGHT, ...CALL_MADE, ...AT_BACKUP, ...UNDO_BEGUN },
    harmless: LEASE_OVER,
  },
  'resume an undo': {
    write: (ledger, read) => ledger.beginUndo(read, UNDO),
    read: { undo: UNDO },
    meanwhile: {
      ...MOVED_ON,
      ...CALL_IN_FLIGHT,
      ...CALL_MADE,
      ...AT_BACKUP,
      'it was resumed': { undo: { ...UNDO, version: 'other' } },
    },
    harmless: LEASE_OVER,
  },
  recordUndoStep: {
    write: (ledger, read) => ledger.recordUndoStep(read as Undoing, 0, undoStep),
    read: { undo: UNDO },
    meanwhile: { ...MOVED_ON, 'the undo has moved on': { undo: { ...UNDO, version: 'other' } } },
  },
  announceBackupCall: {
    write: (ledger, read) =>
      ledger.announceBackupCall(read, { dependency: 'backup', token: 'mine', until: NOW + 1_000 }),
    meanwhile: {
      ...MOVED_ON,
      ...OTHER_CALL,
      ...LEASE_OVER,
      ...UNDO_BEGUN,
      'it is uncertain': { uncertain: 'attempt' },
    },
  },
  withdrawBackupCall: {
    write: (ledger, read) => ledger.withdrawBackupCall(read),
    read: { backupCalled: 'backup', backupToken: 'mine', uncertain: 'attempt' },
    meanwhile: { ...MOVED_ON, ...OTHER_BACKUP_CALL },
  },
  recordBackupFailure: {
    write: (ledger, read) => ledger.recordBackupFailure(read, { dependency: 'backup', verdict: read.verdict }),
    read: { backupCalled: 'backup', backupToken: 'mine', uncertain: 'attempt' },
    meanwhile: { ...MOVED_ON, ...OTHER_BACKUP_CALL },
  },
  delayAttempt: {
    write: (ledger, read) => ledger.delayAttempt(read, NOW + 1),
    meanwhile: { ...MOVED_ON, ...CALL_IN_FLIGHT, ...LEASE_OVER },
  },
  storeTaskToken: {
    write: (ledger, read) => ledger.storeTaskToken(read as QuestionedEntry, 'next'),
    read: { question: QUESTION },
    meanwhile: {
      ...MOVED_ON,
      'another question is asked': { question: { ...QUESTION, id: '1.2' } },
      'the question is answered': { question: { ...QUESTION, answer: ANSWER } },
    },
  },
  recordAnswer: {
    write: (ledger, read) => ledger.recordAnswer(read as QuestionedEntry, ANSWER),
    read: { question: QUESTION },
    meanwhile: {
      ...MOVED_ON,
      ...UNDO_BEGUN,
      'another question is asked': { question: { ...QUESTION, id: '1.2' } },
      'the question is answered': { question: { ...QUESTION, answer: { ...ANSWER, by: 'dev' } } },
      'the question has expired': { question: { ...QUESTION, until: ANSWER.at } },
      'the question is about another state': { question: { ...QUESTION, state: 'other' } },
      'another execution waits': { question: { ...QUESTION, token: 'other' } },
    },
  },
  reopen: {
    write: (ledger, read) =>
      ledger.reopen(read, { verdict: read.verdict, attemptLimit: 3, deadline: NOW, deadLetterQueueUrl: 'url' }),
    read: DEAD,
    meanwhile: {
      ...REOPENED,
      ...UNPUBLISHED,
      ...NOT_DEAD,
      'an operator has added a step': { trail: [step, step] },
    },
  },
  editOperation: {
    write: (ledger, read) =>
      ledger.editOperation(read, { failure: sampleFailure(), number: 2, fields: [], text: '[]' }, WHO),
    read: { ...DEAD, edited: 1 },
    meanwhile: {
      ...REOPENED,
      'it is open again, as dead as it was': { state: 'open' },
      ...UNPUBLISHED,
      ...NOT_DEAD,
      ...UNDO_BEGUN,
      ...LEASE_OVER,
      'it was edited': { edited: 2 },
    },
  },
  discard: {
    write: (ledger, read) => ledger.discard(read, WHO),
    read: DEAD,
    meanwhile: { ...REOPENED, 'it is open again, as dead as it was': { state: 'open' }, ...UNPUBLISHED, ...NOT_DEAD },
  },
  park: {
    write: (ledger, read) => ledger.park(read),
    read: { ...DEAD, cycle: 2 },
    meanwhile: {
      'it is open again': { state: 'open' },
      'it is in another cycle': { cycle: 3 },
      'it was parked in this cycle': { parkedAfter: 2 },
    },
    harmless: { 'it was parked in an earlier cycle': { parkedAfter: 1 } },
  },
  allowCycle: {
    write: (ledger, read) => ledger.allowCycle(read, WHO),
    read: DEAD,
    meanwhile: { ...REOPENED, 'it is open again, as dead as it was': { state: 'open' }, ...NOT_DEAD },
  },
};
