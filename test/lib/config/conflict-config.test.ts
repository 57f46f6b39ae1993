import { Token } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { resolveDependency, toSettings } from '../../../lib/config/config.ts';
import type { ConflictConfig } from '../../../lib/config/conflict-config.ts';
import type { HttpDependencyConfig } from '../../../lib/config/dependency-config.ts';
import { validateDependency } from '../../../lib/config/validate-config.ts';

const minimal: HttpDependencyConfig = { kind: 'http', baseUrl: 'https://api.example.com' };
const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:resolver';

function mistakesIn(conflict: unknown): string[] {
  const config = { ...minimal, conflict } as HttpDependencyConfig;
  return [...validateDependency('payments', config)].map((mistake) => mistake.replace("dependency 'payments': ", ''));
}

describe('the settings of conflicts', () => {
  it.each<[ConflictConfig | undefined, object]>([
    [undefined, { strategy: 'reject', sensitive: [] }],
    [{ strategy: 'ask' }, { strategy: 'ask', sensitive: [] }],
    [
      { strategy: 'reject', sensitive: ['/a/*'] },
      { strategy: 'reject', sensitive: ['/a/*'] },
    ],
    [{ strategy: 'merge' }, { strategy: 'merge', sensitive: [], arrayKeys: {} }],
    [
      { strategy: 'merge', arrayKeys: { '/items': 'sku' }, sensitive: ['/note'] },
      { strategy: 'merge', arrayKeys: { '/items': 'sku' }, sensitive: ['/note'] },
    ],
    [
      { strategy: 'merge', arrayKeys: { '': 'id', '/*/lines': 'sku' } },
      { strategy: 'merge', sensitive: [], arrayKeys: { '': 'id', '/*/lines': 'sku' } },
    ],
    [{ strategy: 'last-writer-wins' }, { strategy: 'last-writer-wins', sensitive: [] }],
    [
      { strategy: 'last-writer-wins', timestamp: '/meta/a~1b' },
      { strategy: 'last-writer-wins', sensitive: [], timestamp: '/meta/a~1b' },
    ],
    // The ARN may be unknown until the deployment, so the file can't hold it.
    [
      { strategy: 'function', functionArn },
      { strategy: 'function', sensitive: [] },
    ],
  ])('of %o are %o', (conflict, settings) => {
    expect(mistakesIn(conflict)).toEqual([]);
    expect(toSettings('payments', { ...minimal, conflict }).conflict).toStrictEqual(settings);
  });

  it('lead to the function of the team, also to one that stands only when deployed', () => {
    for (const arn of [functionArn, `${functionArn}:live`, Token.asString({ Ref: 'Resolver' })]) {
      const conflict = { strategy: 'function', functionArn: arn } as const;
      expect(mistakesIn(conflict)).toEqual([]);
      expect(resolveDependency('payments', { ...minimal, conflict }).resolverArn).toBe(arn);
    }
  });
});

describe('a mistake in the settings of conflicts', () => {
  it.each<[unknown, string]>([
    ['merge', 'conflict must be an object, got string'],
    [{}, "conflict.strategy must be one of 'reject', 'ask', 'last-writer-wins', 'merge', 'function', got undefined"],
    [
      { strategy: 'mine' },
      "conflict.strategy must be one of 'reject', 'ask', 'last-writer-wins', 'merge', 'function', got 'mine'",
    ],
    [{ strategy: 'ask', arrayKeys: {} }, "unknown setting 'conflict.arrayKeys'; valid settings: strategy, sensitive"],
    [
      { strategy: 'last-writer-wins', timestamp: 'updatedAt' },
      "conflict.timestamp must be a JSON Pointer such as '/updatedAt', got 'updatedAt'",
    ],
    [
      { strategy: 'last-writer-wins', timestamp: '' },
      "conflict.timestamp must be a JSON Pointer such as '/updatedAt', got ''",
    ],
    [{ strategy: 'merge', arrayKeys: [] }, 'conflict.arrayKeys must be an object, got array'],
    [
      { strategy: 'merge', arrayKeys: { items: 'sku' } },
      "conflict.arrayKeys: each key must be '' or a JSON Pointer such as '/items', got 'items'",
    ],
    [
      { strategy: 'merge', arrayKeys: { '/items': '' } },
      "conflict.arrayKeys['/items'] must be a non-empty string, got ''",
    ],
    [{ strategy: 'merge', arrayKeys: { '': '' } }, "conflict.arrayKeys[''] must be a non-empty string, got ''"],
    [{ strategy: 'function' }, 'conflict.functionArn must be the ARN of a Lambda function, got undefined'],
    [
      { strategy: 'function', functionArn: 'resolver' },
      "conflict.functionArn must be the ARN of a Lambda function, got 'resolver'",
    ],
    [{ strategy: 'ask', sensitive: [] }, 'conflict.sensitive must be an array with at least one element, got []'],
    [
      { strategy: 'ask', sensitive: ['/a', '/~2'] },
      "conflict.sensitive[1] must be a JSON Pointer such as '/updatedAt', got '/~2'",
    ],
  ])('%o is: %s', (conflict, mistake) => {
    expect(mistakesIn(conflict)).toEqual([mistake]);
  });
});
