import { describe, expect, it } from 'vitest';
import { mistakesIn } from '../../../lib/config/schema.ts';
import { pagerDutyUrl } from '../../../lib/escalation/escalation-config.ts';
import { escalation } from '../../../lib/escalation/escalation-schema.ts';

const mistakes = (value: unknown) => mistakesIn(escalation, value, 'escalation');
const secretName = 'backstop/pager-duty';

describe('how humans are told', () => {
  it.each([
    [{}],
    [{ emails: ['on-call@example.com'], opsItems: true }],
    [{ slack: { secretName }, opsgenie: { secretName, region: 'eu' } }],
    [{ webhook: { secretName, url: 'https://alerts.example.com/backstop' } }],
    [{ pagerDuty: { secretName, region: 'eu' }, teams: { secretName: 'backstop/teams' } }],
    [{ pagerDuty: { secretName, url: 'http://127.0.0.1:8080/enqueue' } }],
  ])('may be %o', (value) => {
    expect(mistakes(value)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['escalation.emails must be an array with at least one element, got []', { emails: [] }],
    ["escalation.emails[0] must be an email address such as 'on-call@example.com', got 'anna'", { emails: ['anna'] }],
    ['escalation.pagerDuty must be an object, got string', { pagerDuty: 'k'.repeat(32) }],
    [
      "escalation.pagerDuty.region must be one of 'us', 'eu', got 'asia'",
      { pagerDuty: { secretName, region: 'asia' } },
    ],
    [
      "escalation.pagerDuty.url must start with https:// (http:// only for loopback hosts), got 'http://relay.example.com'",
      { pagerDuty: { secretName, url: 'http://relay.example.com' } },
    ],
    [
      "escalation.pagerDuty.region must be omitted if url is set, got 'eu'",
      { pagerDuty: { secretName, region: 'eu', url: 'https://relay.example.com' } },
    ],
    [
      'escalation.teams.secretName must be the name of a secret in AWS Secrets Manager (letters, digits and /_+=.@-), got undefined',
      { teams: {} },
    ],
    ["escalation.opsItems must be true or false, got 'yes'", { opsItems: 'yes' }],
    [
      "unknown setting 'escalation.sms'; valid settings: emails, pagerDuty, teams, slack, opsgenie, webhook, opsItems",
      { sms: {} },
    ],
    [
      'escalation.slack.secretName must be the name of a secret in AWS Secrets Manager (letters, digits and /_+=.@-), got undefined',
      { slack: {} },
    ],
    [
      "escalation.webhook.url must start with https:// (http:// only for loopback hosts), got 'http://example.com'",
      { webhook: { secretName: 'a', url: 'http://example.com' } },
    ],
    [
      "escalation.opsgenie.region must be omitted if url is set, got 'eu'",
      { opsgenie: { secretName: 'a', region: 'eu', url: 'https://relay.example.com' } },
    ],
  ])('must not be wrong: %s', (mistake, value) => {
    expect(mistakes(value)).toEqual([mistake]);
  });

  it('goes to the region of the PagerDuty account', () => {
    expect([pagerDutyUrl({ secretName }), pagerDutyUrl({ secretName, region: 'eu' })]).toEqual([
      'https://events.pagerduty.com/v2/enqueue',
      'https://events.eu.pagerduty.com/v2/enqueue',
    ]);
  });
});
