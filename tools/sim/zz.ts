import { readFileSync } from 'node:fs';
import { simulate } from './simulate.ts';
import { describeFinding } from './explore.ts';
import { PINNED } from './pinned.ts';
const d = JSON.parse(readFileSync('/tmp/part-sim-deployment.json', 'utf8'));
for (const p of PINNED) { if (process.argv[2] && !p.name.includes(process.argv[2])) continue; const run = await simulate(p, d, { isTraced: !!process.argv[2] }); console.log(p.name, JSON.stringify(run.violations), JSON.stringify(run.outcomes), run.faults.length, 'of', (p.plan as any).length); if (process.argv[2]) console.log(describeFinding({ schedule: p, run })); }
