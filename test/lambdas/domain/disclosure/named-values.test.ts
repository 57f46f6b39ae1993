import { describe, expect, it } from 'vitest';
import { excerptOf } from '../../../../lambdas/domain/disclosure/excerpt.ts';

const SECRET = 'hunter2S3cretValue';

describe('a value beside the name of a sensitive field', () => {
  it.each([
    `DETAIL: Key (api_key)=(${SECRET}) already exists.`,
    `Key (last_name)=(${SECRET}) already exists.`,
    `Key (tenant, api_key)=(7, ${SECRET}) already exists.`,
    `Key (api_key, tenant)=(${SECRET}, 7) already exists.`,
    `Duplicate entry '${SECRET}' for key 'users.api_token'`,
    `Invalid API Key: ${SECRET}`,
    `api key = ${SECRET}`,
    `Value '${SECRET}' at 'password' failed to satisfy constraint: Member must have length less than 5`,
    `The access token "${SECRET}" has expired`,
    `The password '${SECRET}' does not meet the policy`,
    `The password “${SECRET}” does not meet the policy`,
    `"password" with value "${SECRET}" fails to match the required pattern`,
    `Cast to Number failed for value "${SECRET}" (type string) at path "password" because of "CastError"`,
    `Variable "$password" got invalid value "${SECRET}"`,
    `password String should have at least 8 characters [type=too_short, input_value='${SECRET}', input_type=str]`,
    `The tokens 'abc', 'def' and '${SECRET}' are unknown`,
    'The password "MyPassword1hunter2S3cretValue" is too common',
    `Map(password -> ${SECRET}, id -> 1)`,
    `array(2) { ["password"]=> string(18) "${SECRET}" }`,
    `<field name="password">${SECRET}</field>`,
    `<password value="${SECRET}"/>`,
    `curl -u anna:${SECRET} https://x`,
    `curl --user anna:${SECRET} https://x`,
    `mysql -p${SECRET} shop`,
    `Invalid password ${SECRET}`,
    `The api key is ${SECRET}`,
    `Invalid value ${SECRET} for api_key`,
  ])('is masked in %s', (text) => {
    expect(excerptOf(text, 500)).not.toContain(SECRET);
  });

  it.each([
    ['The access token "hunter2" has expired', 'The access *** has expired'],
    [`Value 'hunter2' at 'password' failed to satisfy constraint`, 'Value *** failed to satisfy constraint'],
    ['"password" with value "hunter" fails to match', '*** fails to match'],
    [`tokens 'a' and 'b' are unknown. Ask us`, '*** are unknown. Ask us'],
    ['Invalid password hunter2, try again', 'Invalid *** try again'],
  ])('leaves what is wrong with it: %s', (text, shown) => {
    expect(excerptOf(text, 500)).toBe(shown);
  });
});

describe('a text that only names a sensitive field', () => {
  it.each([
    'password authentication failed for user "app_rw"',
    'null value in column "password" of relation "users" violates not-null constraint',
    'column "email" of relation "users" does not exist',
    `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
    'duplicate key value violates unique constraint "users_email_key"',
    `Authorization failed for operation 'GetItem'`,
    `The parameter "amount" must be one of 'a', 'b'`,
    `Missing required field: 'cookie'`,
    'AADSTS50034: The user account does not exist. Invalid password',
    'The request signature we calculated does not match the signature you provided',
    'SHA256 signature mismatch',
    'invalid token (request id 123abc)',
    'token expired at 2026-03-01T12:00:00Z',
  ])('stays whole: %s', (text) => {
    expect(excerptOf(text, 500)).toBe(text);
  });
});
