import { expect, it, vi } from 'vitest';
import { LOGGING_WATCHER } from '../../../../lambdas/adapters/circuit/open-circuits.ts';
import { logger } from '../../../../lambdas/adapters/telemetry.ts';
import { printedLines, watchPrintedLines } from '../../../support/printed-lines.ts';

watchPrintedLines();

const metrics = () => printedLines.filter((line) => line.includes('_aws')).map((line) => JSON.parse(line));

it('tells a change by a metric of Backstop, and in the log with reason and counts', () => {
  const warn = vi.spyOn(logger, 'warn').mockReturnValue();
  const change = { from: 'closed', to: 'open', reason: 'failure-rate', counts: { successes: 4, failures: 6 } } as const;
  LOGGING_WATCHER.changed({ circuit: 'payments/acme', ...change, at: 0 });
  expect(warn.mock.calls).toMatchObject([['circuit state changed', { circuit: 'payments/acme', ...change }]]);
  expect(metrics().at(-1)).toMatchObject({
    service: 'backstop',
    dependency: 'payments',
    to: 'open',
    CircuitChanged: 1,
  });
});

it('reports an unreachable table in the metric that the alarm reads', () => {
  vi.spyOn(logger, 'error').mockReturnValue();
  LOGGING_WATCHER.unreachable(new Error('the table is gone'));
  const metric = metrics().at(-1);
  expect(metric).toMatchObject({ service: 'backstop', CircuitStoreUnreachable: 1 });
  expect(metric._aws.CloudWatchMetrics).toMatchObject([{ Namespace: 'Backstop', Dimensions: [['service']] }]);
});
