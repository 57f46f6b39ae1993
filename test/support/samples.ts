import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import type { Failure } from '../../lambdas/contract/failure.ts';
import { type FailureKey, type FailureName, failureKey } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { AwsSettings, HttpSettings } from '../../lambdas/contract/settings.ts';
import type { UndoProgress } from '../../lambdas/contract/undo-progress.ts';
import { json } from './json.ts';

export const NOW = Date.parse('2026-03-01T12:00:00.000Z');

export function sampleSettings(change: Partial<HttpSettings> = {}): HttpSettings {
  return {
    name: 'payments',
    kind: 'http',
    baseUrl: 'http://127.0.0.1:9',
    timeoutMs: 500,
    idempotencyKeys: false,
    retry: { hotAttempts: 3, durableAttempts: 3, initialDelayMs: 100, maxDelayMs: 5_000 },
    // The observed rate decides alone, so that a few calls open the circuit.
    circuit: { ...DEFAULT_CIRCUIT_POLICY, confidence: 0, minimumCalls: 5, perTenant: false },
    retryBudget: { share: 0.2, perSecond: 10 },
    conflict: { strategy: 'reject', sensitive: [] },
    redrive: { maxCycles: 5, automatic: false, rate: 5 },
    ordered: false,
    priority: 'P2',
    rules: [],
    excerpt: 200,
    ...change,
  };
}

/** Settings of an AWS dependency of one kind. */
export function awsSettings(kind: AwsSettings['kind'], change: Partial<AwsSettings> = {}): AwsSettings {
  const { baseUrl: _, idempotencyKeys: __, ...common } = sampleSettings();
  return { ...common, name: 'target', kind, targetArn: ARNS[kind], repeatable: kind !== 'state-machine', ...change };
}

const ARNS: Readonly<Record<AwsSettings['kind'], string>> = {
  lambda: 'arn:aws:lambda:us-east-1:111122223333:function:thumbnails',
  'state-machine': 'arn:aws:states:us-east-1:111122223333:stateMachine:Import',
  queue: 'arn:aws:sqs:us-east-1:111122223333:jobs',
};

export function sampleFailure(change: Partial<Failure> = {}): Failure {
  return {
    version: 1,
    id: 'order-1',
    correlationId: 'trace-1',
    dependency: 'payments',
    occurredAt: new Date(NOW - 1_000).toISOString(),
    operation: { method: 'PUT', path: '/orders/1', body: json({ total: 5 }) },
    error: { name: 'ServiceUnavailable', statusCode: 503 },
    ...change,
  };
}

export function sampleEntry(change: Partial<LedgerEntry> = {}): LedgerEntry {
  const at = new Date(NOW).toISOString();
  return {
    id: 'order-1',
    correlationId: 'trace-1',
    dependency: 'payments',
    priority: 'P2',
    occurredAt: new Date(NOW - 1_000).toISOString(),
    receivedAt: at,
    fingerprint: 'f'.repeat(64),
    failure: sampleFailure(),
    cycle: 1,
    state: 'open',
    tier: 'hot',
    attempts: 0,
    attemptLimit: 3,
    verdict: { kind: 'transient', category: 'external-dependency', effect: 'unknown', rule: 'http-503' },
    deadline: new Date(NOW + 6 * 3_600_000).toISOString(),
    deadLetterQueueUrl: 'http://127.0.0.1/dead-letters',
    rescues: 0,
    trail: [{ at, step: 'received' }],
    expiresAt: Math.ceil(NOW / 1000) + 86_400,
    ...change,
  };
}

/** Key of a failure of the sample dependency. */
export function keyOf(id: string, change: Partial<FailureName> = {}): FailureKey {
  return failureKey({ dependency: 'payments', id, ...change });
}

/** An undo in progress: one step is undone, one isn't yet. */
export function sampleUndo(change: Partial<UndoProgress> = {}): UndoProgress {
  return {
    cycle: 1,
    reason: 'exhausted',
    begunAt: new Date(NOW).toISOString(),
    deadline: new Date(NOW + 6 * 3_600_000).toISOString(),
    version: 'v1',
    steps: [
      { name: 'reserve', dependency: 'stock', state: 'open', attempts: 0 },
      { name: 'pack', dependency: 'mail', state: 'done', attempts: 1, statusCode: 204 },
    ],
    ...change,
  };
}
