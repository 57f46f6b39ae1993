import type { SNSClient } from '@aws-sdk/client-sns';
import type { SSMClient } from '@aws-sdk/client-ssm';
import * as v from 'valibot';
import type { StackReference } from '../../domain/escalation/texts.ts';
import { secretText } from '../../domain/secret-text.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import type { Table } from '../table.ts';
import { mail } from './mail.ts';
import { opsItems, ticketStore } from './ops-items.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerDuty } from './pager-duty.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

/** Settings of the channels, from the notifier's environment. */
const Settings = v.object({
  stack: v.string(),
  service: v.string(),
  account: v.string(),
  region: v.string(),
  operatorCommand: v.string(),
  runbookUrl: v.string(),
  topics: v.object({ P1: v.string(), P2: v.string() }),
  pagerDuty: v.optional(v.object({ secretName: v.string(), url: v.string() })),
  teams: v.optional(v.object({ secretName: v.string() })),
  slack: v.optional(v.object({ secretName: v.string() })),
  webhook: v.optional(v.object({ secretName: v.string(), url: v.string() })),
  opsgenie: v.optional(v.object({ secretName: v.string(), url: v.string() })),
  opsItems: v.optional(v.boolean()),
});

export type ChannelSettings = v.InferInput<typeof Settings>;

interface ChannelPorts {
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
  /** Table that stores the ids of tickets. */
  readonly tickets: Table;
  readonly getSecret: (name: string) => Promise<string>;
  /** Texts of the runbook's sections by name. */
  readonly sections: StackReference['sections'];
}

/** Opens the configured channels. The SNS topics come first, because they need nothing outside AWS. */
export function openChannels(settings: unknown, ports: ChannelPorts): readonly Channel[] {
  const { sns, ssm, tickets, getSecret, sections } = ports;
  const { stack, service, account, region, operatorCommand, runbookUrl, topics, ...others } = v.parse(
    Settings,
    settings,
  );
  const common = { stack, service, account, region, operatorCommand, runbookUrl, sections };
  const secret = cached(getSecret);
  const { slack: ofSlack, webhook: ofWebhook, opsgenie: ofOpsgenie } = others;
  return [
    mail({ sns, topics, ...common }),
    ...(others.pagerDuty
      ? [
          pagerDuty({
            ...common,
            url: others.pagerDuty.url,
            routingKey: integrationKey('PagerDuty', secret(others.pagerDuty.secretName)),
          }),
        ]
      : []),
    ...(others.teams ? [teams({ ...common, webhook: secretUrl('Teams', secret(others.teams.secretName)) })] : []),
    ...(ofSlack ? [slack({ ...common, webhook: secretUrl('Slack', secret(ofSlack.secretName)) })] : []),
    ...(ofOpsgenie
      ? [
          opsgenie({
            ...common,
            url: ofOpsgenie.url,
            apiKey: integrationKey('Opsgenie', secret(ofOpsgenie.secretName)),
          }),
        ]
      : []),
    ...(ofWebhook
      ? [webhook({ ...common, url: ofWebhook.url, signingKey: secret(ofWebhook.secretName), now: Date.now })]
      : []),
    ...(others.opsItems ? [opsItems({ ssm, ...common, tickets: ticketStore(tickets) })] : []),
  ];
}

const MAX_AGE_MS = 300_000;

/** Caches a secret for five minutes. */
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

/** Checks the webhook's address. The address is a secret, so no error message quotes it. */
function secretUrl(service: string, secret: () => Promise<string>): () => Promise<string> {
  return async () => {
    const url = secretText(await secret())?.trim() ?? '';
    if (/^https:\/\/\S+$/.test(url) || /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])[:/]\S*$/.test(url)) return url;
    throw new WebhookError(`the ${service} secret must hold an https:// URL`);
  };
}

/** Checks an integration key. A service refuses one with a line end within, and the key is a secret, too. */
function integrationKey(service: string, secret: () => Promise<string>): () => Promise<string> {
  return async () => {
    const key = secretText(await secret())?.trim() ?? '';
    if (/^[\x21-\x7e]{1,256}$/.test(key)) return key;
    throw new IntegrationKeyError(`the ${service} secret must hold the integration key and nothing else, on one line`);
  };
}

class IntegrationKeyError extends Error {
  override readonly name = 'IntegrationKeyError';
}

class WebhookError extends Error {
  override readonly name = 'WebhookError';
}
