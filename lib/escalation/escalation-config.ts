import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { type Check, fields, oneOf, optional, shown, someOf, trueOrFalse } from '../config/checks.ts';

/**
 * How humans hear about incidents. Without it, they subscribe to the topics P1 and P2 themselves. A wrong value fails
 * the synth with a {@link ConfigError}.
 *
 * @example
 * const escalation: EscalationConfig = {
 *   emails: ['on-call@example.com'],
 *   pagerDuty: { secretName: 'backstop/pagerduty', region: 'eu' },
 *   opsItems: true,
 * };
 */
export interface EscalationConfig {
  /**
   * Addresses that get a mail for each P1 and P2 incident, once they have confirmed the subscription.
   * @default - none
   */
  readonly emails?: readonly string[];

  /** Sends incidents to PagerDuty through its Events API v2. @default - PagerDuty is not used */
  readonly pagerDuty?: PagerDutyConfig;

  /** Posts cards to Microsoft Teams through the webhook of a workflow. @default - no cards are posted */
  readonly teams?: TeamsConfig;

  /** Opens an OpsItem of Systems Manager for each incident. @default false */
  readonly opsItems?: boolean;
}

/** How to reach PagerDuty. */
interface PagerDutyConfig {
  /** Name of the secret in Secrets Manager with the integration key of a service: 32 characters, plain text. */
  readonly secretName: string;

  /** Service region of the account. @default 'us' */
  readonly region?: 'us' | 'eu';

  /**
   * Your relay that gets the events instead of PagerDuty: `https` (`http` for loopback hosts only).
   * @default - PagerDuty
   */
  readonly url?: string;
}

/** How to reach a channel of Microsoft Teams. */
interface TeamsConfig {
  /** Name of the secret in Secrets Manager with the address of the workflow's webhook, plain text. */
  readonly secretName: string;
}

const PAGER_DUTY = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;

/** The URL that receives the events for PagerDuty. */
export function pagerDutyUrl({ region = 'us', url }: PagerDutyConfig): string {
  return url ?? PAGER_DUTY[region];
}

/** A name that AWS Secrets Manager accepts. */
const secretName: Check = function* (path, value) {
  if (typeof value === 'string' && /^[\w/+=.@-]{1,512}$/.test(value)) return;
  yield `${path} must be the name of a secret in AWS Secrets Manager (letters, digits and /_+=.@-), got ${shown(value)}`;
};

const url: Check = function* (path, value) {
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const isLoopback = parsed && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname);
  if (parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback)) return;
  yield `${path} must start with https:// (http:// only for loopback hosts), got ${shown(value)}`;
};

const email: Check = function* (path, value) {
  if (typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value)) return;
  yield `${path} must be an email address such as 'on-call@example.com', got ${shown(value)}`;
};

/** Yields every mistake in the setting `escalation`. */
export const escalation: Check = function* (path, value) {
  yield* fields<EscalationConfig>({
    emails: optional(someOf(email)),
    pagerDuty: optional(
      fields<PagerDutyConfig>({ secretName, region: optional(oneOf('us', 'eu')), url: optional(url) }),
    ),
    teams: optional(fields<TeamsConfig>({ secretName })),
    opsItems: optional(trueOrFalse),
  })(path, value);
  if (
    isPlainObject(value) &&
    isPlainObject(value.pagerDuty) &&
    value.pagerDuty.url !== undefined &&
    value.pagerDuty.region !== undefined
  ) {
    yield `${path}.pagerDuty.region must be omitted if url is set, got ${shown(value.pagerDuty.region)}`;
  }
};
