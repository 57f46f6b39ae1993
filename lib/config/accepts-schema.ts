import * as v from 'valibot';
import { METHODS } from '../../lambdas/contract/methods.ts';
import { TENANT } from '../../lambdas/contract/names.ts';
import { optional, settings } from './schema.ts';
import { matchingText, must, oneOf, someOf } from './values.ts';

const source = matchingText(/^[\x21-\x7e]{1,256}$/, "be the source of events, such as 'my.shop'", {
  range: 'source of events',
  wrong: ['my shop'],
});
/** An account of AWS. */
export const account = matchingText(/^\d{12}$/, 'be the 12 digits of an AWS account', {
  range: '12 digits',
  wrong: ['1234'],
});
const tenant = matchingText(TENANT, "be a tenant: letters, digits, '.', '_' or '-', at most 64", {
  range: 'tenant',
  wrong: ['eu shop'],
});
/** Without percent-encoding and segments of dots, so that it means one place to every server. */
const pathPrefix = v.pipe(
  matchingText(/^\/[\w.~!$&'()*+,;=:@/-]{0,500}$/, "be a path such as '/charges', without percent-encoding", {
    range: 'path',
    wrong: ['charges'],
  }),
  v.check(
    (path) =>
      !path.split('/').slice(1, -1).includes('') && !path.split('/').some((segment) => /^\.+(?:;|$)/.test(segment)),
    must('not have empty segments or segments of dots'),
  ),
  v.metadata({ range: 'path', wrong: ['charges', '/a/../b'] }),
);

const REPORTERS = {
  sources: optional(
    someOf(source),
    'Sources of events that may report. `lambda` and `aws.states` for failures that AWS reports, `backstop.operator` for `backstop send`',
    { absent: 'every source' },
  ),
  accounts: optional(someOf(account), 'AWS accounts that may report', { absent: 'every account that the bus admits' }),
  tenants: optional(someOf(tenant), 'Tenants whose failures it takes. Then an event needs a tenant', {
    absent: 'every tenant, and events without one',
  }),
};

/** Who may report failures of a function, a state machine or a queue. */
export const reporters = settings(REPORTERS);

/** Who may report failures of an API, and what may be replayed. */
export const accepts = settings({
  ...REPORTERS,
  methods: optional(someOf(oneOf(...METHODS)), 'Methods that may be replayed', { absent: 'every method' }),
  paths: optional(
    someOf(pathPrefix),
    'Paths that may be replayed, with all below them: `/charges` covers `/charges/1`, not `/charges-old`',
    { absent: 'every path' },
  ),
});
