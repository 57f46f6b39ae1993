import { describe, expect, it } from 'vitest';
import { fakeClient, LANES } from '../../support/operator.ts';
import { DEAD_LETTERS, DlqScene, PARKED } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

describe('backstop dlq ls', () => {
  it('lists the dead letters of all lanes, counts them by reason, and removes none', async () => {
    const [one, other] = [await scene.dead(), await scene.dead({ reason: 'exhausted' })];
    scene.sqs.put(DEAD_LETTERS, 'no letter');
    const { out, code } = await scene.dlq('ls');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`${one.id} +payments +permanent +http-422 +0 +1 +\\d+ m?s`));
    expect(out).toContain(other.id);
    expect(out).toMatch(/3 dead letters: .*no letter 1/);
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(3);
  });

  it('shows as many as it is told to, and only what matches', async () => {
    await scene.dead();
    for (let n = 0; n < 3; n++) await scene.dead({ reason: 'exhausted' });
    const { out } = await scene.dlq('ls', 'payments', '--reason', 'exhausted', '--limit', '2', '--json');
    expect(JSON.parse(out)).toMatchObject({ total: 3, isWhole: true, counts: { exhausted: 3 }, letters: [{}, {}] });
  });

  it('asks whether a rule is mistyped, where none matches', async () => {
    await scene.dead();
    const { code, out } = await scene.dlq('ls', '--rule', 'http-42');
    expect(code).toBe(0);
    expect(out).toBe(
      "The rule 'http-42' is not built in, and no failure that was read has it. Did you mean http-422?\nNo matching dead letters.\n",
    );
    const { hint } = JSON.parse((await scene.dlq('ls', '--rule', 'http-bad-requst', '--json')).out);
    expect(hint).toContain('Did you mean http-bad-request?');
    expect((await scene.dlq('ls', '--rule', 'http-bad-request')).out).toBe('No matching dead letters.\n');
  });

  it('lists what is parked', async () => {
    const { id } = await scene.dead({}, PARKED);
    expect((await scene.dlq('ls', '--parked')).out).toContain(id);
    expect((await scene.dlq('ls')).out).toBe('No matching dead letters.\n');
  });

  it('looks into all queues side by side, since it takes seconds to know that one is empty', async () => {
    const asked = new Set<string>();
    let answer = (_: object) => {};
    const everyOneIsAsked = new Promise<object>((resolve) => {
      answer = resolve;
    });
    const client = fakeClient<never>(({ input }) => {
      if ('QueueUrl' in input) asked.add(String(input.QueueUrl));
      if (asked.size === LANES.length) answer({});
      return everyOneIsAsked;
    });
    const { out } = await scene.operator({ clients: { sqs: client } }).backstop('dlq', 'ls');
    expect(out).toBe('No matching dead letters.\n');
  });

  it('knows no other lanes than those of the stack', async () => {
    expect(await scene.dlq('ls', 'nowhere')).toMatchObject({ code: 3 });
  });
});
