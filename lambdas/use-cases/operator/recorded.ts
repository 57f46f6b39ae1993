import { type Act, type ActEnd, signature } from '../../domain/operator/act.ts';
import { acknowledging } from './acknowledging.ts';
import type { AuditLog } from './audit.ts';
import { REFUSALS } from './desk.ts';
import type { DeskPorts } from './desk-ports.ts';

interface RecordPorts {
  readonly audit: Pick<AuditLog, 'begin' | 'end'>;
  readonly incidents: DeskPorts['incidents'];
  /** Called if the end of an action could not be recorded. The action itself stands. */
  readonly onUnrecorded: (error: unknown) => void;
}

/**
 * Records an action, does it, and records its end. Without the first record, nothing is done.
 *
 * @param work gets the signature of the operator
 */
export async function recorded<Result>(
  act: Act,
  work: (by: string) => Promise<Result>,
  { audit, onUnrecorded, incidents }: RecordPorts,
): Promise<Result> {
  const id = await audit.begin(await acknowledging(act, { incidents }));
  const end = (how: ActEnd) => audit.end(id, how).catch(onUnrecorded);
  try {
    const result = await work(signature(act));
    await end({ result: 'done' });
    return result;
  } catch (error) {
    await end(endOf(error));
    throw error;
  }
}

/** An error's message may quote payload. Only that of a refusal is meant for humans. */
function endOf(error: unknown): ActEnd {
  if (!(error instanceof Error)) return { result: 'failed' };
  if (REFUSALS.has(error.name)) return { result: 'refused', message: error.message };
  return { result: 'failed', message: error.name };
}
