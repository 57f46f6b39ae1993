import { plainText } from '../../domain/disclosure/plain-text.ts';
import type { IncidentNotification } from '../../domain/escalation/incident.ts';
import { incidentTexts, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { postJson } from './post-json.ts';

interface SlackOptions extends StackReference {
  /** Address of the incoming webhook, which is a secret. */
  readonly webhook: () => Promise<string>;
}

/** Slack refuses a section above 3,000 characters. */
const MAX_SECTION_LENGTH = 2_900;
/** Slack refuses a header above 150 characters. */
const MAX_HEADER_LENGTH = 150;

/** Channel that posts to an incoming webhook of Slack. */
export function slack({ webhook, ...where }: SlackOptions): Channel {
  return {
    name: 'slack',
    // An acknowledgement needs no message of its own: the next one names the person.
    acknowledges: false,
    notify: async (told) => postJson('Slack', await webhook(), slackMessage(told, where)),
  };
}

/** Formats a message of {@link https://docs.slack.dev/reference/block-kit/blocks blocks}. */
export function slackMessage(told: IncidentNotification, where: StackReference): object {
  const { title, facts, trail, runbook, whatToDo, commands } = incidentTexts(told, where);
  const isLink = /^https:\/\//.test(runbook);
  const lines = [
    ...facts.map(([name, value]) => `*${name}:* ${escapeText(value)}`),
    ...trail.map((line) => `• ${escapeText(line)}`),
    isLink ? `*What to do:* <${runbook}|runbook>` : `*What to do:* ${escapeText(runbook)}`,
  ];
  return {
    text: escapeText(title),
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: plainText(title).slice(0, MAX_HEADER_LENGTH), emoji: false },
      },
      section(lines.join('\n')),
      ...(commands.length === 0 ? [] : [section(`\`\`\`${commands.map(escapeText).join('\n')}\`\`\``)]),
      ...(whatToDo.length === 0 ? [] : [section(whatToDo.map(escapeText).join('\n'))]),
    ],
  };
}

function section(text: string): object {
  const cut = text.length > MAX_SECTION_LENGTH ? `${text.slice(0, MAX_SECTION_LENGTH).toWellFormed()}…` : text;
  return { type: 'section', text: { type: 'mrkdwn', text: cut, verbatim: true } };
}

/** Escapes Slack's three control characters, so that no text becomes a link or a mention, and ends no code block. */
function escapeText(text: string): string {
  return plainText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', "'");
}
