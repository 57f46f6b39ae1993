import { AWS_RULES } from './aws-rules.ts';
import { GRPC_RULES } from './grpc-rules.ts';
import { HTTP_RULES } from './http-rules.ts';
import { LAMBDA_RULES } from './lambda-rules.ts';
import { MESSAGE_RULES } from './message-rules.ts';
import { NETWORK_RULES } from './network-rules.ts';
import { type Rule, rule, untried } from './rule.ts';
import { STORE_RULES } from './store-rules.ts';

/** An error that no other rule explains gets one retry. */
const UNKNOWN_ONCE = rule('unknown-once', 'transient', 'external-dependency', 'unknown', untried);
/** The same error after a retry is permanent. */
export const UNKNOWN_AGAIN = rule('unknown-again', 'permanent', 'external-dependency', 'unknown');

/**
 * All built-in rules. The first match wins.
 *
 * The effect is `none` only on direct evidence: the response's status, the socket's error code, a gRPC status, or a
 * refusal by the Lambda service. A bare error name or message may come from behind the dependency, after it completed
 * its work. In those cases the effect is `unknown`.
 */
export const RULES: readonly Rule[] = [
  ...HTTP_RULES,
  ...NETWORK_RULES,
  ...LAMBDA_RULES,
  ...STORE_RULES,
  ...AWS_RULES,
  ...GRPC_RULES,
  ...MESSAGE_RULES,
  UNKNOWN_ONCE,
  UNKNOWN_AGAIN,
];
