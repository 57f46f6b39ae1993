import { describe, expect, it } from 'vitest';
import { redaction } from '../../../../lambdas/domain/conflict/redact.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';

const show = (value: Json, sensitive: readonly string[] = []) => redaction(sensitive).show(value, []);

describe('a field is masked by its name', () => {
  it.each([
    'password',
    'passwd',
    'userPassword',
    'client_secret',
    'accessToken',
    'API-Key',
    'apiKey',
    'Authorization',
    'credentials',
    'Set-Cookie',
    'pin',
    'cardPIN',
    'card_pin',
    'PIN',
    'cvv',
    'CVC',
    'cardNumber',
    'pan',
    'IBAN',
    'account_number',
    'ssn',
    'socialSecurityNumber',
    'tax-id',
    'birthDate',
    'date_of_birth',
    'dob',
    'customerEmail',
    'e-mail',
    'phone',
    'mobileNumber',
    'first_name',
    'lastName',
    'fullName',
    'billingAddress',
    'street',
    'postalCode',
  ])('%s', (name) => {
    expect(show({ [name]: 'x' })).toEqual({ [name]: '***' });
  });

  it.each(['shipping', 'spinning', 'company', 'name', 'total', 'id', 'status', 'author', 'expand', 'window'])(
    'but not %s',
    (name) => {
      expect(show({ [name]: 'x' })).toEqual({ [name]: 'x' });
    },
  );

  it('with all that is below it', () => {
    expect(show({ address: { city: 'x', lines: [1] }, a: [{ token: null }] })).toEqual({
      address: '***',
      a: [{ token: '***' }],
    });
  });
});

describe('a field is masked by its pointer', () => {
  it.each<[string, Json, Json]>([
    ['/a/b', { a: { b: { c: 1 }, d: 1 } }, { a: { b: '***', d: 1 } }],
    ['/list/*/note', { list: [{ note: 1, n: 1 }, { note: 2 }] }, { list: [{ note: '***', n: 1 }, { note: '***' }] }],
    ['/map/*', { map: { x: 1, y: 2 } }, { map: { x: '***', y: '***' } }],
    ['', { a: 1 }, '***'],
  ])('%j', (pointer, state, shown) => {
    expect(show(state, [pointer])).toEqual(shown);
  });

  it('whichever part of it is shown', () => {
    expect(redaction(['/a']).show(1, ['a', 'b'])).toBe('***');
    expect(redaction(['/a']).hides(['a', 'b', 'c'])).toBe(true);
    expect(redaction(['/a/b']).hides(['a'])).toBe(false);
  });
});

describe('a text is masked wherever it is', () => {
  it.each([
    ['an e-mail address', 'anna@example.com'],
    ['an e-mail address within a text', 'call <anna.b+c@mail.example.org> back'],
    ['a card number', '4111111111111111'],
    ['a card number with spaces', 'card 4111 1111 1111 1111 was charged'],
    ['a card number with dashes', '3782-822463-10005'],
    ['a JWT', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
  ])('that has %s', (_, text) => {
    expect(show({ note: [text] })).toEqual({ note: ['***'] });
  });

  it.each(['4111111111111112', '411111111111', '2026-03-01T12:00:00.000Z', 'a@b', '@home', '12345678901234567890123'])(
    'but not %s',
    (text) => {
      expect(show(text)).toBe(text);
    },
  );

  it('as a number too, unless it may be a time', () => {
    expect(show([4111111111111111, 1772366400000, 1772366400001, 12])).toEqual([
      '***',
      1772366400000,
      1772366400001,
      12,
    ]);
  });

  it('as a name of a field too', () => {
    expect(show({ users: { 'anna@example.com': { n: 1 } } })).toEqual({ users: { '***': { n: 1 } } });
    expect(redaction([]).pointer(['users', 'anna@example.com', 'a/b'])).toBe('/users/***/a~1b');
  });

  it('in no time, however long it is', () => {
    expect(show('@'.repeat(60_000))).toHaveLength(201);
    expect(show(`${'a'.repeat(200)}@`.repeat(300))).toHaveLength(201);
  });
});

it('a long text is cut, whole characters at a time', () => {
  expect(show('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  expect(show(`${'x'.repeat(199)}😀`)).toMatch(/^x{199}\ufffd…$/);
  expect(show('x'.repeat(200))).toBe('x'.repeat(200));
});
