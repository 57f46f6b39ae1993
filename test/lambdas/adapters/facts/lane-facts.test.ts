import { type GetParametersByPathCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { laneReader } from '../../../../lambdas/adapters/facts/lane-facts.ts';
import { lateArns } from '../../../../lambdas/adapters/facts/late-arns.ts';
import { hasLane } from '../../../../lambdas/adapters/lane/unroutable.ts';
import { fakeClient } from '../../../support/operator.ts';

const PATH = '/backstop/Stack/Pipeline';
const facts = (name: string) => ({
  name,
  queueUrl: `https://queues/${name}`,
  deadLetterQueueUrl: `https://queues/${name}-dead`,
  sourceId: `source-${name}`,
});

/** Systems Manager with these lanes, in pages of ten. */
function parameters(names: readonly string[], asked: object[] = []): SSMClient {
  return fakeClient<SSMClient>((command) => {
    asked.push(command.input);
    const all = names.map((name) => ({ Name: `${PATH}/${name}`, Value: JSON.stringify(facts(name)) }));
    const { Name, NextToken = '0' } = command.input as GetParametersByPathCommand['input'] & { readonly Name?: string };
    if (Name !== undefined) {
      const Parameter = all.find((each) => each.Name === Name);
      if (!Parameter) throw new ParameterNotFound({ message: 'no', $metadata: {} });
      return { Parameter };
    }
    const end = Number(NextToken) + 10;
    return { Parameters: all.slice(Number(NextToken), end), NextToken: end < all.length ? String(end) : undefined };
  });
}

describe('the reader of lanes', () => {
  it('finds a lane by the name of its dependency, and none of another name', async () => {
    const reader = laneReader(parameters(['shop']), PATH);
    await expect(reader.of('shop')).resolves.toEqual(facts('shop'));
    await expect(reader.of('sho')).resolves.toBeUndefined();
  });

  it.each([0, 1, 10, 11, 200])('lists all lanes, sorted: %i', async (count) => {
    const names = Array.from({ length: count }, (_, n) => `lane-${String(count - n).padStart(3, '0')}`);
    const lanes = await laneReader(parameters(names), PATH).all();
    expect(lanes.map(({ name }) => name)).toEqual(names.toSorted());
  });

  it('finds a lane whose deployment ends after the first look-up', async () => {
    const names: string[] = [];
    const reader = laneReader(parameters(names), PATH);
    await expect(reader.of('shop')).resolves.toBeUndefined();
    names.push('shop');
    await expect(reader.of('shop')).resolves.toEqual(facts('shop'));
  });

  it('asks again after five minutes, and after a failure', async () => {
    const asked: object[] = [];
    let now = 0;
    const reader = laneReader(parameters(['shop'], asked), PATH, () => now);
    await Promise.all([reader.of('shop'), reader.of('shop')]);
    now = 299_999;
    await reader.of('shop');
    expect(asked).toHaveLength(1);
    now = 300_000;
    await reader.of('shop');
    expect(asked).toHaveLength(2);
    const failures = [new Error('throttled')];
    const flaky = laneReader(
      fakeClient<SSMClient>(() => {
        const error = failures.pop();
        if (error) throw error;
        return { Parameter: { Value: JSON.stringify(facts('shop')) } };
      }),
      PATH,
    );
    await expect(flaky.of('shop')).rejects.toThrow('throttled');
    await expect(flaky.of('shop')).resolves.toEqual(facts('shop'));
  });
});

describe('ARNs that only the deployment knows', () => {
  afterEach(() => vi.unstubAllEnvs());

  it("come from a worker's environment, without a request", async () => {
    vi.stubEnv('TARGETS', JSON.stringify({ resize: 'arn:resize' }));
    vi.stubEnv('RESOLVERS', JSON.stringify({ shop: 'arn:resolver' }));
    vi.stubEnv('LANES_PATH', PATH);
    const arnsOf = lateArns();
    await expect(arnsOf('resize')).resolves.toMatchObject({ target: 'arn:resize' });
    await expect(arnsOf('shop')).resolves.toMatchObject({ resolverArn: 'arn:resolver' });
  });

  it('are none where no function needs any', async () => {
    await expect(lateArns()('shop')).resolves.toEqual({ target: undefined, resolverArn: undefined });
  });
});

describe('an event without a lane', () => {
  const known = new Map([['orders', {}]]);

  it.each<[boolean, unknown]>([
    [true, { detail: { dependency: 'orders' } }],
    [false, { detail: { dependency: 'nobody' } }],
    [false, { detail: { dependency: { name: 'orders' } } }],
    [false, { detail: { dependency: ['orders'] } }],
    [false, { detail: {} }],
    [false, { detail: null }],
    [false, {}],
  ])('is one that no rule of a lane matches: %s for %j', (expected, event) => {
    expect(hasLane(event, known)).toBe(expected);
  });
});
