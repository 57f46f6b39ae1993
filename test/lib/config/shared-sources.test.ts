import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../lib/config/config.ts';
import type { DependencyConfig } from '../../../lib/config/dependency-config.ts';
import { mistakesOf } from '../../support/mistakes.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:thumbnails';
const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Import';
const DEAD = 'arn:aws:sqs:us-east-1:111122223333:dead';
const TWICE = 'both lanes would take each of its failures, and repeat the call twice';
const lambda = { kind: 'lambda', functionArn: FUNCTION } as const;
const live = { kind: 'lambda', functionArn: `${FUNCTION}:live` } as const;
const machine = { kind: 'state-machine', stateMachineArn: MACHINE } as const;
const queue = { kind: 'queue', queueArn: 'arn:aws:sqs:us-east-1:111122223333:jobs' } as const;
const another = 'must name another function, version or alias than that of';

describe('two dependencies', () => {
  it.each<[string, DependencyConfig, DependencyConfig, string]>([
    [
      'one dead-letter queue',
      { ...lambda, deadLetterQueueArn: DEAD },
      { ...queue, deadLetterQueueArn: DEAD },
      `deadLetterQueueArn must differ from that of 'one', got '${DEAD}': each would get some of its messages only`,
    ],
    [
      'one state machine',
      machine,
      { ...machine, repeatable: true },
      `stateMachineArn must differ from that of 'one', got '${MACHINE}': ${TWICE}`,
    ],
    ['one function', lambda, lambda, `functionArn must differ from that of 'one', got '${FUNCTION}': ${TWICE}`],
    [
      'a function and its alias',
      lambda,
      live,
      `functionArn ${another} 'one', got '${FUNCTION}:live' beside '${FUNCTION}': ${TWICE}`,
    ],
    [
      'an alias and its function',
      live,
      lambda,
      `functionArn ${another} 'one', got '${FUNCTION}' beside '${FUNCTION}:live': ${TWICE}`,
    ],
  ])('take no failures of %s', (_, one, two, mistake) => {
    expect(mistakesOf(() => resolveConfig({ dependencies: { one, two } }))).toEqual([`dependency 'two': ${mistake}`]);
  });

  it.each(['one', 'two'])('are no circle: %s gets calls in the dead-letter queue of the other', (first) => {
    const filled = { ...queue, queueArn: DEAD };
    const adopting = { ...lambda, deadLetterQueueArn: DEAD };
    const dependencies = first === 'one' ? { one: filled, two: adopting } : { one: adopting, two: filled };
    const [adopter, target] = first === 'one' ? ['two', 'one'] : ['one', 'two'];
    expect(mistakesOf(() => resolveConfig({ dependencies }))).toEqual([
      `dependency '${adopter}': deadLetterQueueArn must differ from queueArn of '${target}', got '${DEAD}': Backstop's own messages would become failures`,
    ]);
  });

  it.each<[string, DependencyConfig, DependencyConfig]>([
    ['a queue that gets calls', queue, queue],
    [
      'an endpoint',
      { kind: 'http', baseUrl: 'https://a.example.com' },
      { kind: 'http', baseUrl: 'https://a.example.com' },
    ],
    ['a function in two aliases', live, { ...live, functionArn: `${FUNCTION}:next` }],
    ['the beginning of a name', lambda, { ...lambda, functionArn: `${FUNCTION}-again` }],
  ])('may share %s', (_, one, two) => {
    expect(() => resolveConfig({ dependencies: { one, two } })).not.toThrow();
  });
});
