import { Annotations, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';

/**
 * Warns of two dependencies that are one system to their calls. An id belongs to its dependency, and is the call's key
 * there. So the call of one may pass for a repetition of the other's: the system answers as before, and does nothing.
 */
export function warnOfSharedKeys(scope: Construct, all: readonly DependencySettings[]): void {
  const first = new Map<string, string>();
  for (const settings of all) {
    const system = keyedSystemOf(settings);
    if (system === undefined) continue;
    const other = first.get(system.id);
    first.set(system.id, other ?? settings.name);
    if (other === undefined) continue;
    Annotations.of(scope).addWarningV2(
      `backstop:shared-keys-${settings.name}`,
      `dependency '${settings.name}': ${system.what} '${other}'. Never report failures of both under one id, or the second call may pass for a repetition of the first (docs/events.md#an-id-over-time)`,
    );
  }
}

/** The system that knows calls by their keys, if there is one. */
function keyedSystemOf(settings: DependencySettings): { readonly id: string; readonly what: string } | undefined {
  if (settings.kind === 'http') {
    const { baseUrl = '', idempotencyKeys } = settings;
    if (!idempotencyKeys || baseUrl === '') return undefined;
    const id = Token.isUnresolved(baseUrl) ? baseUrl : new URL(baseUrl).host;
    return { id, what: 'it shares the idempotency keys of its host with' };
  }
  if (settings.kind !== 'queue' || !settings.targetArn?.endsWith('.fifo')) return undefined;
  return { id: settings.targetArn, what: 'it shares the deduplication of its FIFO queue with' };
}
