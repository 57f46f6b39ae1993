import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OwedMessages } from '../../../../lambdas/use-cases/redrive/owed-messages.ts';

const COUNTED_AT = 1_000;
const message = (sentAt: number, at: number) => ({ id: `m-${at}`, sentAt });
/** Send times before the count, some of them equal, and after it. */
const owed = fc.array(fc.integer({ min: 990, max: COUNTED_AT }), { maxLength: 12 });
const arrivals = fc.array(fc.integer({ min: COUNTED_AT + 1, max: 1_010 }), { maxLength: 12 });

it('takes each owed message for one, and none of the arrivals, in whatever order they come', () => {
  const scene = fc
    .tuple(owed, arrivals)
    .chain(([old, young]) =>
      fc.tuple(
        fc.constant(old.length),
        fc.shuffledSubarray([...old, ...young].map(message), { minLength: old.length + young.length }),
      ),
    );
  fc.assert(
    fc.property(scene, ([count, messages]) => {
      const walk = new OwedMessages(count, COUNTED_AT);
      let left = count;
      for (const each of messages) {
        const isOwed = each.sentAt <= COUNTED_AT;
        expect(walk.see(each)).toBe(isOwed);
        if (isOwed) left--;
        expect(walk.mostUnseen).toBe(left);
      }
    }),
  );
});

it('takes no arrival for an owed one once all are seen, though the clock is ahead of the queue', () => {
  fc.assert(
    fc.property(owed, arrivals, (old, young) => {
      const walk = new OwedMessages(old.length, COUNTED_AT + 1_000);
      for (const each of old.map(message)) walk.see(each);
      for (const each of young.map(message)) expect(walk.see({ ...each, id: `new-${each.id}` })).toBe(false);
    }),
  );
});
