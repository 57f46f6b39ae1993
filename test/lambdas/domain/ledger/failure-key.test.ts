import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FailureName, failureKey, failureName } from '../../../../lambdas/contract/failure-key.ts';
import {
  backupKey,
  callKey,
  dependencyPart,
  effectKey,
  undoKey,
} from '../../../../lambdas/domain/ledger/effect-key.ts';
import { outcomeEvent } from '../../../../lambdas/domain/ledger/outcome-event.ts';
import { executionName } from '../../../../lambdas/domain/recovery/execution-name.ts';
import { sampleEntry } from '../../../support/samples.ts';

/** Few characters, so that parts of one name often spell those of another. */
const part = fc.stringMatching(/^[ab._-]{1,3}$/);
const long = fc.stringMatching(/^[ab]{60,64}$/);
const valid: fc.Arbitrary<FailureName> = fc.record(
  { dependency: fc.stringMatching(/^a[ab-]{0,3}$/), tenant: fc.oneof(part, long), id: fc.oneof(part, long) },
  { requiredKeys: ['dependency', 'id'] },
);
const anyText = fc.stringMatching(/^[ab/#%@+\u00e9 ]{0,4}$/);
const hostile: fc.Arbitrary<FailureName> = fc.record(
  { dependency: anyText, tenant: anyText, id: anyText },
  { requiredKeys: ['dependency', 'id'] },
);
const isSame = (a: FailureName, b: FailureName) =>
  a.dependency === b.dependency && a.tenant === b.tenant && a.id === b.id;

/** Holds if the text of each failure is its own. */
function isInjective(failures: fc.Arbitrary<FailureName>, textOf: (failure: FailureName) => string | undefined): void {
  fc.assert(
    fc.property(failures, failures, (a, b) => {
      expect(textOf(a) === textOf(b)).toBe(isSame(a, b));
    }),
  );
}

describe('the key of a failure', () => {
  it('is readable', () => {
    expect(failureKey({ dependency: 'payments', id: 'order-1' })).toBe('payments/order-1');
    expect(failureKey({ dependency: 'payments', tenant: 'acme', id: 'order-1' })).toBe('payments/acme/order-1');
  });

  it('is its own for each dependency, tenant and id, whatever the boundary lets pass one day', () => {
    isInjective(valid, failureKey);
    isInjective(hostile, failureKey);
  });

  it('can be read back', () => {
    fc.assert(fc.property(fc.oneof(valid, hostile), (name) => isSame(failureName(failureKey(name)) ?? name, name)));
    expect(failureName('payments/acme/order-1')).toEqual({ dependency: 'payments', tenant: 'acme', id: 'order-1' });
    for (const text of ['', 'audit#1', 'a/b/c/d', 'a/%']) expect(failureName(text)).toBeUndefined();
  });

  it('shares no prefix with the keys of a dependency whose name begins alike', () => {
    const key = failureKey({ dependency: 'payments', id: 'x' });
    expect([key.startsWith('pay/'), key.startsWith('payments/')]).toEqual([false, true]);
  });
});

describe('what names a failure elsewhere', () => {
  const entryOf = (name: FailureName) => ({ ...sampleEntry(), tenant: undefined, ...name });

  it.each<[string, (failure: FailureName) => string | undefined]>([
    ['its execution', (failure) => executionName({ ...failure, cycle: 1 })],
    ['the execution of a later cycle', (failure) => executionName({ ...failure, cycle: 2 }, 3)],
    ['its event', (failure) => outcomeEvent(entryOf(failure), 'recovered', undefined)?.eventId],
    ['its operation in the effects table', effectKey],
    ['the undo of a step', (failure) => undoKey(failure, 0)],
    ['its call at the backup, whatever the dependency', (failure) => callKey(failure, 'the-backup')],
    ['the call that undoes a step', (failure) => callKey({ ...failure, undoStep: 0 }, 'anything')],
  ])('%s is named by dependency and tenant too', (_, textOf) => {
    isInjective(valid, textOf);
  });

  it('executions have names that Step Functions takes', () => {
    fc.assert(
      fc.property(valid, fc.integer({ min: 1, max: 99 }), fc.integer({ min: 0, max: 3 }), (failure, cycle, rescue) => {
        expect(executionName({ ...failure, cycle }, rescue)).toMatch(/^[\w.@+-]{1,80}$/);
      }),
    );
    expect(executionName({ dependency: 'payments', tenant: 'acme', id: 'order-1', cycle: 2 })).toBe(
      'order-1@acme@payments+c2',
    );
  });
});

describe('the key by which a dependency recognizes a call', () => {
  const plain = { dependency: 'payments', id: 'order-1' };

  it('is the id of its own failure without a tenant, which stays as it was', () => {
    expect(callKey(plain, 'payments')).toBe('order-1');
    expect(callKey({ ...plain, edited: 2 }, 'payments')).toBe('order-1#edit#2');
  });

  it('names dependency and tenant where others may use the id', () => {
    expect(callKey({ ...plain, tenant: 'acme' }, 'payments')).toBe('payments/acme/order-1');
    expect(callKey(plain, 'the-backup')).toBe('payments/order-1');
    expect(callKey({ ...plain, undoStep: 1, edited: 2 }, 'stock')).toBe('payments/order-1#undo#1');
  });

  it('differs for all calls at one dependency, whosever they are', () => {
    const subject = fc.tuple(valid, fc.option(fc.nat(3), { nil: undefined }), fc.nat(2));
    const called = 'a';
    fc.assert(
      fc.property(subject, subject, ([a, stepA, editA], [b, stepB, editB]) => {
        const isSameCall = isSame(a, b) && stepA === stepB && (stepA !== undefined || editA === editB);
        const keys = [
          callKey({ ...a, undoStep: stepA, edited: editA }, called),
          callKey({ ...b, undoStep: stepB, edited: editB }, called),
        ];
        expect(keys[0] === keys[1]).toBe(isSameCall);
      }),
    );
  });
});

it('effects of one failure have a key each, which begins with the dependency', () => {
  const failure = { dependency: 'payments', id: 'order-1' };
  const keys = [
    effectKey(failure),
    effectKey({ ...failure, edited: 1 }),
    undoKey(failure, 1),
    backupKey(failure, 'undo'),
    backupKey(failure, 'edit'),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(keys.map(dependencyPart))).toEqual(new Set(['payments']));
});
