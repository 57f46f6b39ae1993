import type { IncidentNotification } from '../../domain/escalation/incident.ts';
import { incidentTexts, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { postJson } from './post-json.ts';

export interface TeamsOptions extends StackReference {
  /** The address of the workflow's webhook, which is a secret. */
  readonly webhook: () => Promise<string>;
}

/** Teams refuses more than 28 KB; five failures of the longest ids are a tenth of that. */
const MOST_TEXT = 1_000;

/** Microsoft Teams, by the webhook of a workflow. */
export function teams({ webhook, ...where }: TeamsOptions): Channel {
  return {
    name: 'teams',
    // Nobody needs a card for it: who has taken it on stands in the last one.
    acknowledges: false,
    tell: async (told) => postJson('Teams', await webhook(), teamsMessage(told, where)),
  };
}

/** A message with one Adaptive Card, as workflows take it. */
export function teamsMessage(told: IncidentNotification, where: StackReference): object {
  const { title, facts, trail, runbook, commands } = incidentTexts(told, where);
  const color = told.telling === 'resolve' ? 'Good' : told.incident.priority === 'P1' ? 'Attention' : 'Warning';
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      { type: 'TextBlock', text: plain(title), weight: 'Bolder', size: 'Medium', color, wrap: true },
      { type: 'FactSet', facts: facts.map(([name, value]) => ({ title: name, value: plain(value) })) },
      ...trail.map((line) => ({ type: 'TextBlock', text: plain(line), wrap: true, isSubtle: true, spacing: 'Small' })),
      ...commands.map((command) => ({
        type: 'TextBlock',
        text: plain(command),
        fontType: 'Monospace',
        wrap: true,
        spacing: 'Small',
      })),
      // A runbook that is no page on the web is named; a link to it would lead nowhere.
      ...(isLink(runbook) ? [] : [{ type: 'TextBlock', text: plain(`What to do: ${runbook}`), wrap: true }]),
    ],
    ...(isLink(runbook) && { actions: [{ type: 'Action.OpenUrl', title: 'What to do', url: runbook }] }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function isLink(text: string): boolean {
  return /^https:\/\//.test(text);
}

/** Texts of others are no markdown, and steer nothing. */
function plain(text: string): string {
  return text
    .slice(0, MOST_TEXT)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/[\\`*_[\]()<>#|~]/g, '\\$&');
}
