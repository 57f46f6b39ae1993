import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { auditVerdict } from './audit-report.ts';
import { readPackages } from './packages.ts';

/**
 * Asks npm for known vulnerabilities of the production packages. Fails on those of high or critical severity. A
 * registry without that service fails nothing, but the output says so.
 */
const root = join(import.meta.dirname, '../..');
const { stdout } = spawnSync('npm', ['audit', '--json'], {
  cwd: root,
  encoding: 'utf8',
  timeout: 60_000,
});
const production = new Set(readPackages(root).flatMap(({ isProduction, name }) => (isProduction ? [name] : [])));
const verdict = auditVerdict(stdout ?? '', (name) => production.has(name));
switch (verdict.kind) {
  case 'clean':
    console.log(`No known vulnerability of high severity; ${verdict.minor} of lower severity.`);
    break;
  case 'vulnerable':
    for (const finding of verdict.findings) console.error(finding);
    process.exitCode = 1;
    break;
  case 'unanswered':
    console.warn(`NOT CHECKED: the audit service did not answer (${verdict.because}).`);
    break;
  default:
    verdict satisfies never;
}
