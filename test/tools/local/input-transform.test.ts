import { describe, expect, it } from 'vitest';
import { transform } from '../../../tools/local/input-transform.ts';

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
