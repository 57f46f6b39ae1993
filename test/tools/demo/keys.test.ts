import { expect, it } from 'vitest';
import { Keys, OUTAGE_SIZE } from '../../../tools/demo/keys.ts';

function keys() {
  const done: string[] = [];
  const sent: { readonly id: string }[] = [];
  const options = {
    dependency: {
      open: (gate: string) => void done.push(`open ${gate}`),
      close: (gate: string) => void done.push(`close ${gate}`),
    },
    bus: {} as never,
    report: { line: (text: string) => void done.push(text) } as never,
    send: async (events: readonly object[]) => void sent.push(...(events as typeof sent)),
  };
  return { keys: new Keys(options), done, sent };
}

it('takes the dependency down and heals it', async () => {
  const { keys: pressed, done } = keys();
  expect([await pressed.press('d'), await pressed.press('h'), await pressed.press('x')]).toEqual([true, true, false]);
  expect(done.filter((each) => each.endsWith(' yours'))).toEqual(['close yours', 'open yours']);
});

it('sends an outage, and reports its failures in one line once all have ended', async () => {
  const { keys: pressed, done, sent } = keys();
  await pressed.press('o');
  expect(new Set(sent.map(({ id }) => id)).size).toBe(OUTAGE_SIZE);
  const told = done.length;
  for (const { id } of sent.slice(1)) expect(pressed.take({ id, outcome: 'recovered', endedAt: 1 })).toBe(true);
  expect(done).toHaveLength(told);
  pressed.take({ id: sent[0]?.id, outcome: 'dead-lettered', endedAt: 1 });
  expect(done.at(-1)).toBe(`· you: 1 dead-lettered, ${OUTAGE_SIZE - 1} recovered`);
  expect(pressed.take({ id: 'mine', outcome: 'recovered', endedAt: 1 })).toBe(false);
});
