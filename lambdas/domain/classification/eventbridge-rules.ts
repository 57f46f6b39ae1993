import { allOf, type Condition, nameIn, type Rule, rule } from './rule.ts';

/** `ERROR_CODE` of a dead letter. The adopter gives these errors their name, because some codes say nothing alone. */
function delivery(...codes: readonly string[]): Condition {
  return allOf((it) => it.name === 'EventDeliveryError', nameIn(...codes));
}

/**
 * Why EventBridge could not deliver an event to its target (EventBridge User Guide, dead-letter queues). The effect is
 * `none` where the event was refused before the target ran.
 */
export const EVENTBRIDGE_RULES: readonly Rule[] = [
  rule(
    'eventbridge-throttled',
    'throttled',
    'resource-exhaustion',
    'none',
    delivery('THROTTLING RESOURCE_LIMIT_EXCEEDED'),
  ),
  rule('eventbridge-role-not-ready', 'transient', 'authentication', 'none', delivery('TRANSIENT_ASSUME_ROLE')),
  rule(
    'eventbridge-no-permission',
    'permanent',
    'authentication',
    'none',
    delivery('NO_PERMISSIONS FAILED_TO_ASSUME_ROLE'),
  ),
  rule('eventbridge-no-target', 'permanent', 'data-integrity', 'none', delivery('NO_RESOURCE')),
  rule('eventbridge-unfit', 'permanent', 'data-integrity', 'none', delivery('INVALID_JSON INVALID_PARAMETER')),
  rule(
    'eventbridge-hop',
    'permanent',
    'external-dependency',
    'none',
    delivery('THIRD_ACCOUNT_HOP_DETECTED THIRD_REGION_HOP_DETECTED'),
  ),
  // Another writer was faster, so nothing was written.
  rule(
    'eventbridge-collision',
    'transient',
    'timeout-or-deadlock',
    'none',
    delivery('RESOURCE_MODIFICATION_COLLISION'),
  ),
  rule('eventbridge-exists', 'conflict', 'data-integrity', 'none', delivery('RESOURCE_ALREADY_EXISTS')),
  rule('eventbridge-timeout', 'transient', 'timeout-or-deadlock', 'unknown', delivery('TIMEOUT')),
  // The target may have run: the connection broke, or the target itself answered with an error.
  rule(
    'eventbridge-trouble',
    'transient',
    'external-dependency',
    'unknown',
    delivery(
      'CONNECTION_FAILURE CROSS_ACCOUNT_INGESTION_FAILED CROSS_REGION_INGESTION_FAILED ERROR_FROM_TARGET',
      'INTERNAL_ERROR UNKNOWN EVENTS_IN_BATCH_REQUEST_REJECTED SDK_CLIENT_ERROR',
    ),
  ),
];
