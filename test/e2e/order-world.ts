import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { Duration } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { expect } from 'vitest';
import { createApp } from '../../lib/pipeline/app.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import { OrderStack } from '../../tools/demo/order-saga/order-stack.ts';
import { balance, type Shop, startShop } from '../../tools/demo/order-saga/shop.ts';
import { type ExecutionRecord, type Fault, type LocalCloud, startCloud } from '../../tools/local/cloud.ts';
import { VirtualClock } from '../../tools/local/virtual-clock.ts';
import { onClock } from '../support/on-clock.ts';

/** The sample saga in an embedded cloud. `Orders` has the default timeout, `Hasty` only {@link HASTE}. */
export interface OrderWorld {
  readonly clock: VirtualClock;
  readonly cloud: LocalCloud;
  readonly shop: Shop;
  /** Lines that functions printed. */
  readonly logs: readonly string[];
  /** Messages from machines to the alert topic. */
  readonly told: readonly string[];
  /** Texts that the notifier sends to humans. */
  readonly mails: readonly string[];
  /** Names of the executions that the rescuer inspected, once per inspection. */
  readonly looked: readonly string[];
  /** Messages that the rescuer left for humans. */
  readonly deadLetters: readonly string[];
  /** Injects a fault into the rescuer's next call of this operation about an execution. */
  strike(name: string, operation: string, fault: Fault): void;
  /** Starts an order. Its execution has the same name. */
  start(order: string, stack?: 'Orders' | 'Hasty'): Promise<void>;
  /** Waits until the shop receives a request for the action. */
  asked(order: string, action: string): Promise<void>;
  stopExecution(name: string): Promise<void>;
  /** Waits until the execution has ended. */
  ended(name: string): Promise<ExecutionRecord>;
  /** Count of each action minus its undos. */
  balance(order: string): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** Sensitive data of an order. */
export const CARD = '4111-1111-1111-1111';

export const HASTE = Duration.seconds(4);

/** The two possible balances of an order. */
export const DONE = { reserve: 1, charge: 1, invoice: 1, label: 1, ship: 1 };
export const NOTHING = { reserve: 0, charge: 0, invoice: 0, label: 0, ship: 0 };

export async function startOrderWorld(): Promise<OrderWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-saga-'));
  const shop = await startShop();
  const logs: string[] = [];
  const told: string[] = [];
  const onLog = ({ text }: { readonly text: string }) => logs.push(text);
  const assembly = synthesize(join(folder, 'cdk.out'), shop.url);
  const clock = new VirtualClock();
  const cloud = await clock.run(startCloud({ assembly, onLog }));
  const { endpoint, credentials } = cloud;
  const sfn = onClock(clock, new SFNClient({ endpoint, credentials, region: 'us-east-1' }));
  const mails: string[] = [];
  const looked: string[] = [];
  const deadLetters: string[] = [];
  const faults = new Map<string, Fault>();
  cloud.inject(({ caller, service, operation, body, trigger }) => {
    const sent = service === 'sns' ? [new URLSearchParams(body).get('Message') ?? ''] : [];
    (caller.includes('Notifier') ? mails : told).push(...sent);
    if (!caller.includes('Saga')) return undefined;
    const name = String(JSON.parse(trigger).executionArn).replace(/^.*:/, '');
    if (operation === 'GetExecutionHistory' && !JSON.parse(body).nextToken) looked.push(name);
    if (operation === 'SendMessage') deadLetters.push(JSON.parse(body).MessageBody);
    const fault = faults.get(`${name} ${operation}`);
    faults.delete(`${name} ${operation}`);
    return fault;
  });
  return {
    clock,
    cloud,
    shop,
    logs,
    told,
    mails,
    looked,
    deadLetters,
    strike: (name, operation, fault) => void faults.set(`${name} ${operation}`, fault),
    async start(order, stack = 'Orders') {
      const stateMachineArn = cloud.outputs[`${stack}MachineArn`];
      await sfn.send(
        new StartExecutionCommand({ stateMachineArn, name: order, input: JSON.stringify({ order, card: CARD }) }),
      );
    },
    asked: async (order, action) => {
      const isIt = (entry: { order: string; action: string }) => entry.order === order && entry.action === action;
      await clock.until(() => expect(shop.asked.some(isIt), `${order} is asked to ${action}`).toBe(true));
    },
    async stopExecution(name) {
      await sfn.send(new StopExecutionCommand({ executionArn: execution(cloud, name)?.arn }));
    },
    ended: (name) =>
      clock.until(() => {
        const found = execution(cloud, name);
        if (!found || found.status === 'RUNNING') throw new Error(`${name} has not ended: ${found?.status}`);
        return found;
      }),
    balance: (order) => balance(shop.books, order),
    async stop() {
      sfn.destroy();
      await cloud.stop();
      await shop.stop();
      clock.uninstall();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function synthesize(outdir: string, shopUrl: string): string {
  const dependencies = { payments: { kind: 'http', baseUrl: shopUrl } as const };
  const app = createApp({ dependencies }, { reconcileEvery: Duration.hours(1), dashboards: false }, outdir);
  const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
  const stacks = [
    new OrderStack(app, 'Orders', { pipeline, shopUrl }),
    new OrderStack(app, 'Hasty', { pipeline, shopUrl, timeout: HASTE }),
  ];
  for (const stack of stacks) {
    // Each held request occupies a function instance.
    const askShop = stack.node.findChild('AskShop').node.defaultChild as CfnFunction;
    askShop.reservedConcurrentExecutions = 30;
  }
  return app.synth().directory;
}

function execution({ executions }: LocalCloud, name: string): ExecutionRecord | undefined {
  return executions.find((each) => each.name === name);
}
