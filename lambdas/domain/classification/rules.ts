import { AWS_RULES } from './aws-rules.ts';
import { BROKER_RULES } from './broker-rules.ts';
import { CLIENT_RULES } from './client-rules.ts';
import { EVENTBRIDGE_RULES } from './eventbridge-rules.ts';
import { FAMILY_RULES, WEAK_RULES } from './family-rules.ts';
import { FINE_RULES } from './fine-rules.ts';
import { GRPC_RULES } from './grpc-rules.ts';
import { HTTP_RULES } from './http-rules.ts';
import { LAMBDA_RULES } from './lambda-rules.ts';
import { MESSAGE_RULES } from './message-rules.ts';
import { NETWORK_RULES } from './network-rules.ts';
import { PLATFORM_RULES } from './platform-rules.ts';
import { type Rule, rule, untried } from './rule.ts';
import { STORE_RULES } from './store-rules.ts';

/** An error that no other rule explains gets one retry. */
export const UNKNOWN_ONCE = rule('unknown-once', 'transient', 'external-dependency', 'unknown', untried);
/** The same error after a retry is permanent. */
export const UNKNOWN_AGAIN = rule('unknown-again', 'permanent', 'external-dependency', 'unknown');

/** Rules that read status, code and name. They also apply to what a message quotes. */
export const NAMED_RULES: readonly Rule[] = [
  ...FINE_RULES,
  ...HTTP_RULES,
  ...CLIENT_RULES,
  ...EVENTBRIDGE_RULES,
  ...GRPC_RULES,
  ...BROKER_RULES,
  ...NETWORK_RULES,
  ...LAMBDA_RULES,
  ...STORE_RULES,
  ...PLATFORM_RULES,
  ...AWS_RULES,
  ...FAMILY_RULES,
];

/**
 * All built-in rules. The first match wins.
 *
 * The effect is `none` only on direct evidence: the response's status, the socket's error code, a gRPC status, or a
 * refusal by the Lambda service. A bare error name or message may come from behind the dependency, after it completed
 * its work. In those cases the effect is `unknown`.
 */
export const RULES: readonly Rule[] = [...NAMED_RULES, ...MESSAGE_RULES, ...WEAK_RULES, UNKNOWN_ONCE, UNKNOWN_AGAIN];

/** Rules for calls that never went out. A client that follows redirects may report them of a later call. */
export const CONNECTION_RULES: ReadonlySet<Rule> = new Set(NETWORK_RULES);

/** Rules for names that Backstop itself gives, such as `Sqs.RequestThrottled`. Only these names are a proof. */
export const OWN_CALL_RULES: ReadonlySet<Rule> = new Set([...LAMBDA_RULES, ...EVENTBRIDGE_RULES]);
