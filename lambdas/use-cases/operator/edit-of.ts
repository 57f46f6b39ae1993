import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { readJson } from '../../domain/json/lossless-json.ts';
import type { OperatorArguments } from '../../domain/operator/operator-call.ts';
import { EditError } from '../../domain/redrive/edit-error.ts';
import { type Edit, editOperation } from '../../domain/redrive/edit-operation.ts';
import type { DeskPorts } from './desk-ports.ts';

/**
 * What a patch makes of the operation of a failure. Writes nothing.
 *
 * @param isRevealed whether the difference masks nothing
 * @throws EditError
 */
export function editOf(
  entry: LedgerEntry,
  { kind, text }: OperatorArguments['edit']['patch'],
  { dependencies }: Pick<DeskPorts, 'dependencies'>,
  isRevealed = false,
): Edit {
  const value = readJson(text);
  if (value === undefined) throw new EditError('the patch must be JSON without numbers that would lose digits');
  const settings = dependencies.get(entry.dependency);
  const sensitive = settings?.conflict.sensitive;
  return editOperation(entry, { kind, value }, { sensitive, isRevealed, kind: settings?.kind, accepted: settings });
}
