import { describe, expect, it } from 'vitest';
import { transform, transformPiped } from '../../../tools/local/input-transform.ts';

const EVENT = { id: 'e-1', 'detail-type': 'Order Placed', detail: { name: 'Ann "A"', list: [{ n: 1 }], total: 5 } };
const RULE = { name: 'rule', arn: 'arn:rule' };

describe('transform', () => {
  it('gives the whole event by default', () => {
    expect(transform({}, EVENT, RULE)).toBe(JSON.stringify(EVENT));
  });

  it('gives a constant', () => {
    expect(transform({ Input: '{"a":1}' }, EVENT, RULE)).toBe('{"a":1}');
  });

  it('gives a part', () => {
    expect(transform({ InputPath: '$.detail.list[0]' }, EVENT, RULE)).toBe('{"n":1}');
  });

  it.each([
    ['values as JSON', '{"total":<total>,"list":<list>}', '{"total":5,"list":[{"n":1}]}'],
    ['values inside a text', '{"text":"<name> pays <total>"}', '{"text":"Ann \\"A\\" pays 5"}'],
    ['null where there is nothing', '{"missing":<missing>}', '{"missing":null}'],
    [
      'the whole event',
      '{ "reason": {"code":"x"}, "event": <aws.events.event.json> }',
      `{"reason":{"code":"x"},"event":${JSON.stringify(EVENT)}}`,
    ],
    ['facts of the rule', '{"rule":"<aws.events.rule-name>"}', '{"rule":"rule"}'],
    ['what is no placeholder as it is', '"a <b> c"', '"a <b> c"'],
  ])('fills in %s', (_, InputTemplate, expected) => {
    const InputPathsMap = {
      total: '$.detail.total',
      list: '$.detail.list',
      name: '$.detail.name',
      missing: '$.detail.none',
    };
    expect(transform({ InputTransformer: { InputPathsMap, InputTemplate } }, EVENT, RULE)).toBe(expected);
  });
});

describe('transformPiped', () => {
  const template = '{ "id": "<$.body.order>-1", "at": "<aws.pipes.event.ingestion-time>", "charge": <$.body.charge> }';

  it('reads a body that is JSON', () => {
    const body = '{"order":"o \\"1\\"","charge":{"n":1}}';
    expect(transformPiped(template, { body }, '2026-03-01T12:00:00Z')).toBe(
      '{"id":"o \\"1\\"-1","at":"2026-03-01T12:00:00Z","charge":{"n":1}}',
    );
  });

  it('takes another body as a text', () => {
    expect(transformPiped('{"text":<$.body>,"none":<$.body.x>}', { body: 'a "b"' }, '')).toBe(
      '{"text":"a \\"b\\"","none":null}',
    );
  });
});
