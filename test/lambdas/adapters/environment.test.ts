import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { loadDependencies, mustGet } from '../../../lambdas/adapters/environment.ts';
import { awsSettings, sampleSettings } from '../../support/samples.ts';

afterEach(() => vi.unstubAllEnvs());

/** Writes the settings file beside the handlers. */
function beside(dependencies: object): void {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-environment-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'dependencies.json'), JSON.stringify(dependencies));
  vi.stubEnv('LAMBDA_TASK_ROOT', folder);
}

it('has the ARNs and addresses of the file, and those that stand only since the deployment', () => {
  const { targetArn: _, ...late } = awsSettings('lambda', { name: 'late' });
  const { baseUrl: __, ...shop } = sampleSettings({ name: 'shop' });
  const known = awsSettings('queue', { name: 'known' });
  beside({ late, known, shop });
  vi.stubEnv('TARGETS', JSON.stringify({ late: 'arn:late', shop: 'https://shop.example/', other: 'arn:other' }));
  expect(Object.fromEntries(loadDependencies())).toEqual({
    late: { ...late, targetArn: 'arn:late' },
    known,
    shop: { ...shop, baseUrl: 'https://shop.example/' },
  });
});

it('names the dependency that the file lacks', () => {
  beside({});
  expect(() => mustGet('shop')).toThrow('dependencies.json has no settings for shop');
});
