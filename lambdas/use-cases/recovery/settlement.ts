import * as v from 'valibot';
import { BusyError, NotSettledError, UndoDueError } from '../../contract/errors.ts';
import { asFailureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { OUTCOMES, type Outcome } from '../../contract/outcomes.ts';
import { createDeadLetter } from '../../domain/ledger/dead-letter.ts';
import type { EffectKey } from '../../domain/ledger/effect-key.ts';
import type { KnownEffect } from '../../domain/ledger/effect-transitions.ts';
import { deadLetterReason, decide } from '../../domain/recovery/decide.ts';
import { isUndoDue } from '../../domain/undo/compensation.ts';
import type { Effects } from '../ledger/effects.ts';
import { isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { finishUnrecorded, type Unrecorded } from './finish-unrecorded.ts';
import { recordOutcome } from './record-outcome.ts';

/** State of the Recovery machine at its last step. */
const MachineState = v.object({
  key: v.string(),
  cycle: v.number(),
  settlement: v.optional(v.object({ outcome: v.picklist(OUTCOMES) })),
  decision: v.optional(v.object({ letter: v.object({ reason: v.string() }) })),
  /** Error of the step that ended the recovery. */
  error: v.optional(v.unknown()),
  /** Error of a step behind that, such as the undo. */
  catchError: v.optional(v.unknown()),
});

export interface SettlePorts {
  readonly ledger: Ledger;
  readonly effects: Pick<Effects, 'read'>;
  readonly send: (queueUrl: string, body: string) => Promise<void>;
  /** Base URL of the runbook. */
  readonly runbookUrl: string;
  /** Whether the config has the dependency. */
  readonly isRegistered: (dependency: string) => boolean;
}

interface Settled {
  readonly entry: LedgerEntry;
  /** Whether this call recorded the outcome. */
  readonly isNew: boolean;
}

/**
 * Records the outcome of a Recovery execution. The first outcome stands: a second settlement changes nothing. A failure
 * that the machine gave up becomes a dead letter here, if nothing else is due. If a fault of the machine is why, a call
 * may have succeeded, so the effects table is read first.
 *
 * @throws BusyError if such a call is still in flight
 * @throws UndoDueError if completed steps must be undone before the failure can end
 * @throws NotSettledError if the execution has no outcome, because its undo failed
 */
export async function settleFailure(state: unknown, ports: SettlePorts): Promise<Settled> {
  const { key, cycle, settlement, decision, error, catchError } = v.parse(MachineState, state);
  const entry = await mustGet(asFailureKey(key), ports.ledger);
  if (isOver(entry, { cycle })) return { entry, isNew: false };
  if (!settlement) {
    if (error === undefined || catchError !== undefined)
      throw new NotSettledError('the machine ended without an outcome');
    return { entry: await giveUp(entry, ports), isNew: true };
  }
  const { outcome } = settlement;
  const reasons: Partial<Record<Outcome, string | undefined>> = {
    'dead-lettered': decision?.letter.reason,
    compensated: entry.undo?.reason,
    discarded: 'abandoned',
  };
  return { entry: await recordOutcome(entry, outcome, ports.ledger, reasons[outcome]), isNew: true };
}

/**
 * Sends the dead letter before it records the outcome. After a crash in between, the next call sends it once more, so
 * none is lost. A redrive takes the first one only.
 */
async function giveUp(entry: LedgerEntry, ports: SettlePorts): Promise<LedgerEntry> {
  if (isUndoDue(entry)) throw new UndoDueError('completed steps must be undone');
  const { ledger, send, runbookUrl } = ports;
  const unrecorded = await look(entry, ports);
  if (unrecorded?.kind === 'done') return unrecorded.entry;
  if (unrecorded?.kind === 'under-way') throw new BusyError('a call may still succeed');
  const { now } = ledger;
  const isRegistered = ports.isRegistered(entry.dependency);
  const reason = deadLetterReason(entry, { now, isRegistered, hadNoEffect: unrecorded?.hadNoEffect });
  const letter = createDeadLetter(entry, { reason, now, runbookUrl });
  await send(entry.deadLetterQueueUrl, JSON.stringify(letter));
  return recordOutcome(entry, 'dead-lettered', ledger, reason);
}

/**
 * Looks for a success, unless the attempt has looked before it gave up. The effects table may be what failed. Then the
 * result of an open call stays unknown.
 */
async function look(entry: LedgerEntry, { ledger, effects }: SettlePorts): Promise<Unrecorded | undefined> {
  const hasLooked = decide(entry, ledger.now).action === 'give-up' && entry.backupCalled === undefined;
  if (hasLooked || entry.undo) return undefined;
  const read: Effects['read'] = <S>(key: EffectKey) =>
    effects.read<S>(key).catch((): KnownEffect<S> => ({ kind: 'in-doubt' }));
  return finishUnrecorded(entry, { ledger, effects: { read } });
}
