import { unlinked } from '../../domain/disclosure/unlinked.ts';
import type { IncidentNotification } from '../../domain/escalation/incident.ts';
import { dedupKey, incidentTexts, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { mailOf } from './mail.ts';
import { postText } from './post-json.ts';

interface OpsgenieOptions extends StackReference {
  /** The Alert API: `https://api.opsgenie.com`, or that of the EU. */
  readonly url: string;
  /** Key of an API integration, which is a secret. */
  readonly apiKey: () => Promise<string>;
}

const MAX_MESSAGE_LENGTH = 130;
const MAX_ALIAS_LENGTH = 512;
const MAX_DESCRIPTION_LENGTH = 15_000;

interface OpsgenieRequest {
  /** Below the address of the API. */
  readonly path: string;
  readonly body: object;
}

/** Channel that opens, acknowledges and closes alerts of Opsgenie. The alias gives each incident one alert. */
export function opsgenie({ url, apiKey, ...where }: OpsgenieOptions): Channel {
  return {
    name: 'opsgenie',
    acknowledges: true,
    notify: async (told) => {
      const { path, body } = opsgenieRequest(told, where);
      const authorization = `GenieKey ${await apiKey()}`;
      await postText('Opsgenie', `${url}${path}`, JSON.stringify(body), { authorization });
    },
  };
}

/** Formats a request of the {@link https://docs.opsgenie.com/docs/alert-api Alert API}. */
export function opsgenieRequest(told: IncidentNotification, where: StackReference): OpsgenieRequest {
  const { subject, telling, incident } = told;
  const alias = dedupKey(where.service, told).slice(0, MAX_ALIAS_LENGTH);
  if (telling !== 'trigger') {
    const verb = telling === 'resolve' ? 'close' : 'acknowledge';
    const path = `/v2/alerts/${encodeURIComponent(alias)}/${verb}?identifierType=alias`;
    return { path, body: { source: 'backstop', user: unlinked(incident.acknowledgedBy ?? 'backstop').slice(0, 100) } };
  }
  const { title, facts } = incidentTexts(told, where);
  const { text } = mailOf(told, where);
  return {
    path: '/v2/alerts',
    body: {
      message: title.slice(0, MAX_MESSAGE_LENGTH).toWellFormed(),
      alias,
      description: text.slice(0, MAX_DESCRIPTION_LENGTH).toWellFormed(),
      priority: incident.priority === 'P1' ? 'P1' : 'P3',
      entity: subject === '' ? 'backstop' : unlinked(subject),
      source: 'backstop',
      details: Object.fromEntries(facts),
    },
  };
}
