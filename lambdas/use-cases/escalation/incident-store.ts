import type { Incidents } from '../../domain/escalation/incident.ts';

/** Stored incidents of a subject. */
export interface Stored {
  readonly state: Incidents;
  /** Number of writes; 0 if nothing is stored. */
  readonly version: number;
  /** Lease of the instance that notifies; `until` in epoch milliseconds. */
  readonly teller?: { readonly token: string; readonly until: number };
}

/** Stores the incidents of each dependency in one ledger item. Every write is conditional: of two writers one wins. */
export interface IncidentStore {
  read(subject: string): Promise<Stored>;
  /** False if another writer has changed the item since `before`. */
  replace(subject: string, before: Stored, next: Pick<Stored, 'state' | 'teller'>): Promise<boolean>;
}
