import { CIRCUIT_CHANGED } from '../../contract/events.ts';
import type { OutboxEntry } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import type { CircuitChange } from './circuit-change.ts';
import { circuitSubject } from './circuit-key.ts';

/**
 * The event that reports a change. `version` is the circuit's version after the change; it restarts with a new item.
 */
export function circuitEvent(change: CircuitChange, version: number): OutboxEntry {
  const eventId = `circuit.${change.circuit}.${change.at}.${version}`;
  const { circuit, from, to, reason, counts, at, until, note, by } = change;
  const detail = {
    version: 1,
    eventId,
    circuit,
    ...circuitSubject(circuit),
    from,
    to,
    reason,
    counts,
    sequence: version,
    at: iso(at),
    until: until === undefined ? undefined : iso(until),
    note,
    by,
  };
  return { eventId, detailType: CIRCUIT_CHANGED, detail: JSON.stringify(detail) };
}
