import { mkdtempSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { createApp } from '../lib/app.ts';
import { startDependency } from './demo/dependency.ts';
import { startCloud } from './local/cloud.ts';

const dep = await startDependency();
const common = {
  kind: 'http',
  baseUrl: dep.url,
  timeout: Duration.seconds(1),
  circuit: { minimumCalls: 1000 },
} as const;
const folder = mkdtempSync('/tmp/smoke-');
const assembly = createApp(
  {
    dependencies: {
      payments: { ...common, idempotencyKeys: true },
      orders: { ...common, conflict: { strategy: 'ask' }, ordered: true },
      customers: { ...common, conflict: { strategy: 'ask' } },
    },
  },
  {},
  folder + '/cdk.out',
).synth().directory;
const cloud = await startCloud({ assembly, timeScale: 0.1 });
console.log(cloud.endpoint);
setTimeout(
  async () => {
    await cloud.stop();
    await dep.stop();
    process.exit();
  },
  Number(process.argv[2] ?? 60) * 1000,
);
