import { isSealed } from '../../lambdas/contract/base-url.ts';
import { secretName } from '../config/aws-names.ts';
import { defaulted, optional, type Rule, required, settings } from '../config/schema.ts';
import { matching, matchingText, oneOf, shown, someOf, trueOrFalse } from '../config/values.ts';
import { DEFAULT_REGION } from './escalation-config.ts';

const url = matching<string>(
  (value) => typeof value === 'string' && URL.canParse(value) && isSealed(new URL(value)),
  'start with https:// (http:// only for loopback hosts)',
  { range: 'URL with `https://` (`http://` for loopback hosts only)', wrong: ['http://relay.example.com'] },
);

const email = matchingText(/^[^\s@]+@[^\s@]+$/, "be an email address such as 'on-call@example.com'", {
  range: 'address',
  wrong: ['anna'],
});

function regionOrRelay(name: string): Rule {
  return {
    *check({ url: relay, region }) {
      if (relay !== undefined && region !== undefined) {
        yield ['region', `must be omitted if url is set, got ${shown(region)}`];
      }
    },
    wrong: [{ secretName: name, region: 'eu', url: 'https://relay.example.com' }],
  };
}

const pagerDuty = settings(
  {
    secretName: required(secretName, "Name of the secret that holds the service's integration key, plain text"),
    region: optional(oneOf('us', 'eu'), 'Service region of the PagerDuty account', {
      absent: `\`'${DEFAULT_REGION}'\``,
    }),
    url: optional(url, 'Where to send events instead of PagerDuty: your relay', { absent: 'PagerDuty' }),
  },
  regionOrRelay('backstop/pager-duty'),
);

const teams = settings({
  secretName: required(
    secretName,
    "Name of the secret that holds the address of a workflow's webhook, plain text, with `https://`",
  ),
});

const slack = settings({
  secretName: required(
    secretName,
    'Name of the secret that holds the address of an incoming webhook, plain text, with `https://`',
  ),
});

const opsgenie = settings(
  {
    secretName: required(secretName, 'Name of the secret that holds the key of an API integration, plain text'),
    region: optional(oneOf('us', 'eu'), 'Service region of the Opsgenie account', {
      absent: `\`'${DEFAULT_REGION}'\``,
    }),
    url: optional(url, 'Where to send requests instead of Opsgenie: your relay', { absent: 'Opsgenie' }),
  },
  regionOrRelay('backstop/opsgenie'),
);

const webhook = settings({
  url: required(url, 'Your endpoint, which gets each message as signed JSON'),
  secretName: required(secretName, 'Name of the secret that holds the key of the signatures, plain text'),
});

export const escalation = settings({
  emails: optional(
    someOf(email),
    'Addresses that get a mail for each incident, P1 and P2, after they confirm the subscription',
  ),
  pagerDuty: optional(pagerDuty, 'PagerDuty service to page'),
  teams: optional(teams, 'Teams channel to post cards to'),
  slack: optional(slack, 'Slack channel to post messages to'),
  opsgenie: optional(opsgenie, 'Opsgenie account to alert'),
  webhook: optional(webhook, 'Your endpoint that gets each message'),
  opsItems: defaulted(false, trueOrFalse, 'Create an OpsItem for each incident'),
});
