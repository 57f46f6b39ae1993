import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SSMClient } from '@aws-sdk/client-ssm';
import * as v from 'valibot';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { mail } from './mail.ts';
import { opsItems } from './ops-items.ts';
import { pagerDuty } from './pager-duty.ts';
import { teams } from './teams.ts';
import { ticketStore } from './tickets.ts';

/** What the notifier's environment says of where humans are told. */
const Settings = v.object({
  stack: v.string(),
  runbookUrl: v.string(),
  topics: v.object({ P1: v.string(), P2: v.string() }),
  pagerDuty: v.optional(v.object({ secretName: v.string(), url: v.string() })),
  teams: v.optional(v.object({ secretName: v.string() })),
  opsItems: v.optional(v.boolean()),
});

export type EscalationSettings = v.InferInput<typeof Settings>;

export interface ChannelTools {
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
  /** Where tickets are remembered. */
  readonly tickets: { readonly client: DynamoDBClient; readonly table: string };
  readonly getSecret: (name: string) => Promise<string>;
}

/** Every channel that the config names; the topics first, which need nothing that lies outside AWS. */
export function openChannels(settings: unknown, { sns, ssm, tickets, getSecret }: ChannelTools): readonly Channel[] {
  const { stack, runbookUrl, topics, ...others } = v.parse(Settings, settings);
  const common = { stack, runbookUrl };
  const secret = cached(getSecret);
  return [
    mail({ sns, topics, ...common }),
    ...(others.pagerDuty
      ? [pagerDuty({ ...common, url: others.pagerDuty.url, routingKey: secret(others.pagerDuty.secretName) })]
      : []),
    ...(others.teams ? [teams({ ...common, webhook: webhook(secret(others.teams.secretName)) })] : []),
    ...(others.opsItems ? [opsItems({ ssm, ...common, tickets: ticketStore(tickets) })] : []),
  ];
}

const MAX_AGE_MS = 300_000;

/** A secret that has changed is known within five minutes. */
function cached(getSecret: (name: string) => Promise<string>) {
  return (name: string) => {
    let known: { readonly value: string; readonly at: number } | undefined;
    return async (): Promise<string> => {
      if (known && Date.now() - known.at < MAX_AGE_MS) return known.value;
      known = { value: await getSecret(name), at: Date.now() };
      return known.value;
    };
  };
}

/** The address is a secret, so that no message quotes it. */
function webhook(secret: () => Promise<string>): () => Promise<string> {
  return async () => {
    const url = await secret();
    if (/^https:\/\/\S+$/.test(url) || /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])[:/]\S*$/.test(url)) return url;
    throw new WebhookError('the secret of teams must hold an address that begins with https://');
  };
}

class WebhookError extends Error {
  override readonly name = 'WebhookError';
}
