import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { auditVerdict } from './audit-report.ts';

/**
 * Asks npm for known vulnerabilities of the production packages. Fails on those of high or critical severity. A registry
 * without that service fails nothing, but the output says so.
 */
const root = join(import.meta.dirname, '../..');
const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: root,
  encoding: 'utf8',
  timeout: 60_000,
});
const verdict = auditVerdict(stdout ?? '');
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
