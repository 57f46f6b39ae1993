import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { IncidentNotification } from '../../domain/escalation/incident.ts';
import { incidentTexts, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';

interface MailOptions extends StackReference {
  readonly sns: SNSClient;
  /** ARNs of the topics that humans subscribe to, by priority. */
  readonly topics: Readonly<Record<'P1' | 'P2', string>>;
}

/** SNS accepts ASCII subjects of fewer than 100 characters. */
const MAX_SUBJECT_LENGTH = 99;

/** Channel that publishes to the SNS topic of the incident's priority, for mail and other subscriptions. */
export function mail({ sns, topics, ...where }: MailOptions): Channel {
  return {
    name: 'topic',
    acknowledges: false,
    notify: async (told) => {
      const { subject, text } = mailOf(told, where);
      const TopicArn = topics[told.incident.priority];
      await sns.send(new PublishCommand({ TopicArn, Subject: subject, Message: text }));
    },
  };
}

/** Formats an incident as subject and text of a mail. */
export function mailOf(
  told: IncidentNotification,
  where: StackReference,
): { readonly subject: string; readonly text: string } {
  const { title, facts, trail, runbook, whatToDo, commands } = incidentTexts(told, where);
  return {
    subject: title.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAX_SUBJECT_LENGTH),
    text: [
      title,
      '',
      ...facts.map(([name, value]) => `${name}: ${value}`),
      ...(trail.length === 0 ? [] : ['', 'Failures:', ...trail]),
      '',
      `What to do: ${runbook}`,
      ...commands.map((command) => `  ${command}`),
      ...(whatToDo.length === 0 ? [] : ['', ...whatToDo]),
    ].join('\n'),
  };
}
