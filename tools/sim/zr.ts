import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { simulate } from './simulate.ts';
import { shrink, describeFinding } from './explore.ts';
import { randomSchedule } from './random-schedule.ts';
const f = '/tmp/part-sim-deployment.json';
if (!existsSync(f)) writeFileSync(f, JSON.stringify((await import('./cloud/template.ts')).synthesizeDeployment()));
const d = JSON.parse(readFileSync(f, 'utf8'));
Error.stackTraceLimit = 0;
const [from, to, want] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const c0 = process.cpuUsage(); let n = 0; const found = new Map<string, any>(); const outs: any = {};
for (let seed = from; seed < to; seed++) {
  const schedule = randomSchedule(seed);
  const run = await simulate(schedule, d); n++;
  for (const o of run.outcomes) outs[o] = (outs[o] ?? 0) + 1;
  for (const v of run.violations) { const e = found.get(v.invariant); const x = { schedule, run: { ...run, violations: [v] } }; if (!e) found.set(v.invariant, { n: 1, x }); else { e.n++; if (run.faults.length < e.x.run.faults.length) e.x = x; } }
}
const c = process.cpuUsage(c0); console.log(n, (c.user + c.system) / 1e3 / n, 'ms cpu each', outs);
for (const [k, { n, x }] of found) { console.log(n, k, x.run.violations[0].about, 'seed', x.schedule.seed, 'faults', x.run.faults.length); if (want && k.includes(want)) console.log(describeFinding(await shrink(x, d))); else { const s = await shrink(x, d); console.log(JSON.stringify(s.schedule.plan)); } }
