import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HIDDEN_MS } from '../../../lambdas/use-cases/redrive/queues.ts';
import { startOperator } from '../../support/operator.ts';
import { Crew } from './crew.ts';
import { violations } from './rules.ts';
import { DEAD_LETTERS, Shift } from './shift.ts';

const OPERATORS = 20;
const DEAD_LETTER_COUNT = 1_000;
/** `OPERATOR_SEEDS=40 npx vitest run test/bin/operators` tries more. */
const SEEDS = Number(process.env.OPERATOR_SEEDS ?? 1);

describe('twenty operators at once with a thousand dead letters', () => {
  let folder: string;
  let patch: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'backstop-operators-'));
    patch = join(folder, 'patch.json');
    writeFileSync(patch, JSON.stringify({ body: { total: 6 } }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(Array.from({ length: SEEDS }, (_, n) => n + 1))(
    'end each as exactly one of them says, and every summary is true: seed %i',
    async (seed) => {
      const shift = await Shift.begin(seed, DEAD_LETTER_COUNT);
      const crew = new Crew(shift, patch);
      await crew.work(OPERATORS);
      // By then, all that dead processes hid is visible, and the lane's worker has nothing left.
      await shift.time.advance(HIDDEN_MS + 60_000);
      expect(await violations(shift, crew)).toEqual([]);
      expect(await finalList(shift)).toEqual({ isWhole: true, total: shift.sqs.allBodies(DEAD_LETTERS).length });
      shift.end();
      await shift.time.advance(1_000);
      await shift.tables.stop();
    },
  );
});

async function finalList(shift: Shift): Promise<object> {
  const { tables, now, sqs, time, random } = shift;
  const sleep = (ms: number) => time.sleep(ms);
  const { backstop } = startOperator({ tables, now, random, sleep, clients: { sqs: sqs.client } });
  let out = '';
  void backstop('dlq', 'ls', 'payments', '--json').then((ended) => {
    out = ended.out;
  });
  await time.advance(60_000, () => out !== '');
  const { isWhole, total } = JSON.parse(out);
  return { isWhole, total };
}
