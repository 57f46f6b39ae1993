import { describe, expect, it } from 'vitest';
import { secretText, userSecretText } from '../../../lambdas/domain/secret-text.ts';

describe('the value in a secret', () => {
  it.each([
    ['token', 'token'],
    ['token\r\n\n', 'token'],
    [' token ', ' token '],
    ['two\nlines', 'two\nlines'],
    ['{"token":"a b\\n"}', 'a b'],
    [' {"token":"x"}\n', 'x'],
    ['{"token"', '{"token"'],
    ['["x"]', '["x"]'],
    ['{"a":"x","b":"y"}', undefined],
    ['{"a":1}', undefined],
    ['{}', undefined],
    ['', ''],
  ])('of %j is %j', (secret, value) => {
    expect(secretText(secret)).toBe(value);
  });

  it.each([
    ['user:pass word\n', 'user:pass word'],
    ['{"username":"u","password":"p:q","host":"h"}', 'u:p:q'],
    ['{"login":"u:p"}', 'u:p'],
    ['{"username":"u"}', 'u'],
    ['{"username":"u","secret":"p"}', undefined],
  ])('of a user %j is %j', (secret, value) => {
    expect(userSecretText(secret)).toBe(value);
  });

  it('is found in linear time', () => {
    const secret = `${'\n'.repeat(1_000_000)}x`;
    expect(secretText(secret)).toBe(secret);
  });
});
