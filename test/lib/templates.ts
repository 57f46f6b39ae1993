import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, onTestFinished } from 'vitest';
import type { BackstopConfig } from '../../lib/config/dependency-config.ts';
import { HANDLERS } from '../../lib/parts/handler-names.ts';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { createApp, type PipelineOptions } from '../../lib/pipeline/app.ts';
import { readFlatTemplate } from '../../tools/local/flat-template.ts';
import { QUICK_SYNTH, withoutTree } from '../support/quick-synth.ts';

/** Two dependencies. One has every setting that adds permissions or changes limits. */
export const testConfig: BackstopConfig = {
  dependencies: {
    payments: {
      kind: 'http',
      baseUrl: 'https://payments.example.com',
      timeout: Duration.seconds(20),
      auth: { scheme: 'bearer', secretName: 'backstop/payments' },
      accepts: { sources: ['my.shop'] },
      maxConcurrency: 7,
    },
    'stock-levels': { kind: 'http', baseUrl: 'https://stock.example.com' },
  },
};

export interface Synthesized {
  readonly app: App;
  readonly state: Template;
  readonly pipeline: Template;
}

/** Context for tests of templates only. Skips copies of assets. */
const TEMPLATES_ONLY = { ...QUICK_SYNTH, 'aws:cdk:disable-asset-staging': true };

/** An empty stack of your app, without Backstop's feature flags. */
export function ownStack(): Stack {
  return new Stack(ownApp(), 'Own');
}

export function ownApp(): App {
  const fast = { builtinCloudFormationValidation: false, treeMetadata: false, analyticsReporting: false };
  return new App({ outdir: temporaryFolder(), ...fast, context: TEMPLATES_ONLY });
}

const http = { kind: 'http', baseUrl: 'https://books.example.com' } as const;
const LONG_NAMES = Array.from({ length: 12 }, (_, n) => `dependency-with-quite-a-long-name-${n}`);
const orderedAndAsking = { ...http, ordered: true, conflict: { strategy: 'ask' } } as const;

type SharedName = 'testConfig' | 'oneOrderedOfTwo' | 'dozenLanes' | 'withoutExtras';

/** Templates that several test files share. Each is synthesized once. */
const SHARED: Readonly<Record<SharedName, readonly [BackstopConfig, PipelineOptions]>> = {
  testConfig: [testConfig, {}],
  oneOrderedOfTwo: [
    { dependencies: { books: { ...http, maxConcurrency: 7, ordered: true }, stock: http } },
    { batchSize: 10 },
  ],
  dozenLanes: [{ dependencies: Object.fromEntries(LONG_NAMES.map((name) => [name, orderedAndAsking])) }, {}],
  withoutExtras: [testConfig, { alarms: { anomalyDetection: false }, dashboards: false }],
};
const synthesized = new Map<SharedName, Synthesized>();

export function sharedTemplates(name: SharedName = 'testConfig'): Synthesized {
  const templates = synthesized.get(name) ?? synthesizeTemplates(...SHARED[name]);
  synthesized.set(name, templates);
  return templates;
}

/** Synthesizes the app's templates with stand-ins for the handlers, which takes a sixth of a second. */
export function synthesizeTemplates(config: BackstopConfig, options: PipelineOptions = {}): Synthesized {
  const app = templatesOnly(() => createApp(config, { handlers: standIns(), ...options }, temporaryFolder()));
  const stack = (id: string) => app.node.findChild(id) as Stack;
  const reason = 'a dozen lanes with long names come close to the limit on purpose';
  Validations.of(stack('BackstopPipeline')).acknowledge({ id: 'Annotation::@aws-cdk/core:Stack.templateSize', reason });
  const template = (id: string) => flat(stack(id));
  return { app, state: template('BackstopState'), pipeline: template('BackstopPipeline') };
}

/** The template of a stack, merged with those of its nested stacks. */
export function flat(stack: Stack): Template {
  const { directory } = withoutTree(stack.node.root as App).synth();
  return Template.fromJSON(readFlatTemplate(directory, stack.templateFile), { skipCyclicalDependenciesCheck: true });
}

/** Sets the context through the environment, because it takes precedence over the app's own. */
export function templatesOnly<T>(act: () => T): T {
  const { CDK_CONTEXT_JSON: usual } = process.env;
  process.env.CDK_CONTEXT_JSON = JSON.stringify(TEMPLATES_ONLY);
  try {
    return act();
  } finally {
    process.env.CDK_CONTEXT_JSON = usual ?? '{}';
  }
}

const STAND_INS = join(packageRoot(), 'node_modules', '.cache', 'backstop-stand-ins');
let areStandInsWritten = false;

/** A folder of handlers that do nothing. All tests share it. */
export function standIns(): string {
  if (areStandInsWritten) return STAND_INS;
  mkdirSync(STAND_INS, { recursive: true });
  for (const name of HANDLERS)
    writeFileSync(join(STAND_INS, `${name}.ts`), `export const handler = () => '${name}';\n`);
  areStandInsWritten = true;
  return STAND_INS;
}

/** A temporary folder. Removed after the test, or after the file's tests if it was created outside of one. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-lib-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    onTestFinished(remove);
  } catch {
    // Outside a test: keep the folder for all tests of the file.
    afterAll(remove);
  }
  return folder;
}

/** A resource in its template form. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties can have any type.
  readonly Properties: any;
}

export function resourcesOf(template: Template, type: string): Readonly<Record<string, Resource>> {
  return template.findResources(type) as Record<string, Resource>;
}

/** The only resource of a type with this prefix of its logical id. @throws Error if there isn't exactly one */
export function resource(template: Template, type: string, idPrefix: string): Resource {
  const found = Object.entries(resourcesOf(template, type)).filter(([id]) => id.startsWith(idPrefix));
  const [first, ...others] = found;
  if (!first || others.length > 0) throw new Error(`${found.length} resources of ${type} begin with ${idPrefix}`);
  return first[1];
}

/**
 * Names the target of a template's reference.
 * `PaymentsLaneQueue` is the queue or its ARN, `Rejects.QueueName` another attribute, `Ledger` an export of the state
 * stack.
 * Text stays as it is.
 */
export function named(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported, 'Fn::Join': joined } = value as Reference;
  if (joined) return joined[1].map(named).join(joined[0]);
  const [id = '', of = 'Arn'] = attribute ?? (imported ? EXPORT.exec(imported)?.slice(1) : [Ref]) ?? [];
  const name = id.replace(/^Pipeline(?=.)/, '').replace(/[0-9A-F]{8}$/, '');
  return of === 'Arn' || of === '' ? name : `${name}.${of}`;
}

interface Reference {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::ImportValue'?: string;
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
}

/** Matches an export's name: the exported resource and its attribute. */
const EXPORT = /:ExportsOutput(?:FnGetAtt|Ref)Store([A-Za-z]+?[0-9A-F]{8})(\w*?)[0-9A-F]{8}$/;
