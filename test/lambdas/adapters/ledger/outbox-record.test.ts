import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { readOutboxRecord } from '../../../../lambdas/adapters/ledger/outbox-record.ts';

const event = (n: number) => ({ eventId: `circuit.payments.${n}`, detailType: 'Circuit State Changed', detail: '{}' });
const circuit = (outbox?: object) => ({ id: 'payments', version: 7, 's3.1772366400': 41, outbox });

function record(after?: object, before?: object) {
  const [NewImage, OldImage] = [after, before].map((item) => item && marshall(item, { removeUndefinedValues: true }));
  return { dynamodb: { NewImage, OldImage } as never };
}

describe('a record of a stream', () => {
  it.each<[string, object | undefined]>([
    ['of a circuit that had no event before', circuit()],
    ['of a circuit that had another event before', circuit(event(6))],
    ['of a circuit that was not there before', undefined],
  ])('brings an event: %s', (_, before) => {
    expect(readOutboxRecord(record(circuit(event(7)), before))).toEqual({ key: 'payments', outbox: event(7) });
  });

  it('brings an event of a failure, with what identifies it on log lines', () => {
    const outbox = { eventId: 'order-1.1.recovered', detailType: 'Operation Recovered', detail: '{}' };
    const known = { failureId: 'order-1', correlationId: 'trace-1', outbox };
    const item = { ...known, id: 'payments/order-1', outcome: 'recovered' };
    expect(readOutboxRecord(record(item))).toEqual({ ...known, key: 'payments/order-1' });
  });

  it.each<[string, object | undefined, object | undefined]>([
    ['brought already', circuit(event(7)), circuit(event(7))],
    ['published meanwhile', circuit(), circuit(event(7))],
    ['never had', circuit(), circuit()],
    ['deleted', undefined, circuit(event(7))],
  ])('brings nothing that was %s', (_, after, before) => {
    expect(readOutboxRecord(record(after, before))).toBeUndefined();
  });
});
