import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { mailOf } from '../../../../lambdas/adapters/escalation/mail.ts';
import { opsgenieRequest } from '../../../../lambdas/adapters/escalation/opsgenie.ts';
import { pagerDutyEvent } from '../../../../lambdas/adapters/escalation/pager-duty.ts';
import { slackMessage } from '../../../../lambdas/adapters/escalation/slack.ts';
import { teamsMessage } from '../../../../lambdas/adapters/escalation/teams.ts';
import { signedHeaders, webhookMessage } from '../../../../lambdas/adapters/escalation/webhook.ts';
import { dedupKey } from '../../../../lambdas/domain/escalation/texts.ts';
import { sampleIncident, sampleNotification, sampleWhere } from '../../domain/escalation/samples.ts';
import { PAGER_DUTY_EVENT } from './pager-duty-schema.ts';

/** Microsoft's own parser of cards, which rejects unknown elements. Its package has no ES modules, hence `require`. */
const { AdaptiveCard, SerializationContext } = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');

const RUNBOOK = 'https://runbook.example/runbook.md';
const isPagerDutyEvent = new Ajv({ allErrors: true, strict: true, strictRequired: false }).compile(PAGER_DUTY_EVENT);
const pagerDuty = { routingKey: 'k'.repeat(32), ...sampleWhere };

/** An incident whose parts have their maximum length. */
const longest = {
  cause: `permanent:${'r'.repeat(256)}`,
  summary: '🙂'.repeat(900),
  samples: Array.from({ length: 5 }, (_, n) => ({
    failureId: `${n}`.repeat(64),
    correlationId: '~'.repeat(128),
    reason: 'permanent',
    rule: 'r'.repeat(256),
    attempts: 27,
  })),
};

describe('what PagerDuty gets', () => {
  it.each(['trigger', 'acknowledge', 'resolve'] as const)('is valid by its published schema: %s', (telling) => {
    for (const change of [{}, longest]) {
      const event = pagerDutyEvent(sampleNotification(telling, change), pagerDuty);
      isPagerDutyEvent(event);
      expect(isPagerDutyEvent.errors).toBeNull();
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512 * 1_024);
    }
  });

  it('says all that is needed to act', () => {
    expect(pagerDutyEvent(sampleNotification('trigger'), pagerDuty)).toMatchObject({
      event_action: 'trigger',
      dedup_key: 'backstop/BackstopPipeline/Pipeline/payments/permanent:http-422/3',
      payload: {
        severity: 'critical',
        component: 'payments',
        class: 'permanent:http-422',
        source: 'BackstopPipeline',
        custom_details: {
          Action: 'Act now: repair the cause, then redrive or discard the dead letters',
          Seen: '500 times, since 2026-03-01T12:00:00Z, last 2026-03-01T12:00:59Z',
          Failures: ['order-1 (correlation id trace-1): permanent, rule http-422, 1 attempt'],
          Run: [
            'npx @backstop-cdk/backstop dlq show order-1 --region eu-west-1',
            'npx @backstop-cdk/backstop dlq ls payments --reason permanent --region eu-west-1',
          ],
        },
      },
      links: [{ href: `${RUNBOOK}#dead-letter-permanent`, text: 'What to do' }],
    });
  });

  it('has the same key from the trigger to its end, and another for the next time', () => {
    const keyOf = (...args: Parameters<typeof sampleNotification>) => dedupKey('S', sampleNotification(...args));
    expect(new Set([keyOf('trigger'), keyOf('acknowledge'), keyOf('resolve', { state: 'resolved' })]).size).toBe(1);
    expect(keyOf('trigger', { number: 4 })).not.toBe(keyOf('trigger'));
    expect(keyOf('trigger', { ...longest, number: 4 })).not.toBe(keyOf('trigger', longest));
  });
});

