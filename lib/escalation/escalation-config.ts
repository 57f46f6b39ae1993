import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { type Check, fields, oneOf, optional, shown, someOf, trueOrFalse } from '../config/checks.ts';

/** How humans are told of incidents. Without any of it they subscribe to the topics P1 and P2 themselves. */
export interface EscalationConfig {
  /** Addresses that get a mail for each incident, once they have confirmed the subscription; those of both priorities. @default - none */
  readonly emails?: readonly string[];

  /** PagerDuty, by its Events API v2. @default - nobody is paged there */
  readonly pagerDuty?: PagerDutyConfig;

  /** Microsoft Teams, by the webhook of a workflow. @default - no cards are posted */
  readonly teams?: TeamsConfig;

  /** Whether each incident becomes an OpsItem of Systems Manager. @default false */
  readonly opsItems?: boolean;
}

export interface PagerDutyConfig {
  /** Name of the secret in Secrets Manager that is the integration key of a service: 32 characters, plain text. */
  readonly secretName: string;

  /** Service region of the account. @default 'us' */
  readonly region?: 'us' | 'eu';

  /** Where events are sent in place of PagerDuty: a relay of your own, `https` (`http` for loopback hosts only). @default - PagerDuty */
  readonly url?: string;
}

export interface TeamsConfig {
  /** Name of the secret in Secrets Manager that is the address of the workflow's webhook, plain text. */
  readonly secretName: string;
}

const PAGER_DUTY = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;

/** Where events for PagerDuty go. */
export function pagerDutyUrl({ region = 'us', url }: PagerDutyConfig): string {
  return url ?? PAGER_DUTY[region];
}

/** What AWS Secrets Manager lets a name consist of. */
const secretName: Check = function* (path, value) {
  if (typeof value === 'string' && /^[\w/+=.@-]{1,512}$/.test(value)) return;
  yield `${path} must be the name of a secret in AWS Secrets Manager (letters, digits and /_+=.@-), got ${shown(value)}`;
};

const url: Check = function* (path, value) {
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const isLoopback = parsed && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname);
  if (parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback)) return;
  yield `${path} must begin with https:// (http:// is for loopback hosts only), got ${shown(value)}`;
};

const email: Check = function* (path, value) {
  if (typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value)) return;
  yield `${path} must be a mail address such as 'on-call@example.com', got ${shown(value)}`;
};

/** All mistakes of the setting `escalation`. */
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
    yield `${path}.pagerDuty.region must be left out where url says where to send, got ${shown(value.pagerDuty.region)}`;
  }
};
