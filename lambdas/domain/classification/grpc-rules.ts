import { anyOf, type Condition, mayRefresh, messageMatches, nameIn, numberOf, type Rule, rule } from './rule.ts';

const NUMBERS = {
  CANCELLED: '1',
  INVALID_ARGUMENT: '3',
  DEADLINE_EXCEEDED: '4',
  NOT_FOUND: '5',
  ALREADY_EXISTS: '6',
  PERMISSION_DENIED: '7',
  RESOURCE_EXHAUSTED: '8',
  FAILED_PRECONDITION: '9',
  ABORTED: '10',
  OUT_OF_RANGE: '11',
  UNIMPLEMENTED: '12',
  INTERNAL: '13',
  UNAVAILABLE: '14',
  DATA_LOSS: '15',
  UNAUTHENTICATED: '16',
} as const;

/** Matches a gRPC status by name, or by number where something says gRPC. */
function grpc(...statuses: readonly (keyof typeof NUMBERS)[]): Condition {
  return anyOf(nameIn(...statuses), numberOf('grpc', ...statuses.map((name) => NUMBERS[name])));
}

/** gRPC statuses (grpc.io/docs/guides/status-codes). The name UNKNOWN explains nothing, if nothing else says gRPC. */
export const GRPC_RULES: readonly Rule[] = [
  // The library's own message size limit. If the response was too large, the server has completed the work.
  rule(
    'grpc-message-too-large',
    'permanent',
    'data-integrity',
    'unknown',
    grpc('RESOURCE_EXHAUSTED'),
    messageMatches(/larger than max/i),
  ),
  // May be a quota check before the work, or a full disk in the middle of it.
  rule('grpc-resource-exhausted', 'throttled', 'resource-exhaustion', 'unknown', grpc('RESOURCE_EXHAUSTED')),
  rule('grpc-unavailable', 'transient', 'external-dependency', 'unknown', grpc('UNAVAILABLE')),
  rule('grpc-deadline-exceeded', 'transient', 'timeout-or-deadlock', 'unknown', grpc('DEADLINE_EXCEEDED')),
  rule('grpc-unknown', 'transient', 'external-dependency', 'unknown', numberOf('grpc', '2')),
  rule('grpc-cancelled', 'transient', 'timeout-or-deadlock', 'unknown', grpc('CANCELLED')),
  rule('grpc-internal', 'transient', 'external-dependency', 'unknown', grpc('INTERNAL')),
  rule('grpc-conflict', 'conflict', 'data-integrity', 'none', grpc('ABORTED', 'ALREADY_EXISTS')),
  rule('grpc-credentials-stale', 'transient', 'authentication', 'none', grpc('UNAUTHENTICATED'), mayRefresh),
  rule('grpc-access-denied', 'permanent', 'authentication', 'none', grpc('UNAUTHENTICATED', 'PERMISSION_DENIED')),
  rule('grpc-not-found', 'permanent', 'data-integrity', 'none', grpc('NOT_FOUND')),
  rule(
    'grpc-unfit-request',
    'permanent',
    'data-integrity',
    'none',
    grpc('INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'OUT_OF_RANGE'),
  ),
  rule('grpc-unimplemented', 'permanent', 'external-dependency', 'none', grpc('UNIMPLEMENTED')),
  rule('grpc-data-loss', 'permanent', 'data-integrity', 'unknown', grpc('DATA_LOSS')),
];
