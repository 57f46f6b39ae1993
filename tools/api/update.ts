import { writeFileSync } from 'node:fs';
import { REPORT, report } from './report.ts';

writeFileSync(REPORT, report());
