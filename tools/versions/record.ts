/**
 * Records what this version deploys, functions included, so that the next version is tested over it: with its failures,
 * messages and executions under way. `npm version` runs it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { createApp } from '../../lib/pipeline/app.ts';
import { pack } from './packed-assembly.ts';
import { RECORDED, RECORDED_URL } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstop-record-'));
const http = { kind: 'http', baseUrl: RECORDED_URL, timeout: Duration.seconds(1), maxConcurrency: 4 } as const;
const common = { ...http, circuit: { minimumCalls: 1_000 }, retry: { hotAttempts: 1, durableAttempts: 20 } };
const dependencies = {
  payments: { ...common, idempotencyKeys: true },
  orders: common,
  asking: { ...common, conflict: { strategy: 'ask' } },
  'in-order': { ...common, ordered: true },
} as const;
const options = {
  durableRetryInterval: Duration.seconds(2),
  reconcileAfter: Duration.seconds(15),
  reconcileEvery: Duration.minutes(1),
  batchSize: 1,
  dashboards: false,
};
try {
  const { directory } = createApp({ dependencies }, options, join(folder, 'cdk.out')).synth();
  const packed = pack(directory);
  writeFileSync(RECORDED, packed);
  console.log(`${RECORDED}: ${packed.length} bytes`);
} finally {
  rmSync(folder, { recursive: true });
}