describe('what Teams gets', () => {
  const cardOf = (message: object) =>
    (message as { attachments: [{ contentType: string; content: object }] }).attachments[0];

  it.each(['trigger', 'resolve'] as const)('is a card that Teams shows: %s', (telling) => {
    for (const change of [{}, longest, { samples: [] }]) {
      for (const runbook of [RUNBOOK, 'docs/runbook.md']) {
        const message = teamsMessage(sampleNotification(telling, change), { ...sampleWhere, runbookUrl: runbook });
        expect(message).toMatchObject({
          type: 'message',
          attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive' }],
        });
        const context = new SerializationContext();
        const card = new AdaptiveCard();
        card.parse(cardOf(message).content, context);
        const problems = Array.from({ length: context.eventCount }, (_, n) => context.getEventAt(n).message);
        expect([...problems, ...card.validateProperties().validationEvents]).toEqual([]);
        expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(28 * 1_024);
      }
    }
  });

  it('is known to be no card where it is none', () => {
    const context = new SerializationContext();
    new AdaptiveCard().parse(
      { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', text: 'x', size: 'Huge' }] },
      context,
    );
    expect(context.eventCount).toBe(1);
  });

  it('leads to the runbook, and names the commands', () => {
    const text = JSON.stringify(teamsMessage(sampleNotification('trigger'), pagerDuty));
    expect(text).toContain(`"url":"${RUNBOOK}#dead-letter-permanent"`);
    expect(text).toContain('npx @backstop-cdk/backstop dlq show order-1 --region eu-west-1');
  });

  it('takes no text of others for markdown', () => {
    const sample = {
      ...sampleIncident.samples[0],
      failureId: 'f',
      correlationId: '[x](https://evil.example)',
      reason: 'r',
      rule: '**r**',
      attempts: 1,
    };
    const text = JSON.stringify(teamsMessage(sampleNotification('trigger', { samples: [sample] }), pagerDuty));
    expect(text).not.toContain('[x](https://evil.example)');
    expect(text).not.toContain(' **r**');
  });
});

it('says of which stack it is, and names it in the commands where the tool would take another', () => {
  const where = { ...sampleWhere, stack: 'Staging' };
  for (const message of [
    pagerDutyEvent(sampleNotification('trigger'), { ...pagerDuty, ...where }),
    teamsMessage(sampleNotification('trigger'), where),
  ]) {
    const text = JSON.stringify(message);
    expect(text).toMatch(/"Stack"(:|,"value":)"Staging, account 111122223333, region eu-west-1"/);
    expect(text).toContain('backstop dlq show order-1 --region eu-west-1 --stack Staging"');
  }
  expect(mailOf(sampleNotification('trigger'), where).text).toContain(
    'backstop dlq show order-1 --region eu-west-1 --stack Staging\n',
  );
});

describe('what a mail says', () => {
  it('is all that is needed to act', () => {
    expect(mailOf(sampleNotification('trigger'), sampleWhere)).toEqual({
      subject: 'P1: Failures of payments became dead letters: permanent (rule http-422)',
      text: [
        'P1: Failures of payments became dead letters: permanent (rule http-422)',
        '',
        'Action: Act now: repair the cause, then redrive or discard the dead letters',
        'By itself: Nothing. Another attempt would fail the same way. Dead letters wait 14 days',
        'Dependency: payments',
        'Cause: permanent:http-422',
        'Seen: 500 times, since 2026-03-01T12:00:00Z, last 2026-03-01T12:00:59Z',
        'Console: npx @backstop-cdk/backstop console --dependency payments --region eu-west-1',
        'Stack: BackstopPipeline, account 111122223333, region eu-west-1',
        '',
        'Failures:',
        'order-1 (correlation id trace-1): permanent, rule http-422, 1 attempt',
        '',
        `What to do: ${RUNBOOK}#dead-letter-permanent`,
        '  npx @backstop-cdk/backstop dlq show order-1 --region eu-west-1',
        '  npx @backstop-cdk/backstop dlq ls payments --reason permanent --region eu-west-1',
      ].join('\n'),
    });
  });

  it('has commands of the runbook that work as pasted', () => {
    const sections = { 'dead-letter-permanent': 'Look first:\nbackstop trace "$ID"\nor `backstop failures` and act.' };
    const { text } = mailOf(sampleNotification('trigger'), { ...sampleWhere, stack: 'Staging', sections });
    expect(text).toContain('\nnpx @backstop-cdk/backstop trace order-1 --region eu-west-1 --stack Staging\n');
    expect(text).toContain('or `npx @backstop-cdk/backstop failures --region eu-west-1 --stack Staging` and act.');
  });

  it('has a subject that SNS takes', () => {
    const { subject } = mailOf(sampleNotification('resolve', longest), sampleWhere);
    expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  });

  it.each([
    ['unreachable', 'trigger', 'circuits'],
    ['unreachable', 'resolve', 'dlq redrive payments --reason exhausted --reason deadline --dry-run'],
    ['decision-needed', 'trigger', 'decisions show order-1'],
  ] as const)('names the command that helps: %s, %s', (cause, telling, command) => {
    expect(mailOf(sampleNotification(telling, { cause }), sampleWhere).text).toContain(
      `  npx @backstop-cdk/backstop ${command} --region eu-west-1`,
    );
  });
});

describe('what every channel says', () => {
  const outage = {
    cause: 'unreachable',
    section: 'circuit-open',
    summary: 'payments keeps failing: its circuit is open and blocks calls',
    evidence: '5 of 5 calls failed',
    count: 1,
    samples: [],
  };
  const situation = { waiting: 201, excerpt: 'message: no upstream' };
  const told = { ...sampleNotification('trigger', outage), situation };
  const sections = { 'circuit-open': '**Check** the dependency.\nWait for the probes.' };
  const where = { ...sampleWhere, runbookUrl: 'docs/runbook.md', sections };
  const messages = {
    mail: mailOf(told, where),
    pagerDuty: pagerDutyEvent(told, { ...where, routingKey: 'k' }),
    teams: teamsMessage(told, where),
    slack: slackMessage(told, where),
    webhook: webhookMessage(told, where),
    opsgenie: opsgenieRequest(told, where).body,
  };

  it.each(Object.entries(messages))('is whether to act, what waits, and what heals by itself: %s', (_, message) => {
    // A card escapes what it takes for markup.
    const text = JSON.stringify(message).replaceAll('\\\\', '');
    for (const part of [
      'Act now: check the dependency, and leave the circuit alone',
      'about 201 failures under way or held. Nothing is lost',
      'Backstop holds the failures, probes the dependency',
      '5 of 5 calls failed, since 2026-03-01T12:00:00Z',
      'no upstream',
      'account 111122223333, region eu-west-1',
      'Wait for the probes.',
    ])
      expect(text).toContain(part);
  });

  it('has no command but those that start the tool as the config says', () => {
    const sections = { 'circuit-open': 'Look:\nbackstop circuits\nThen `backstop status`.' };
    const { text } = mailOf(told, { ...where, sections, operatorCommand: 'npx @acme/backstop' });
    expect(text.match(/npx \S+ \w+/g)).toEqual([
      'npx @acme/backstop console',
      'npx @acme/backstop status',
      'npx @acme/backstop circuits',
      'npx @acme/backstop circuits',
      'npx @acme/backstop status',
    ]);
  });

  it.each<[{ waiting?: number; dead?: number; isCut?: boolean }, string]>([
    [{ waiting: 0 }, 'no failure under way or held'],
    [{ waiting: 0, dead: 0 }, 'no failure under way, held or dead'],
    [{ waiting: 0, dead: 500 }, 'no failure under way or held, about 500 dead letters. Nothing is lost'],
    [{ waiting: 3, dead: 1 }, 'about 3 failures under way or held, about 1 dead letter. Nothing is lost'],
    [{ waiting: 1, dead: 0 }, 'about 1 failure under way or held. Nothing is lost'],
    [{ dead: 500 }, 'about 500 dead letters. Nothing is lost'],
    [{ waiting: 0, dead: 6_000, isCut: true }, 'about 6000 or more dead letters'],
  ])('counts what is under way, held and dead: %j', ({ waiting, dead, isCut = false }, said) => {
    const counted = { waiting, dead: dead === undefined ? undefined : { count: dead, isCut } };
    const { text } = mailOf({ ...told, situation: counted }, where);
    expect(text).toContain(said);
  });

  it('is a link to the runbook instead of its text, if it has an address', () => {
    const linked = slackMessage(told, { ...sampleWhere, sections: {} });
    expect(JSON.stringify(linked)).toContain('<https://runbook.example/runbook.md#circuit-open|runbook>');
  });

  it.each(['acknowledge', 'resolve'] as const)('has the key of its incident: %s', (telling) => {
    const key = dedupKey(where.service, told);
    const next = sampleNotification(telling, outage);
    expect(webhookMessage(next, where)).toMatchObject({ key, event: telling });
    const verb = telling === 'resolve' ? 'close' : 'acknowledge';
    const path = `/v2/alerts/${encodeURIComponent(key)}/${verb}?identifierType=alias`;
    expect(opsgenieRequest(next, where).path).toBe(path);
    expect(messages.opsgenie).toMatchObject({ alias: key });
    expect(messages.pagerDuty).toMatchObject({ dedup_key: key });
  });

  it('fits the limits of each service, however long its parts', () => {
    const long = { ...sampleNotification('trigger', longest), situation: { waiting: 1, excerpt: 'x'.repeat(500) } };
    const text = { ...where, sections: { 'dead-letter-permanent': 'y'.repeat(1_200) } };
    const { blocks } = slackMessage(long, text) as { blocks: { text: { text: string } }[] };
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const [at, block] of blocks.entries())
      expect(block.text.text.length).toBeLessThanOrEqual(at === 0 ? 150 : 3_000);
    const { body } = opsgenieRequest(long, text) as { body: { message: string; description: string; alias: string } };
    expect(body.message.length).toBeLessThanOrEqual(130);
    expect(body.description.length).toBeLessThanOrEqual(15_000);
    expect(body.alias.length).toBeLessThanOrEqual(512);
  });

  it('differs between two pipelines of one stack', () => {
    expect(dedupKey('Stack/A', told)).not.toBe(dedupKey('Stack/B', told));
  });
});

it('signs what the webhook gets, with its time', () => {
  const headers = signedHeaders('{"a":1}', 'key', Date.UTC(2026, 2, 1));
  const signature = createHmac('sha256', 'key').update('1772323200.{"a":1}').digest('hex');
  expect(headers).toEqual({ 'backstop-timestamp': '1772323200', 'backstop-signature': `v1=${signature}` });
});
