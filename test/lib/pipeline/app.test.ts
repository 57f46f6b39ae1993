import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import { ownStack, resourcesOf, sharedTemplates, temporaryFolder } from '../templates.ts';

const root = packageRoot();
const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** A folder with the app and another config. */
function appWith(config: string, folder = temporaryFolder()): string {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(join(root, 'bin/app.ts'), join(folder, 'bin/app.ts'));
  for (const name of ['lib', 'lambdas', 'node_modules', 'package.json'])
    symlinkSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, 'backstop.config.ts'), config);
  return folder;
}

interface Said {
  readonly code: number;
  readonly stderr: string;
}

/** Runs the app with each config in one process, because loading the modules takes most of the time. */
async function runEach(configs: readonly string[], outdir: string): Promise<readonly Said[]> {
  const folder = temporaryFolder();
  for (const [n, config] of configs.entries()) appWith(config, join(folder, `${n}`));
  const runner = `
    for (let n = 0; n < ${configs.length}; n++) {
      let stderr = '';
      process.exitCode = 0;
      process.stderr.write = (text) => { stderr += text; return true; };
      process.chdir(${JSON.stringify(folder)} + '/' + n);
      await import(process.cwd() + '/bin/app.ts');
      console.log(JSON.stringify({ code: process.exitCode, stderr }));
    }
    process.exitCode = 0;`;
  writeFileSync(join(folder, 'run.mjs'), runner);
  const { CDK_VALIDATION: _, ...env } = process.env;
  const run = promisify(execFile)(process.execPath, [join(folder, 'run.mjs')], { env: { ...env, CDK_OUTDIR: outdir } });
  const { stdout } = await run;
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const dependencies = "dependencies: { payments: { kind: 'http', baseUrl: 'https://payments.example.com' } }";
const WRONG = `
  export const config = {
    dependencies: {
      payments: { kind: 'http', baseUrl: 'https://payments.example.com', maxConcurrency: 1 },
      Orders: { kind: 'http', baseUrl: 'orders.example.com', timout: 5 },
    },
  };
`;
const WRONG_OPTION = `export const config = { ${dependencies}, batchSize: 11 };`;
const NO_CONFIG = 'export const configuration = {};';
/** Configs that can't be loaded, with the expected error and its line. */
const NOT_LOADED = [
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
] as const;

describe('the app', () => {
  const outdir = temporaryFolder();
  let right: Said | undefined;
  let wrong: Said | undefined;
  let wrongOption: Said | undefined;
  let noConfig: Said | undefined;
  let notLoaded: readonly Said[] = [];
  beforeAll(async () => {
    const own = readFileSync(join(root, 'backstop.config.ts'), 'utf8');
    const configs = [own, WRONG, WRONG_OPTION, NO_CONFIG, ...NOT_LOADED.map(([config]) => config)];
    [right, wrong, wrongOption, noConfig, ...notLoaded] = await runEach(configs, outdir);
  });

  it('synthesizes the config that it comes with, to templates in which the CDK finds no fault', () => {
    expect(right?.code).toBe(0);
    expect(json(outdir, 'validation-report.json').pluginReports).toEqual([]);
    expect(Object.keys(json(outdir, 'manifest.json').artifacts)).toEqual(
      expect.arrayContaining(['BackstopState', 'BackstopPipeline']),
    );
  });

  it('tells all mistakes of its config and nothing else', () => {
    expect(wrong?.code).toBe(1);
    expect(wrong?.stderr.split('\n')).toEqual([
      "The app can't be built from backstop.config.ts:",
      "dependency 'payments': maxConcurrency must be at least 2 (the SQS minimum), got 1",
      "dependency 'Orders': the name must be a lower-case letter, then at most 39 lower-case letters, digits or hyphens, got 'Orders'",
      "dependency 'Orders': unknown setting 'timout'; valid settings: kind, baseUrl, privateHttp, timeout, auth, accepts, allowHeaders, idempotencyKeys, idempotencyKeyLifetime, encodedSlashes, retry, circuit, retryBudget, fallback, conflict, redrive, maxConcurrency, ordered, priority, rules, excerpt",
      "dependency 'Orders': baseUrl must be an absolute URL such as 'https://api.example.com', got 'orders.example.com'",
      '',
    ]);
  });

  it('takes options of the pipeline from its config', () => {
    expect(wrongOption?.code).toBe(1);
    expect(wrongOption?.stderr).toContain('\nbatchSize must be at most 10, got 11\n');
  });

  it('tells such a mistake and nothing else', () => {
    expect(noConfig?.code).toBe(1);
    expect(noConfig?.stderr.split('\n')).toEqual([
      "The app can't be built from backstop.config.ts:",
      'backstop.config.ts: must export an object named config, for example: export const config: AppConfig = { … }',
      '',
    ]);
  });

  it('tells where its config has a mistake that keeps it from being loaded', () => {
    for (const [n, [config, mistake]] of NOT_LOADED.entries()) {
      expect(notLoaded[n]?.code, config).toBe(1);
      expect(notLoaded[n]?.stderr, config).toContain(`backstop.config.ts${mistake}`);
    }
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
      // A weak reference would allow the removal of state that a pipeline uses.
      '@aws-cdk/core:defaultCrossStackReferences': 'strong',
    });
  });

  it('reports nothing to AWS about what it is built with', () => {
    const { state, pipeline } = sharedTemplates();
    for (const template of [state, pipeline]) expect(resourcesOf(template, 'AWS::CDK::Metadata')).toEqual({});
  });
});

describe('cdk-nag', () => {
  it('finds nothing in the app', () => {
    const { app } = sharedTemplates();
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('would find something', () => {
    const stack = ownStack();
    new Queue(stack, 'Bare');
    expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).not.toEqual([]);
  });
});
