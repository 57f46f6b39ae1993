import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditVerdict } from '../../../tools/supply/audit-report.ts';
import { type LockedPackage, readPackages, supplyProblems } from '../../../tools/supply/packages.ts';

const ROOT = join(import.meta.dirname, '../../..');
const packages = readPackages(ROOT);

describe('the packages of the lockfile', () => {
  const fine: LockedPackage = {
    name: 'a',
    version: '1.0.0',
    licence: 'MIT',
    repository: 'https://example.com/a',
    hasIntegrity: true,
    hasInstallScript: false,
    isProduction: true,
  };

  it('have listed licences and a digest each', () => {
    expect(packages.filter(({ isProduction }) => isProduction).length).toBeGreaterThan(60);
    expect(supplyProblems(packages)).toEqual([]);
  });

  it('count as production if published or deployed code imports them, directly or not', () => {
    const production = packages.flatMap(({ name, isProduction }) => (isProduction ? [name] : []));
    expect(production).toEqual(
      expect.arrayContaining(['valibot', 'commander', '@aws-sdk/client-sqs', '@aws-sdk/core']),
    );
    for (const name of ['vitest', 'typescript', 'aws-cdk-lib', 'fast-check']) expect(production).not.toContain(name);
  });

  it('run no install script but those that are allowed by name (CWE-829)', () => {
    const { allowScripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    expect(scripts.toSorted()).toEqual(Object.keys(allowScripts).toSorted());
    expect(Object.values(allowScripts)).toEqual(scripts.map(() => true));
  });

  it.each<[string, Partial<LockedPackage>, readonly string[]]>([
    ['nothing', {}, []],
    ['a licence that is not listed', { licence: 'GPL-3.0-only' }, ['a 1.0.0: licence GPL-3.0-only is not listed']],
    ['no licence', { licence: 'unknown' }, ['a 1.0.0: licence unknown is not listed']],
    ['no digest', { hasIntegrity: false }, ['a 1.0.0: the lockfile has no digest']],
    ['the same in development only', { licence: 'GPL-3.0-only', isProduction: false }, []],
  ])('are reported for %s', (_, change, problems) => {
    expect(supplyProblems([{ ...fine, ...change }])).toEqual(problems);
  });
});

describe('an audit', () => {
  const report = (severities: Readonly<Record<string, string>>) =>
    JSON.stringify({
      vulnerabilities: Object.fromEntries(
        Object.entries(severities).map(([name, severity]) => [name, { severity, range: '<2' }]),
      ),
    });

  it('fails on high and critical severity', () => {
    expect(auditVerdict(report({ a: 'high', b: 'low', c: 'critical' }))).toEqual({
      kind: 'vulnerable',
      findings: ['a <2: high', 'c <2: critical'],
    });
  });

  it('passes over packages for development only', () => {
    const production = (name: string) => name === 'b';
    expect(auditVerdict(report({ a: 'high', b: 'low' }), production)).toEqual({ kind: 'clean', minor: 1 });
  });

  it.each([
    [{}, 0],
    [{ a: 'moderate', b: 'low' }, 2],
  ])('passes with %j', (severities, minor) => {
    expect(auditVerdict(report(severities))).toEqual({ kind: 'clean', minor });
  });

  it.each([
    ['', 'npm printed no report'],
    ['<html>', 'npm printed no report'],
    ['{}', 'npm printed no report'],
    ['{"message":"405 Method Not Allowed","error":{"summary":""}}', '405 Method Not Allowed'],
    [
      '{"error":{"summary":"request to https://registry.example failed"}}',
      'request to https://registry.example failed',
    ],
  ])('without an answer does not pass: %s', (output, because) => {
    expect(auditVerdict(output)).toEqual({ kind: 'unanswered', because });
  });
});
