import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createResolver } from '../../lambdas/adapters/conflict/resolver.ts';
import { lateArns } from '../../lambdas/adapters/facts/late-arns.ts';
import { ownMember } from '../../lambdas/contract/own-member.ts';
import { readSignal } from '../../lambdas/domain/escalation/signal.ts';
import { namedValues } from '../../lambdas/domain/json/named-values.ts';
import { findStopPoint } from '../../lambdas/domain/saga/stop-point.ts';
import { all } from '../lambdas/domain/escalation/incidents.ts';
import { alarm, circuit, question } from '../lambdas/domain/escalation/samples.ts';
import { ALWAYS } from '../support/departures.ts';
import { sampleEntry, sampleFailure } from '../support/samples.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Names that every object has, though nobody gave them. */
const INHERITED = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];

describe('a name that every object inherits', () => {
  it('finds a member only where somebody set it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...INHERITED), fc.string(), (name, value) => {
        expect(ownMember<string>({}, name)).toBeUndefined();
        const given: Readonly<Record<string, string>> = JSON.parse(
          `{${JSON.stringify(name)}:${JSON.stringify(value)}}`,
        );
        expect(ownMember(given, name)).toBe(value);
        expect(Object.entries(v.parse(namedValues(v.string()), given))).toEqual([[name, value]]);
      }),
    );
  });

  it.each(INHERITED)('is an id, an alarm and a circuit like any other: %s', (name) => {
    const of = (state: ReturnType<typeof all>) => state.untold.map(({ telling, cause }) => `${telling} ${cause}`);
    const both = (telling: string, cause: string) => [`${telling} ${cause}`, `${telling} ${cause}`];
    expect(all(question(1, name)).questions).toEqual([name]);
    expect(of(all(circuit(1, 'open', name)))).toEqual(both('trigger', 'unreachable'));
    expect(of(all(alarm(1, true, { alarm: name })))).toEqual(both('trigger', `alarm:${name}`));
  });

  it.each(INHERITED)('never serves as the resolver of a dependency without one: %s', async (dependency) => {
    const arnsOf = lateArns();
    const request = createResolver(async (name) => (await arnsOf(name)).resolverArn)(
      sampleEntry({ dependency }),
      { operation: sampleFailure().operation, occurredAt: '2026-03-01T12:00:00.000Z' },
      { statusCode: 200, etag: '"1"', body: undefined },
      ALWAYS,
    );
    await expect(request).rejects.toThrow('the config names no function');
  });

  it.each(INHERITED)('finds no landmark of a saga: %s', async (name) => {
    async function* history() {
      yield { stateExitedEventDetails: { name, output: '{}' } };
      yield { stateEnteredEventDetails: { name, input: '{}' } };
    }
    expect(await findStopPoint(history(), { firstStates: ['First'], landmarks: {} })).toEqual({ kind: 'not-begun' });
  });

  it('is a step of a saga in the message to humans', () => {
    const Message = JSON.stringify({ execution: 'arn:e', steps: { constructor: { toString: 'undone' } } });
    const MessageAttributes = { about: { Type: 'String', Value: 'saga' } };
    const notification = { Type: 'Notification', Message, Timestamp: '2026-03-01T12:00:00.000Z', MessageAttributes };
    const options = { settingsOf: () => undefined, arrivedAt: Date.parse(notification.Timestamp) };
    expect(readSignal(JSON.stringify(notification), options)).toMatchObject({
      notes: ['execution arn:e', 'constructor: undone'],
    });
  });
});

it('keeps out the record of valibot, which drops a member named constructor', () => {
  const files = ['lambdas', 'lib', 'bin'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(ROOT, folder, name)),
  );
  expect(
    files.filter((file) => /\bv\.(?:record|looseObject|objectWithRest)\(/.test(readFileSync(file, 'utf8'))),
  ).toEqual([]);
});
