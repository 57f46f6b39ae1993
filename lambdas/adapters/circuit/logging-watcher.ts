import { errorFacts } from '../../contract/error-facts.ts';
import { circuitSubject } from '../../domain/circuit/circuit-key.ts';
import type { CircuitWatcher } from '../../use-cases/circuit/apply-event.ts';
import type { Telemetry } from '../../use-cases/telemetry.ts';

/** Logs and counts what breakers report. */
export function loggingWatcher({ warn, error: logError, count }: Telemetry): CircuitWatcher {
  return {
    changed({ circuit, from, to, reason, counts, until, by }) {
      warn('circuit state changed', { circuit, from, to, reason, counts, until, by });
      count('CircuitChanged', { dependency: circuitSubject(circuit).dependency, to });
    },
    unreachable(error) {
      logError('circuits table unreachable; calls pass', errorFacts(error));
      count('CircuitStoreUnreachable');
    },
  };
}
