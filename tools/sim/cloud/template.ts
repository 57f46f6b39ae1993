import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { HANDLERS } from '../../../lib/parts/handler-names.ts';
import { createApp } from '../../../lib/pipeline/app.ts';
import type { PipelineStack } from '../../../lib/pipeline/pipeline-stack.ts';
import { OrderStack } from '../../demo/order-saga/order-stack.ts';
import { readFlatTemplate } from '../../local/flat-template.ts';
import type { TargetInput } from '../../local/input-transform.ts';
import { unpacked } from '../../versions/packed-assembly.ts';
import { RECORDED } from '../../versions/recorded.ts';
import type { Definition } from './definition.ts';

/** A function of the template. */
export interface DeployedFunction {
  /** Name of its handler's file, such as `attempt`. */
  readonly role: string;
  readonly timeoutMs: number;
}

/** What the simulation takes from synthesized templates. It is plain data, so that it can go to other threads. */
export interface Deployment {
  /** The Recovery machine. Its resources are `function:<logical id>` and names of service integrations. */
  readonly recovery: Definition;
  /** The Recovery machine of the version before. Its executions continue after a deployment, with the new functions. */
  readonly recoveryBefore: Definition;
  readonly functions: Readonly<Record<string, DeployedFunction>>;
  /** The machine of the sample saga, in an app of its own. */
  readonly orders: Definition;
  /** What the rule of the saga's rescue sends to the rescuing function. */
  readonly rescueInput: TargetInput;
}

/** Skips copies of assets and the check of templates, which other tests do. */
const CONTEXT = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:disable-stack-trace': true };
const TIMEOUT = Duration.seconds(2);

/** Synthesizes a pipeline with the dependencies of the scenarios. Takes a second. */
export function synthesizeDeployment(): Deployment {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-sim-'));
  const { CDK_CONTEXT_JSON, CDK_VALIDATION } = process.env;
  Object.assign(process.env, { CDK_CONTEXT_JSON: JSON.stringify(CONTEXT), CDK_VALIDATION: 'false' });
  try {
    for (const name of HANDLERS) writeFileSync(join(folder, `${name}.ts`), `export const handler = () => '${name}';\n`);
    const http = { kind: 'http', baseUrl: 'https://api.example.com', timeout: TIMEOUT } as const;
    const config = { dependencies: { payments: http, stock: http, backup: http } };
    const app = createApp(config, { handlers: folder }, join(folder, 'out'));
    const stack = app.node.findChild('BackstopPipeline') as PipelineStack;
    const orders = new OrderStack(app, 'Orders', { pipeline: stack.pipeline, shopUrl: 'https://shop.example.com' });
    const { directory } = app.synth();
    return deploymentOf(
      readFlatTemplate(directory, stack.templateFile),
      readFlatTemplate(directory, orders.templateFile),
    );
  } finally {
    restore({ CDK_CONTEXT_JSON, CDK_VALIDATION });
    rmSync(folder, { recursive: true, force: true });
  }
}

interface RawTemplate {
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
}

/** Reads machines and functions from the templates of a pipeline, and of an app with a saga. */
function deploymentOf(pipeline: RawTemplate, orders: RawTemplate): Deployment {
  const functions = resourcesOf(pipeline, 'AWS::Lambda::Function').map(([id, { Properties = {} }]) => {
    const role = String(Properties.Handler).replace(/\.handler$/, '');
    return [id, { role, timeoutMs: Number(Properties.Timeout) * 1_000 }] as const;
  });
  const [rule] = resourcesOf(orders, 'AWS::Events::Rule');
  if (!rule) throw new Error('the saga has no rule that rescues it');
  const { Properties: { Targets } = {} } = rule[1];
  const [target] = Targets as [{ InputTransformer: RawTransformer }];
  const { InputPathsMap, InputTemplate } = target.InputTransformer;
  return {
    recovery: machineOf(pipeline),
    recoveryBefore: machineBefore(),
    functions: Object.fromEntries(functions),
    orders: machineOf(orders),
    rescueInput: { InputTransformer: { InputPathsMap, InputTemplate: textOf(InputTemplate) } },
  };
}

interface RawTransformer {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: RawText;
}

type RawText = string | { readonly 'Fn::Join': readonly [string, readonly unknown[]] };

function resourcesOf({ Resources = {} }: RawTemplate, type: string) {
  return Object.entries(Resources).filter(([, { Type }]) => Type === type);
}

function machineOf(template: RawTemplate): Definition {
  const [machine] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
  return JSON.parse(textOf(machine?.[1].Properties?.DefinitionString as RawText));
}

/** The version before has the same logical ids, or its executions would find no function. */
function machineBefore(): Definition {
  return machineOf(JSON.parse(unpacked(readFileSync(RECORDED))['BackstopPipeline.template.json'] ?? '{}'));
}

function textOf(text: RawText): string {
  return typeof text === 'string' ? text : text['Fn::Join'][1].map(resolved).join('');
}

/** A stand-in for a value that is known only after the deployment. */
function resolved(part: unknown): string {
  if (typeof part === 'string') return part;
  const { Ref, 'Fn::GetAtt': attribute } = part as { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] };
  if (attribute?.[1] === 'Arn') return `function:${attribute[0]}`;
  return Ref === 'AWS::Partition' ? 'aws' : String(Ref ?? attribute?.join('.'));
}

function restore(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
