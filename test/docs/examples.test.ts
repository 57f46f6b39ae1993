import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Template } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rendered } from '../../examples/webhook/rendered.ts';
import { FAILED_CHARGE, putEventsTemplate } from '../../examples/webhook/report.ts';
import { received } from '../lambdas/adapters/report/report-scene.ts';
import { definitionOf, run } from '../lib/machine-runner.ts';
import { temporaryFolder } from '../lib/templates.ts';
import { anyText } from '../support/any-text.ts';
import { QUICK_SYNTH } from '../support/quick-synth.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const FOLDERS = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
/** Those that report failures. That of another account has its own test. */
const REPORTING = FOLDERS.filter((folder) => folder !== 'another-account');
const NOW = new Date().toISOString();

function read(...path: readonly string[]): string {
  return readFileSync(join(EXAMPLES, ...path), 'utf8');
}

describe('each example', () => {
  it.each(FOLDERS)('has a short README, and both lists lead there: %s', (folder) => {
    expect(read(folder, 'README.md').split('\n').length).toBeLessThan(26);
    expect(read('README.md')).toContain(`(${folder}/README.md)`);
    expect(read('../README.md')).toContain(`(examples/${folder}/README.md)`);
  });

  it.each(FOLDERS)('has an app and a test: %s', (folder) => {
    const files = readdirSync(join(EXAMPLES, folder));
    expect(files).toEqual(expect.arrayContaining(['README.md', 'app.ts']));
    expect(files.some((name) => /stack\.ts$/.test(name))).toBe(true);
    expect(files.some((name) => /\.test\.ts$|^test_.*\.py$/.test(name))).toBe(true);
  });
});

/** The template of an example's own stack, by folder. */
const templates = new Map<string, Template>();
/** The names of the outputs of each stack, by folder and stack. */
const outputs = new Map<string, readonly string[]>();

/** Synthesizes each app as the CDK's command line does, but bundles and copies nothing. */
async function synthesize(folder: string, outdir: string): Promise<void> {
  vi.stubEnv('CDK_OUTDIR', outdir);
  await import(join(EXAMPLES, folder, 'app.ts'));
  const names = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
  for (const name of names) {
    const template = JSON.parse(readFileSync(join(outdir, name), 'utf8'));
    const stack = name.replace('.template.json', '');
    outputs.set(`${folder}/${stack}`, Object.keys(template.Outputs ?? {}));
    if (!/^(?:Backstop|Warehouse)/.test(stack)) templates.set(folder, Template.fromJSON(template));
  }
}

describe('the app of an example', () => {
  beforeAll(async () => {
    const context = { ...QUICK_SYNTH, 'aws:cdk:disable-asset-staging': true, 'aws:cdk:bundling-stacks': [] };
    vi.stubEnv('CDK_CONTEXT_JSON', JSON.stringify(context));
    for (const folder of REPORTING) await synthesize(folder, temporaryFolder());
    vi.unstubAllEnvs();
  });
  afterAll(() => templates.clear());

  it.each(REPORTING)('has the outputs by which the tool of its README finds the pipeline: %s', (folder) => {
    const [, stack = ''] = /npx backstop .* --stack (\w+)/.exec(read(folder, 'README.md')) ?? [];
    expect(outputs.get(`${folder}/${stack}`)).toContain('BusName');
  });

  it.each(REPORTING)('lets its code put reports on the bus, and nothing else: %s', (folder) => {
    const policies = templates.get(folder)?.findResources('AWS::IAM::Policy') ?? {};
    const statements = Object.values(policies).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const putting = statements.filter(({ Action }) => Action === 'events:PutEvents');
    expect(putting.length).toBeGreaterThan(0);
    for (const { Condition } of putting)
      expect(Condition).toEqual({
        StringEquals: { 'events:detail-type': 'Operation Failed', 'events:source': 'backstop.report' },
      });
  });

  it('reports a failed charge of a state machine so that the lane accepts it', async () => {
    const put: unknown[] = [];
    const ran = await run(definitionOf(templates.get('step-functions') ?? Template.fromJSON({})), {
      input: { order: 'order-1', charge: { amount: 4200 } },
      enteredTime: () => NOW,
      tasks: {
        Charge: () => {
          throw Object.assign(new Error('{"StatusCode":503}'), { name: 'States.Http.StatusCode.503' });
        },
        'Report: put it on the bus': ({ Entries }) => void put.push(...(Entries as unknown[])),
      },
    });
    expect(ran.states.at(-1)).toBe('Payment is pending');
    const [entry] = put as readonly { readonly Detail: unknown }[];
    expect(received(entry?.Detail)).toMatchObject({
      kind: 'failure',
      failure: { id: 'order-1-charge', error: { name: 'States.Http.StatusCode.503' }, undo: [{ name: 'reserve' }] },
    });
  });
});

describe('the webhook', () => {
  const accepts = new Ajv().compile(FAILED_CHARGE);
  const text = fc.oneof(anyText, fc.stringMatching(/^[A-Za-z0-9]["'\\$#A-Za-z0-9._-]{0,60}$/));
  const request = fc.record({
    order: text,
    failedAt: fc.oneof({ weight: 9, arbitrary: fc.constant(NOW) }, { weight: 1, arbitrary: text }),
    charge: fc.dictionary(anyText, fc.jsonValue()),
    status: fc.option(fc.integer({ min: 400, max: 599 }), { nil: undefined }),
  });

  it('makes a report of what its model accepts, which the lane accepts, too', () => {
    let reported = 0;
    fc.assert(
      fc.property(request, (body) => {
        fc.pre(accepts(JSON.parse(JSON.stringify(body))));
        reported += 1;
        const [{ Detail }] = JSON.parse(rendered(putEventsTemplate('bus', 'backstop.report'), body)).Entries;
        expect(received(Detail)).toMatchObject({ kind: 'failure', failure: { id: `${body.order}-charge` } });
        expect(JSON.parse(Detail).operation.body).toEqual(JSON.parse(JSON.stringify(body.charge)));
      }),
      { numRuns: 100 },
    );
    expect(reported).toBeGreaterThan(20);
  });
});

const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;

it.skipIf(!hasPython)('the test of the example in Python passes', () => {
  const cwd = join(EXAMPLES, 'python');
  const { status, stderr } = spawnSync('python3', ['-B', '-m', 'unittest'], { cwd, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, expect.stringMatching(/Ran 3 tests/)]);
  expect(existsSync(join(cwd, '__pycache__'))).toBe(false);
});
