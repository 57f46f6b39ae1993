import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { circuitOutbox } from '../../../lambdas/adapters/circuit/circuit-outbox.ts';
import { DynamoDBCircuitStore } from '../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { incidentStore } from '../../../lambdas/adapters/escalation/incident-store.ts';
import { ticketStore } from '../../../lambdas/adapters/escalation/ops-items.ts';
import { answerStore } from '../../../lambdas/adapters/fallback/answer-store.ts';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { announcing } from '../../../lambdas/adapters/operator/announcement.ts';
import { redriveRuns } from '../../../lambdas/adapters/redrive/redrive-runs.ts';
import { failureKey } from '../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import { INITIAL_SNAPSHOT } from '../../../lambdas/domain/circuit/circuit-store.ts';
import { NO_INCIDENTS } from '../../../lambdas/domain/escalation/incident.ts';
import type { QuestionedEntry, Undoing } from '../../../lambdas/domain/ledger/ledger-changes.ts';
import { sampleQuestion } from '../../support/questions.ts';
import { NOW, sampleEntry, sampleFailure, sampleUndo } from '../../support/samples.ts';
import type { Tables } from '../../support/tables.ts';

const now = () => NOW;
const WHO = { by: 'ada', why: 'so' };
const OUTBOX = { eventId: 'event', detailType: 'Operation Recovered', detail: '{}' };
const DEAD = { state: 'settled', outcome: 'dead-lettered' } as const;
const IN_FLIGHT = { attempts: 1, inFlight: { token: 'mine', until: iso(NOW + 1_000) } };
const BACKUP_CALL = { dependency: 'backup', token: 'mine', until: NOW + 1_000 };
const AT_BACKUP = { backupCalled: 'backup', uncertain: 'attempt' } as const;
const ASKED = { question: sampleQuestion({ token: 'task' }) };
const UNDO = { undo: sampleUndo() };
const RUN = { lane: 'payments', run: 'run', ...WHO, filter: {}, rate: 1, startedAt: NOW, moved: 0 };
const GOOD = { at: iso(NOW), statusCode: 200, body: '{}', dependency: 'payments', contentType: 'application/json' };
const CLOSED = { circuit: INITIAL_SNAPSHOT.circuit };
const undoStep = { name: 'reserve', dependency: 'stock', state: 'calling', attempts: 1 } as const;

/** Prepares a table, and makes one conditional write of its own. Returns the write. */
export type Prepare = (tables: Tables) => Promise<() => Promise<unknown>>;

/** A transition of a failure's entry, from an entry with these attributes. */
function ledgerWrite(
  write: (ledger: DynamoDBLedger, entry: LedgerEntry) => Promise<unknown>,
  change: Partial<LedgerEntry> = {},
): Prepare {
  return async ({ client, ledger: table }) => {
    const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now });
    const entry = await ledger.claim(sampleEntry(change));
    // Other attributes than those that a claim sets.
    const read = { ...entry, ...change };
    return () => write(ledger, read);
  };
}

