import { expect, it } from 'vitest';
import { TOOL } from '../../../../lambdas/contract/command-line.ts';
import { sectionLines } from '../../../../lambdas/domain/escalation/section-text.ts';

const PLACE = { tool: TOOL, stack: 'Staging', region: 'eu-west-1' };
const ABOUT = { dependency: 'ledger', failureId: 'order-7' };
const REST = '--region eu-west-1 --stack Staging';

it.each([
  ['backstop status', `npx @backstop-cdk/backstop status ${REST}`],
  ['   backstop dlq ls payments', `   npx @backstop-cdk/backstop dlq ls ledger ${REST}`],
  ['backstop dlq show order-1-charge', `npx @backstop-cdk/backstop dlq show order-7 ${REST}`],
  ['backstop decide "$ID" ours --why \'w\'', `npx @backstop-cdk/backstop decide order-7 ours --why '…' ${REST}`],
  [
    'Look: `backstop dlq ls payments`, `backstop status`.',
    `Look: \`npx @backstop-cdk/backstop dlq ls ledger ${REST}\`, \`npx @backstop-cdk/backstop status ${REST}\`.`,
  ],
  ['abandoned (`backstop decide … abandon`)', 'abandoned (`backstop decide … abandon`)'],
  ['Check the circuit: `payments`.', 'Check the circuit: `payments`.'],
  ['aws sqs list-queues', 'aws sqs list-queues'],
])('an alert shows %s as %s', (line, shown) => {
  expect(sectionLines(line, ABOUT, PLACE)).toEqual([shown]);
});

it('keeps the examples where the alert is about no dependency and no failure', () => {
  const line = 'backstop dlq redrive payments --id order-1-charge';
  expect(sectionLines(line, { dependency: '', failureId: '' }, PLACE)).toEqual([
    `npx @backstop-cdk/backstop dlq redrive payments --id order-1-charge ${REST}`,
  ]);
});

it.each(["$&; rm -rf ~ '", '$(id)', "'`id`"])('quotes what others chose as one word: %s', (failureId) => {
  const [line = ''] = sectionLines('backstop dlq show "$ID"', { dependency: '', failureId }, PLACE);
  const word = `'${failureId.replaceAll("'", "'\\''")}'`;
  expect(line).toBe(`npx @backstop-cdk/backstop dlq show ${word} ${REST}`);
});
