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

  /** Posts messages to Slack through an incoming webhook. @default - no messages are posted */
  readonly slack?: SlackConfig;

  /** Opens alerts in Opsgenie through its Alert API. @default - Opsgenie is not used */
  readonly opsgenie?: OpsgenieConfig;

  /** Posts each message as signed JSON to your own endpoint. @default - nothing is posted */
  readonly webhook?: WebhookConfig;

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

/** How to reach a channel of Slack. */
interface SlackConfig {
  /** Name of the secret in Secrets Manager with the address of the incoming webhook, plain text. */
  readonly secretName: string;
}

/** How to reach Opsgenie. */
interface OpsgenieConfig {
  /** Name of the secret in Secrets Manager with the key of an API integration, plain text. */
  readonly secretName: string;

  /** Service region of the account. @default 'us' */
  readonly region?: 'us' | 'eu';

  /**
   * Your relay that gets the requests instead of Opsgenie: `https` (`http` for loopback hosts only).
   * @default - Opsgenie
   */
  readonly url?: string;
}

/** How to reach your own endpoint. */
interface WebhookConfig {
  /** Your endpoint: `https` (`http` for loopback hosts only). */
  readonly url: string;

  /** Name of the secret in Secrets Manager with the key of the signatures, plain text. */
  readonly secretName: string;
}

export const DEFAULT_REGION = 'us';

const OPSGENIE = { us: 'https://api.opsgenie.com', eu: 'https://api.eu.opsgenie.com' } as const;

/** The address of the Alert API. */
export function opsgenieUrl({ region = DEFAULT_REGION, url }: OpsgenieConfig): string {
  return url ?? OPSGENIE[region];
}

const PAGER_DUTY = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;

/** The URL that receives the events for PagerDuty. */
export function pagerDutyUrl({ region = DEFAULT_REGION, url }: PagerDutyConfig): string {
  return url ?? PAGER_DUTY[region];
}
