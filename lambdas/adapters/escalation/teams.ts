import { plainText } from '../../domain/disclosure/plain-text.ts';
import type { IncidentNotification } from '../../domain/escalation/incident.ts';
import { incidentTexts, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { postJson } from './post-json.ts';

interface TeamsOptions extends StackReference {
  /** Address of the workflow's webhook, which is a secret. */
  readonly webhook: () => Promise<string>;
}

/** Teams refuses messages above 28 KB; five failures with the longest ids take a tenth of that. */
const MAX_TEXT_LENGTH = 1_000;

/** Channel that posts to the webhook of a Microsoft Teams workflow. */
export function teams({ webhook, ...where }: TeamsOptions): Channel {
  return {
    name: 'teams',
    // An acknowledgement needs no card of its own: the next card names the person.
    acknowledges: false,
    notify: async (told) => postJson('Teams', await webhook(), teamsMessage(told, where)),
  };
}

/** Formats a message with one Adaptive Card. */
export function teamsMessage(told: IncidentNotification, where: StackReference): object {
  const { title, facts, trail, runbook, whatToDo, commands } = incidentTexts(told, where);
  const color = told.telling === 'resolve' ? 'Good' : told.incident.priority === 'P1' ? 'Attention' : 'Warning';
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      { type: 'TextBlock', text: escapeText(title), weight: 'Bolder', size: 'Medium', color, wrap: true },
      { type: 'FactSet', facts: facts.map(([name, value]) => ({ title: name, value: escapeText(value) })) },
      ...trail.map((line) => ({
        type: 'TextBlock',
        text: escapeText(line),
        wrap: true,
        isSubtle: true,
        spacing: 'Small',
      })),
      ...commands.map((command) => ({
        type: 'TextBlock',
        text: escapeText(command),
        fontType: 'Monospace',
        wrap: true,
        spacing: 'Small',
      })),
      // Teams cannot link a runbook that is not on the web, so name it as text.
      ...(isLink(runbook) ? [] : [{ type: 'TextBlock', text: escapeText(`What to do: ${runbook}`), wrap: true }]),
      ...whatToDo.map((line) => ({ type: 'TextBlock', text: escapeText(line), wrap: true, spacing: 'Small' })),
    ],
    actions: isLink(runbook) ? [{ type: 'Action.OpenUrl', title: 'What to do', url: runbook }] : undefined,
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function isLink(text: string): boolean {
  return /^https:\/\//.test(text);
}

/** Makes a text that others wrote safe: truncates it, makes it plain, and escapes Markdown. */
function escapeText(text: string): string {
  return plainText(text.slice(0, MAX_TEXT_LENGTH)).replaceAll(/[\\`*_[\]()<>#|~]/g, '\\$&');
}
