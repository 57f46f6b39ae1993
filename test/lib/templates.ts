import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, onTestFinished } from 'vitest';
import type { BackstopConfig } from '../../lib/config/dependency-config.ts';
import { HANDLERS } from '../../lib/parts/handler-bundle.ts';
import { createApp, type PipelineOptions } from '../../lib/pipeline/app.ts';

/** Two dependencies, one of them with all that adds permissions or changes limits. */
export const testConfig: BackstopConfig = {
  dependencies: {
    payments: {
      kind: 'http',
      baseUrl: 'https://payments.example.com',
      timeout: Duration.seconds(20),
      auth: { scheme: 'bearer', secretName: 'backstop/payments' },
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

/** The templates of the app, made fast: with stand-ins for the handlers. */
export function synthesizeTemplates(config = testConfig, options: PipelineOptions = {}): Synthesized {
  const app = createApp(config, { handlers: standIns(), ...options }, temporaryFolder());
  const template = (id: string) => Template.fromStack(app.node.findChild(id) as Stack);
  return { app, state: template('BackstopState'), pipeline: template('BackstopPipeline') };
}

/** A folder of handlers that do nothing. */
export function standIns(): string {
  const folder = join(temporaryFolder(), 'lambdas');
  mkdirSync(folder);
  for (const name of HANDLERS) writeFileSync(join(folder, `${name}.ts`), `export const handler = () => '${name}';\n`);
  return folder;
}

/** A folder that is gone when the test, or outside of one the tests of the file, have run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-lib-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    onTestFinished(remove);
  } catch {
    // There is no test yet: a file makes it for all of its own.
    afterAll(remove);
  }
  return folder;
}

/** A resource as the template has it. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are as free as CloudFormation lets them be.
  readonly Properties: any;
}

export function resourcesOf(template: Template, type: string): Readonly<Record<string, Resource>> {
  return template.findResources(type) as Record<string, Resource>;
}

/** The one resource of a type whose logical id begins like that. */
export function resource(template: Template, type: string, idPrefix: string): Resource {
  const found = Object.entries(resourcesOf(template, type)).filter(([id]) => id.startsWith(idPrefix));
  const [first, ...others] = found;
  if (!first || others.length > 0) throw new Error(`${found.length} resources of ${type} begin with ${idPrefix}`);
  return first[1];
}

/**
 * What a value of a template points to: `PaymentsLaneQueue` for the queue or its ARN, `Rejects.QueueName` for another
 * attribute, `Ledger` for what the stack of state exports. Text is left as it is.
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

/** Name of an export: what it stands for, and which attribute of that. */
const EXPORT = /:ExportsOutput(?:FnGetAtt|Ref)Store([A-Za-z]+?[0-9A-F]{8})(\w*?)[0-9A-F]{8}$/;