/** Each transition of the ledger, by the name of its method. */
export const LEDGER: Readonly<Record<string, Prepare>> = {
  claim: async ({ client, ledger: table }) => {
    const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now });
    return () => ledger.claim(sampleEntry());
  },
  beginAttempt: ledgerWrite((ledger, entry) => ledger.beginAttempt(entry, { token: 'next', until: NOW + 1_000 })),
  recordFailedAttempt: ledgerWrite((ledger, entry) => {
    const step = { at: iso(NOW), step: 'attempt-failed' } as const;
    return ledger.recordFailedAttempt(entry, { verdict: entry.verdict, step });
  }, IN_FLIGHT),
  withdrawAttempt: ledgerWrite((ledger, entry) => ledger.withdrawAttempt(entry), IN_FLIGHT),
  suspendAttempt: ledgerWrite((ledger, entry) => ledger.suspendAttempt(entry), IN_FLIGHT),
  recordResolution: ledgerWrite(
    (ledger, entry) => ledger.recordResolution(entry, { rounds: 1, refused: [], winner: 'ours' }),
    IN_FLIGHT,
  ),
  hold: ledgerWrite((ledger, entry) => ledger.hold(entry, { because: 'circuit', until: NOW + 1 })),
  passOn: ledgerWrite((ledger, entry) => ledger.passOn(entry, { messageId: 'm', copy: 0 })),
  escalateToWorkflow: ledgerWrite((ledger, entry) =>
    ledger.escalateToWorkflow(entry, { execution: 'execution', attemptLimit: 6 }),
  ),
  rescue: ledgerWrite((ledger, entry) => ledger.rescue(entry, 'execution+r1')),
  settle: ledgerWrite((ledger, entry) => ledger.settle(entry, { outcome: 'recovered', outbox: OUTBOX })),
  clearOutbox: ledgerWrite((ledger, entry) => ledger.clearOutbox(failureKey(entry), OUTBOX.eventId), {
    ...DEAD,
    outbox: OUTBOX,
  }),
  postpone: ledgerWrite((ledger, entry) => ledger.postpone({ ...entry, expiresAt: 0 })),
  beginUndo: ledgerWrite((ledger, entry) => ledger.beginUndo(entry, sampleUndo())),
  recordUndoStep: ledgerWrite((ledger, entry) => ledger.recordUndoStep(entry as Undoing, 0, undoStep), UNDO),
  announceBackupCall: ledgerWrite((ledger, entry) => ledger.announceBackupCall(entry, BACKUP_CALL)),
  withdrawBackupCall: ledgerWrite((ledger, entry) => ledger.withdrawBackupCall(entry), AT_BACKUP),
  recordBackupFailure: ledgerWrite(
    (ledger, entry) => ledger.recordBackupFailure(entry, { dependency: 'backup', verdict: entry.verdict }),
    AT_BACKUP,
  ),
  delayAttempt: ledgerWrite((ledger, entry) => ledger.delayAttempt(entry, NOW + 1)),
  storeTaskToken: ledgerWrite((ledger, entry) => ledger.storeTaskToken(entry as QuestionedEntry, 'next'), ASKED),
  recordAnswer: ledgerWrite(
    (ledger, entry) => ledger.recordAnswer(entry as QuestionedEntry, { choice: 'ours', ...WHO, at: iso(NOW) }),
    ASKED,
  ),
  reopen: ledgerWrite(
    (ledger, entry) =>
      ledger.reopen(entry, { verdict: entry.verdict, attemptLimit: 3, deadline: NOW, deadLetterQueueUrl: 'url' }),
    DEAD,
  ),
  editOperation: ledgerWrite(
    (ledger, entry) =>
      ledger.editOperation(entry, { failure: sampleFailure(), number: 1, fields: [], text: '[]' }, WHO),
    DEAD,
  ),
  discard: ledgerWrite((ledger, entry) => ledger.discard(entry, WHO), DEAD),
  park: ledgerWrite((ledger, entry) => ledger.park(entry), DEAD),
  allowCycle: ledgerWrite((ledger, entry) => ledger.allowCycle(entry, WHO), DEAD),
};

/** The other conditional writes, by what they do. */
export const OTHERS: Readonly<Record<string, Prepare>> = {
  'a change of a circuit': async ({ client, circuits: table }) => {
    const store = new DynamoDBCircuitStore({ client, table });
    const before = await store.replace('payments', INITIAL_SNAPSHOT, CLOSED, NOW);
    return () => store.replace('payments', before ?? INITIAL_SNAPSHOT, CLOSED, NOW);
  },
  'the first change of a circuit': async ({ client, circuits: table }) => {
    const store = new DynamoDBCircuitStore({ client, table });
    return () => store.replace('payments', INITIAL_SNAPSHOT, CLOSED, NOW);
  },
  "the clearing of a circuit's outbox": async ({ client, circuits: TableName }) => {
    const Item = marshall({ id: 'payments', outbox: { eventId: 'event' } });
    await client.send(new PutItemCommand({ TableName, Item }));
    return () => circuitOutbox(client, TableName).clearOutbox('payments', 'event');
  },
  'a change of incidents': async ({ client, ledger: table }) => {
    const store = incidentStore({ client, table, now });
    return () => store.replace('payments', { version: 0, state: NO_INCIDENTS }, { state: NO_INCIDENTS });
  },
  'the claim of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    return () => runs.claim(RUN);
  },
  'the begin of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    return () => runs.begin(RUN);
  },
  'the release of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    await runs.claim(RUN);
    return () => runs.release(RUN);
  },
  'the renewal of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    await runs.begin(RUN);
    return () => runs.renew(RUN, 7);
  },
  'the end of a redrive': async ({ client, ledger: table }) => {
    const runs = redriveRuns({ client, table, now });
    await runs.begin(RUN);
    return () => runs.end(RUN, 'done', 7);
  },
  'a last good answer': async ({ client, ledger: table }) => {
    const answers = answerStore({ client, table });
    return () => answers.keep('key', GOOD, 1_000);
  },
  'an announcement': async ({ client, ledger: table }) => {
    const announce = announcing({ client, table });
    return () => announce({ id: 'r', action: 'redrive', principal: 'arn', at: iso(now()), ...WHO });
  },
  'the id of a ticket': async ({ client, ledger: table }) => {
    const tickets = ticketStore({ client, table }, now);
    return () => tickets.put('key', 'ticket');
  },
};
