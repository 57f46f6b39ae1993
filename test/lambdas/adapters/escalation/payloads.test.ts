import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { mailOf } from '../../../../lambdas/adapters/escalation/mail.ts';
import { pagerDutyEvent } from '../../../../lambdas/adapters/escalation/pager-duty.ts';
import { teamsMessage } from '../../../../lambdas/adapters/escalation/teams.ts';
import { dedupKey } from '../../../../lambdas/domain/escalation/texts.ts';
import { sampleIncident, sampleNotification } from '../../domain/escalation/samples.ts';
import { PAGER_DUTY_EVENT } from './pager-duty-schema.ts';

/** Microsoft's own parser of cards, which rejects unknown elements. Its package has no ES modules, hence `require`. */
const { AdaptiveCard, SerializationContext } = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');

const RUNBOOK = 'https://runbook.example/runbook.md';
const isPagerDutyEvent = new Ajv({ allErrors: true, strict: true, strictRequired: false }).compile(PAGER_DUTY_EVENT);
const pagerDuty = { routingKey: 'k'.repeat(32), stack: 'BackstopPipeline', runbookUrl: RUNBOOK };

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
      dedup_key: 'backstop/BackstopPipeline/payments/permanent:http-422/3',
      payload: {
        severity: 'critical',
        component: 'payments',
        class: 'permanent:http-422',
        source: 'BackstopPipeline',
        custom_details: {
          Count: '500',
          First: sampleIncident.firstAt,
          Last: sampleIncident.lastAt,
          Failures: ['order-1 (correlation id trace-1): permanent, rule http-422, 1 attempt'],
          Run: ['backstop dlq show order-1', 'backstop dlq ls payments --reason permanent'],
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
        const message = teamsMessage(sampleNotification(telling, change), { stack: 'S', runbookUrl: runbook });
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
    expect(text).toContain('backstop dlq show order-1');
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
  const where = { stack: 'Staging', runbookUrl: RUNBOOK };
  for (const message of [
    pagerDutyEvent(sampleNotification('trigger'), { ...pagerDuty, ...where }),
    teamsMessage(sampleNotification('trigger'), where),
  ]) {
    const text = JSON.stringify(message);
    expect(text).toMatch(/"Stack"(:|,"value":)"Staging"/);
    expect(text).toContain('backstop dlq show order-1 --stack Staging"');
  }
  expect(mailOf(sampleNotification('trigger'), where).text).toContain('backstop dlq show order-1 --stack Staging\n');
});

describe('what a mail says', () => {
  it('is all that is needed to act', () => {
    expect(mailOf(sampleNotification('trigger'), { stack: 'BackstopPipeline', runbookUrl: RUNBOOK })).toEqual({
      subject: 'P1: Failures of payments became dead letters: permanent (rule http-422)',
      text: [
        'P1: Failures of payments became dead letters: permanent (rule http-422)',
        '',
        'Action: Act now',
        'Dependency: payments',
        'Cause: permanent:http-422',
        'Count: 500',
        'First: 2026-03-01T12:00:00.000Z',
        'Last: 2026-03-01T12:00:59.000Z',
        'Stack: BackstopPipeline',
        '',
        'Failures:',
        'order-1 (correlation id trace-1): permanent, rule http-422, 1 attempt',
        '',
        `What to do: ${RUNBOOK}#dead-letter-permanent`,
        '  backstop dlq show order-1',
        '  backstop dlq ls payments --reason permanent',
      ].join('\n'),
    });
  });

  it('has a subject that SNS takes', () => {
    const { subject } = mailOf(sampleNotification('resolve', longest), { stack: 'S', runbookUrl: RUNBOOK });
    expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  });

  it.each([
    ['unreachable', 'trigger', 'backstop circuits'],
    ['unreachable', 'resolve', 'backstop dlq redrive payments --reason exhausted --dry-run'],
    ['decision-needed', 'trigger', 'backstop decisions show order-1'],
  ] as const)('names the command that helps: %s, %s', (cause, telling, command) => {
    expect(mailOf(sampleNotification(telling, { cause }), { stack: 'S', runbookUrl: RUNBOOK }).text).toContain(
      `  ${command}`,
    );
  });
});
