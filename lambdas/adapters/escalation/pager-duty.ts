import { unlinked } from '../../domain/disclosure/unlinked.ts';
import type { IncidentNotification } from '../../domain/escalation/incident.ts';
import { dedupKey, incidentTexts, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { postJson } from './post-json.ts';

interface PagerDutyOptions extends StackReference {
  /** Endpoint of the Events API: `https://events.pagerduty.com/v2/enqueue`, or that of another region. */
  readonly url: string;
  /** Integration key of the PagerDuty service. */
  readonly routingKey: () => Promise<string>;
}

const MAX_SUMMARY_LENGTH = 1_024;

/** Channel that sends to PagerDuty's Events API v2. */
export function pagerDuty(options: PagerDutyOptions): Channel {
  return {
    name: 'pagerDuty',
    acknowledges: true,
    notify: async (told) => {
      const event = pagerDutyEvent(told, { ...options, routingKey: await options.routingKey() });
      await postJson('PagerDuty', options.url, event);
    },
  };
}

/** Formats an event of the {@link https://developer.pagerduty.com/docs/send-alert-event Events API}. */
export function pagerDutyEvent(
  told: IncidentNotification,
  { routingKey, ...where }: StackReference & { readonly routingKey: string },
): object {
  const { subject, telling, incident } = told;
  const { stack, service } = where;
  const head = { routing_key: routingKey, event_action: telling, dedup_key: dedupKey(service, told) };
  if (telling !== 'trigger') return head;
  const { title, facts, trail, runbook, whatToDo, commands } = incidentTexts(told, where);
  return {
    ...head,
    client: `Backstop (${stack})`,
    payload: {
      summary: title.slice(0, MAX_SUMMARY_LENGTH),
      source: stack,
      severity: incident.priority === 'P1' ? 'critical' : 'error',
      timestamp: incident.firstAt,
      component: subject === '' ? 'backstop' : unlinked(subject),
      group: 'backstop',
      class: unlinked(incident.cause),
      custom_details: {
        ...Object.fromEntries(facts),
        Failures: trail,
        Runbook: runbook,
        Run: commands,
        'What to do': whatToDo.length === 0 ? undefined : whatToDo,
      },
    },
    links: /^https:/.test(runbook) ? [{ href: runbook, text: 'What to do' }] : undefined,
  };
}
