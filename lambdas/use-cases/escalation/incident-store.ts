import type { Incidents } from '../../domain/escalation/incident.ts';

/** Incidents as the table holds them. */
export interface Stored {
  readonly state: Incidents;
  /** Counts writes; 0 where nothing is stored. */
  readonly version: number;
  /** Whoever tells of them now, and until when nobody else does. */
  readonly teller?: { readonly token: string; readonly until: number };
}

/** The incidents of each dependency, one item each, in the ledger. Every write is conditional: of two writers one wins. */
export interface IncidentStore {
  read(subject: string): Promise<Stored>;
  /** False where somebody else has written meanwhile. */
  replace(subject: string, before: Stored, next: Pick<Stored, 'state' | 'teller'>): Promise<boolean>;
}
