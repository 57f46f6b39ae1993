import { BusyError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { analyzeInterruptedCall } from '../../domain/recovery/call-failure.ts';
import { hadNoEffect, hasOpenCall, isNoLongerRepeatable, mayCallAgain } from '../../domain/recovery/open-call.ts';
import type { Effects } from '../ledger/effects.ts';
import { findEffect } from './find-effect.ts';
import {
  type Failed,
  type Healed,
  type RecordPorts,
  recordFailure,
  recordSuccess,
  type Success,
} from './record-result.ts';

interface LookUpPorts extends RecordPorts {
  readonly effects: Pick<Effects, 'read'>;
}

/**
 * Looks for a success that a process stored late, after its call's result had become unknown.
 *
 * @throws BusyError while a call is in flight
 */
export async function findLateSuccess(
  entry: LedgerEntry,
  settings: DependencySettings | undefined,
  ports: LookUpPorts,
): Promise<Healed | undefined> {
  const effect = await findEffect<Success>(entry, ports.effects);
  if (effect.kind === 'under-way') throw new BusyError('the call is marked as in progress');
  return effect.kind === 'done' ? recordSuccess(entry, effect.success, settings, ports) : undefined;
}

interface MayCall {
  readonly kind: 'may-call';
  /** The announced call had no effect. */
  readonly followsNoEffect: boolean;
}

/**
 * Looks for the result of an earlier call before another one is made. Reads only, so that it leaves no mark. If the
 * earlier call was cut off and none may follow, that call's attempt ends here.
 *
 * @throws BusyError while a call is in flight
 */
export async function lookUp(
  entry: LedgerEntry,
  settings: DependencySettings,
  ports: LookUpPorts,
): Promise<MayCall | Healed | Failed> {
  const { now } = ports.ledger;
  const isOpen = hasOpenCall(entry);
  const isDoubtful = isOpen || isNoLongerRepeatable(entry, settings, now);
  if (!isDoubtful && entry.edited === undefined) return { kind: 'may-call', followsNoEffect: false };
  const effect = await findEffect<Success>(entry, ports.effects);
  if (effect.kind === 'done') return recordSuccess(entry, effect.success, settings, ports);
  if (effect.kind === 'under-way') throw new BusyError('the call is marked as in progress');
  const followsNoEffect = isOpen && hadNoEffect(entry, effect);
  const mayCall = !isDoubtful || (isOpen && mayCallAgain(entry, settings, effect, now));
  if (mayCall) return { kind: 'may-call', followsNoEffect };
  const learned = analyzeInterruptedCall(entry, settings, followsNoEffect ? 'none' : 'unknown', now);
  return recordFailure(entry, learned, ports);
}
