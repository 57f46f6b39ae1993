import { createHmac } from 'node:crypto';
import type { Clock } from '../../contract/time.ts';
import { unlinked } from '../../domain/disclosure/unlinked.ts';
import type { IncidentNotification } from '../../domain/escalation/incident.ts';
import { dedupKey, incidentTexts, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { postText } from './post-json.ts';

interface WebhookOptions extends StackReference {
  readonly url: string;
  /** Key of the signature, which is a secret. */
  readonly signingKey: () => Promise<string>;
  readonly now: Clock;
}

/** Channel that posts each notification as JSON to your own endpoint, signed. */
export function webhook({ url, signingKey, now, ...where }: WebhookOptions): Channel {
  return {
    name: 'webhook',
    acknowledges: true,
    notify: async (told) => {
      const body = JSON.stringify(webhookMessage(told, where));
      await postText('The webhook', url, body, signedHeaders(body, await signingKey(), now()));
    },
  };
}

/** What your endpoint gets. `key` is the same from the trigger to the end of an incident. */
export function webhookMessage(told: IncidentNotification, where: StackReference): object {
  const { title, facts, trail, runbook, whatToDo, commands } = incidentTexts(told, where);
  const { subject, telling, incident } = told;
  return {
    version: 1,
    key: dedupKey(where.service, told),
    event: telling,
    priority: incident.priority,
    dependency: subject === '' ? undefined : unlinked(subject),
    title,
    facts: Object.fromEntries(facts),
    failures: trail,
    runbook,
    whatToDo,
    commands,
  };
}

/**
 * The time of the request in epoch seconds, and a signature over time and body: HMAC-SHA256 of `‹time›.‹body›`, in
 * hexadecimal digits. The time lets your endpoint refuse a request that somebody replays.
 */
export function signedHeaders(body: string, key: string, now: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return { 'backstop-timestamp': timestamp, 'backstop-signature': `v1=${signature}` };
}
