import type { CircuitSnapshot } from '../../domain/circuit/circuit-store.ts';
import { applyEvent } from './apply-event.ts';
import type { BreakerContext } from './breaker-context.ts';
import type { AcquiredPermit } from './permit.ts';

/**
 * Requests a probe from the table.
 *
 * @returns the circuit afterwards, and the permit unless the call must wait
 * @throws ContendedError if other writers won every round; otherwise what the store throws
 */
export async function requestProbe(
  key: string,
  { now, leaseMs }: { readonly now: number; readonly leaseMs?: number | undefined },
  context: BreakerContext,
): Promise<{ readonly after: CircuitSnapshot; readonly permit?: AcquiredPermit }> {
  const token = context.newToken();
  const asked = { type: 'asked', now, token, leaseMs } as const;
  const after = await applyEvent(key, asked, context);
  const { circuit, generation } = after;
  const isMine = circuit.kind === 'half-open' && circuit.probes.some((probe) => probe.token === token);
  if (isMine) return { after, permit: { generation, at: now, probe: token } };
  // Another instance took the last probe, or the circuit has changed meanwhile.
  const isClosed = circuit.kind === 'closed' || circuit.kind === 'forced-closed';
  return isClosed ? { after, permit: { generation, at: now } } : { after };
}
