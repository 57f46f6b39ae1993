import { Token } from 'aws-cdk-lib';
import * as v from 'valibot';
import { baseUrlProblem } from '../../lambdas/contract/base-url.ts';
import { withoutTrailingSlashes } from '../../lambdas/contract/trailing-slashes.ts';
import type { Rule } from './schema.ts';
import { must } from './values.ts';

/**
 * The address of an HTTP API. A CDK token passes, because its value exists only after the deployment; functions check
 * it before each call. {@link privateAddress} checks `http` to private hosts.
 */
export const baseUrl = v.pipe(
  v.custom<string>(() => true),
  v.rawCheck(({ dataset: { value }, addIssue }) => {
    const problem = Token.isUnresolved(value) ? undefined : baseUrlProblem(value, { privateHttp: true });
    if (problem !== undefined) addIssue({ message: must(baseUrlProblem(value) ?? problem)({ input: value }) });
  }),
  v.transform((url) => (Token.isUnresolved(url) ? url : withoutTrailingSlashes(new URL(url).href))),
  v.metadata({
    range: '`https://` URL (loopback: `http://` too), no user info, query, fragment; may be a token',
    // The page says the messages of hosts and ports below its table, since a row has no room for them.
    wrong: ['/v1', 'http://api.example.com', 'https://user@api.example.com', 'https://api.example.com?'],
  }),
);

/** Plain text to a private host needs a decision. */
export const privateAddress: Rule = {
  *check({ baseUrl: url, privateHttp }) {
    if (privateHttp === true || Token.isUnresolved(url) || baseUrlProblem(url, { privateHttp: true })) return;
    const problem = baseUrlProblem(url);
    if (problem) yield ['baseUrl', must(problem)({ input: url })];
  },
  // The page says this message below its table, since the row has no room for it.
  wrong: [],
};
