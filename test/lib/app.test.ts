import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../lib/handler-bundle.ts';
import { synthesizeTemplates, temporaryFolder } from './templates.ts';

const root = packageRoot();
const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Runs the app as the CDK's command line does, with another config. */
async function runApp(config: string) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(root, 'bin/app.ts'), join(folder, 'bin/app.ts'));
  for (const name of ['lib', 'node_modules', 'package.json']) symlinkSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, 'backstop.config.ts'), config);
  const outdir = join(folder, 'cdk.out');
  const { CDK_VALIDATION: _, ...env } = process.env;
  const run = promisify(execFile)(process.execPath, [join(folder, 'bin/app.ts')], {
    cwd: folder,
    env: { ...env, CDK_OUTDIR: outdir },
  });
  const { code, stderr } = await run.then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => error,
  );
  return { code, stderr, outdir };
}

/** What is said of each config that can't be loaded, when Node loads them. */
async function loadEach(configs: readonly string[]): Promise<readonly string[]> {
  const folder = temporaryFolder();
  for (const name of ['lib', 'lambdas', 'node_modules', 'package.json'])
    symlinkSync(join(root, name), join(folder, name));
  for (const [n, config] of configs.entries()) writeFileSync(join(folder, `${n}.ts`), config);
  const load = `
    import { loadConfig } from ${JSON.stringify(join(root, 'lib/load-config.ts'))};
    for (let n = 0; n < ${configs.length}; n++) {
      const file = process.cwd() + '/' + n + '.ts';
      const said = await loadConfig(file, () => import(file)).then(() => 'nothing', ({ message }) => message);
      console.log(JSON.stringify(said));
    }`;
  writeFileSync(join(folder, 'load.mjs'), load);
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'load.mjs')], { cwd: folder });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('the app', () => {
  it('synthesizes the config that it comes with, to templates in which the CDK finds no fault', async () => {
    const { code, outdir } = await runApp(readFileSync(join(root, 'backstop.config.ts'), 'utf8'));
    expect(code).toBe(0);
    expect(json(outdir, 'validation-report.json').pluginReports).toEqual([]);
    expect(Object.keys(json(outdir, 'manifest.json').artifacts)).toEqual(
      expect.arrayContaining(['BackstopState', 'BackstopPipeline']),
    );
  });

  it('tells all mistakes of its config and nothing else', async () => {
    const { code, stderr } = await runApp(`
      export const config = {
        dependencies: {
          payments: { kind: 'http', baseUrl: 'https://payments.example.com', maxConcurrency: 1 },
          Orders: { kind: 'http', baseUrl: 'orders.example.com', timout: 5 },
        },
      };
    `);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      "The app can't be built from backstop.config.ts:",
      "dependency 'payments': maxConcurrency must be at least 2 (the SQS minimum), got 1",
      "dependency 'Orders': the name must be a lower-case letter, then at most 39 lower-case letters, digits or hyphens, got 'Orders'",
      "dependency 'Orders': unknown setting 'timout'; valid settings: kind, baseUrl, timeout, auth, idempotencyKeys, retry, circuit, retryBudget, fallback, conflict, redrive, maxConcurrency, ordered, priority, rules",
      "dependency 'Orders': baseUrl must be an absolute URL such as 'https://api.example.com', got 'orders.example.com'",
      '',
    ]);
  });

  const dependencies = "dependencies: { payments: { kind: 'http', baseUrl: 'https://payments.example.com' } }";

  it('takes options of the pipeline from its config', async () => {
    const { stderr } = await runApp(`export const config = { ${dependencies}, batchSize: 11 };`);
    expect(stderr).toContain('batchSize must be at most 10, got 11');
  });

  it('tells where its config has a mistake that keeps it from being loaded', async () => {
    const cases = [
      ['export const config = {\n  a: 1 b: 2,\n};', ':2: Expected "}" but found "b"'],
      ["import { url } from './urls.ts';\nexport const config = { url };", ':1: Could not resolve "./urls.ts"'],
      ["\nimport { Pipe } from './lib/index.ts';\nexport const config = { Pipe };", ':2: No matching export in '],
      [
        "import x from 'no-such-package';\nexport const config = { x };",
        ":1: Cannot find package 'no-such-package' imported",
      ],
      [
        "import { Duration } from 'aws-cdk-lib';\nexport const config = { deadline: Duration.fortnights(1) };",
        ':2: Duration.fortnights is not a function',
      ],
      [
        'export const configuration = {};',
        ': must export an object named config, for example: export const config: AppConfig = { … }',
      ],
    ] as const;
    // All by one process: to load what the app is made of takes longer than to find the mistake.
    const told = await loadEach(cases.map(([config]) => config));
    for (const [n, [config, mistake]] of cases.entries()) expect(told[n], config).toContain(`${n}.ts${mistake}`);
  });

  it('tells such a mistake and nothing else', async () => {
    const { code, stderr } = await runApp('export const configuration = {};');
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      "The app can't be built from backstop.config.ts:",
      'backstop.config.ts: must export an object named config, for example: export const config: AppConfig = { … }',
      '',
    ]);
  });

  it('is not built from a config that names a dependency twice, which only the type check sees', async () => {
    expect(json(root, 'cdk.json').app).toMatch(/^tsc && /);
    const folder = temporaryFolder();
    const dependency = "{ kind: 'http', baseUrl: 'https://example.com' }";
    const files = { extends: join(root, 'tsconfig.json'), include: ['*.ts'], compilerOptions: { types: [] } };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(files));
    writeFileSync(join(folder, 'config.ts'), `export const config = { a: ${dependency}, a: ${dependency} };`);
    const checked = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
    await expect(checked).rejects.toMatchObject({ stdout: expect.stringContaining('multiple properties') });
  });

  it('has the feature flags that this version of the CDK recommends, but for references that hold the state', () => {
    expect(json(root, 'cdk.json').context).toEqual({
      ...json(root, 'node_modules/aws-cdk-lib/recommended-feature-flags.json'),
      // A weak reference would let the state be removed from under a pipeline that works on it.
      '@aws-cdk/core:defaultCrossStackReferences': 'strong',
    });
  });

  it('reports nothing to AWS about what it is built with', () => {
    const { state, pipeline } = synthesizeTemplates();
    for (const template of [state, pipeline]) template.resourceCountIs('AWS::CDK::Metadata', 0);
  });
});

describe('cdk-nag', () => {
  it('finds nothing in the app', () => {
    const { app } = synthesizeTemplates();
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('would find something', () => {
    const stack = new Stack(new App({ outdir: temporaryFolder() }), 'Stack');
    new Queue(stack, 'Bare');
    expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).not.toEqual([]);
  });
});
