import type { Act, ActEnd, AuditRecord } from '../../domain/operator/act.ts';

/** What operators do. Records are added, and never changed. */
export interface AuditLog {
  /**
   * Records an action and announces it. Call it before the action, so that no action lacks a record. Returns its id.
   */
  begin(act: Act): Promise<string>;
  /** Records how an action ended. The first end stands. */
  end(id: string, end: ActEnd): Promise<void>;
  /** The action, if it has begun and not ended. */
  running(id: string): Promise<AuditRecord | undefined>;
}
