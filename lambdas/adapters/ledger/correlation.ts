import type { FailureKey } from '../../contract/failure-key.ts';
import { CORRELATION_INDEX, FAILURE_ID_ATTRIBUTE, FAILURE_INDEX } from '../../contract/ledger-entry.ts';
import type { Table } from '../table.ts';
import { indexedKeys } from './indexed-keys.ts';

/** Keys of the failures of one correlation id, oldest first. */
export function failuresOf(correlationId: string, table: Table): Promise<readonly FailureKey[]> {
  return indexedKeys({ index: CORRELATION_INDEX, attribute: 'correlationId', value: correlationId }, table);
}

/** Keys of the failures with one id, of any dependency and tenant, oldest first. */
export function failuresWithId(id: string, table: Table): Promise<readonly FailureKey[]> {
  return indexedKeys({ index: FAILURE_INDEX, attribute: FAILURE_ID_ATTRIBUTE, value: id }, table);
}
