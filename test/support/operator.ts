import { run } from '../../bin/program.ts';
import type { Clients } from '../../bin/session/clients.ts';
import type { Deployment } from '../../bin/session/deployment.ts';
import { DeclinedError } from '../../bin/session/errors.ts';
import type { Globals, Streams } from '../../bin/session/globals.ts';
import { asker, commandsOf, createSession, printerOf } from '../../bin/session/session.ts';
import { startOf } from '../../bin/session/tool-name.ts';
import { TOOL } from '../../lambdas/contract/command-line.ts';
import { type DeskOptions, deskOn } from './desk.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface OperatorScene {
  /** Runs the tool in this process, like an operator who confirms everything. */
  readonly backstop: (...args: readonly string[]) => Promise<Ended>;
  /** Plans that the tool showed for confirmation. */
  readonly plans: string[];
}

export interface OperatorSceneOptions extends DeskOptions {
  readonly clients?: Partial<Clients>;
  readonly deployment?: Partial<Deployment>;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly random?: () => number;
  /** How long the operator reads the plan. @default - not at all */
  readonly think?: () => Promise<void>;
  /** The operator's answer without `--yes`. @default true */
  readonly agrees?: boolean;
  readonly columns?: number;
  /** @default false */
  readonly isEmulated?: boolean;
  /** Whether the tool shows its plans and then declines, as it does without a terminal. @default false */
  readonly showsPlans?: boolean;
  readonly signal?: AbortSignal;
  /** What starts the tool. @default `backstop` */
  readonly tool?: string;
}

export const LANES = ['payments', 'orders'].map((name) => ({
  name,
  kind: 'http' as const,
  queueUrl: `http://127.0.0.1/queues/${name}`,
  deadLetterQueueUrl: `http://127.0.0.1/queues/${name}-dead`,
  maxCycles: 5,
  sourceId: `source-${name}`,
}));

/** A client that answers all commands through a function. */
export function fakeClient<Client>(
  send: (command: { readonly input: object; readonly constructor: { readonly name: string } }) => unknown,
): Client {
  return { send: async (command: never) => send(command) } as Client;
}

const unreachable = <Client>(name: string): Client =>
  fakeClient(() => {
    throw new Error(`${name} is not there`);
  });

/** The operator's tool in this process, with tables in memory and fake services. */
export function startOperator(options: OperatorSceneOptions): OperatorScene {
  const { tables, clients = {}, deployment = {}, now = Date.now, sleep, agrees = true, tool } = options;
  const plans: string[] = [];
  const all: Clients = {
    cloudformation: unreachable('CloudFormation'),
    cloudwatch: unreachable('CloudWatch'),
    dynamodb: tables.client,
    lambda: unreachable('Lambda'),
    sqs: unreachable('SQS'),
    ssm: unreachable('SSM'),
    ...clients,
  };
  const deployed: Deployment = {
    stack: 'BackstopPipeline',
    region: 'us-east-1',
    service: 'BackstopPipeline/Pipeline',
    busName: 'bus',
    ledgerTable: tables.ledger,
    circuitsTable: tables.circuits,
    auditTable: tables.audit,
    operatorUrl: 'http://127.0.0.1/operator/',
    rejectsQueueUrl: 'http://127.0.0.1/queues/rejects',
    lastResortQueueUrl: 'http://127.0.0.1/queues/last-resort',
    parkedQueueUrl: 'http://127.0.0.1/queues/parked',
    recoveryMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:Recovery',
    operatorCommand: TOOL,
    retentionMs: 30 * 86_400_000,
    lanes: LANES,
    outputs: {},
    ...deployment,
  };
  const backstop = async (...args: readonly string[]): Promise<Ended> => {
    const { streams, written } = captured(options.columns);
    const openSession = async (globals: Globals) => {
      const print = printerOf(globals, streams);
      return createSession({
        deployment: deployed,
        clients: all,
        desk: deskOn(options),
        print,
        signal: options.signal ?? new AbortController().signal,
        command: commandsOf(startOf(tool, deployed), globals),
        isEmulated: options.isEmulated ?? false,
        now,
        sleep,
        random: options.random,
        ask: async (plan) => {
          if (options.showsPlans) await asker(globals, streams, print)(plan);
          plans.push(plan);
          await options.think?.();
          if (!agrees && !globals.yes) throw new DeclinedError('Nothing was done.');
        },
      });
    };
    return { code: await run(args, { openSession, streams, tool }), ...written() };
  };
  return { backstop, plans };
}

/** Streams of a process without a terminal, and the text written to them. */
export function captured(columns?: number): { readonly streams: Streams; readonly written: () => Omit<Ended, 'code'> } {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) => ({
    columns,
    write: (text: string) => {
      texts[name] += text;
      return true;
    },
  });
  const streams = { stdin: {}, stdout: stream('stdout'), stderr: stream('stderr') } as unknown as Streams;
  return { streams, written: () => ({ out: texts.stdout, err: texts.stderr }) };
}
