import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { simulate } from './simulate.ts';
import { SCENARIOS } from './story/scenarios.ts';

const f = '/tmp/part-sim-deployment.json';
if (!existsSync(f)) writeFileSync(f, JSON.stringify((await import('./cloud/template.ts')).synthesizeDeployment()));
const d = JSON.parse(readFileSync(f, 'utf8'));
if (process.argv[2]) Error.stackTraceLimit = 0;
for (let i = 0; i < 10; i++)
  for (const s of SCENARIOS) {
    await simulate({ scenario: s, seed: i, plan: [] }, d);
  }
const c0 = process.cpuUsage();
const t0 = performance.now();
let n = 0;
for (let i = 0; i < 200; i++)
  for (const s of SCENARIOS) {
    await simulate({ scenario: s, seed: i, plan: [] }, d);
    n++;
  }
const c = process.cpuUsage(c0);
console.log(n, (c.user + c.system) / 1e3 / n, 'ms cpu each', (performance.now() - t0) / n);
