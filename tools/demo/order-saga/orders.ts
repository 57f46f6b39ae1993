import { setTimeout as pause } from 'node:timers/promises';
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { ExecutionRecord, LocalCloud } from '../../local/cloud.ts';
import { REGION } from '../../local/resource-kinds.ts';
import type { Report } from '../report.ts';
import { balance, type Shop, type Trouble } from './shop.ts';

const POLL_MS = 50;
/** The longest wait. */
const LIMIT_MS = 15_000;

interface Order {
  readonly name: string;
  readonly say: string;
  /** The fault to inject, if any. */
  readonly trouble?: readonly [action: string, trouble: Trouble];
  readonly isStopped?: boolean;
  /** Whether the order completes; otherwise the saga must undo all of it. */
  readonly succeeds: boolean;
}

const ORDERS: readonly Order[] = [
  { name: 'order-1', say: 'Nothing fails: each step runs once.', succeeds: true },
  {
    name: 'order-2',
    trouble: ['ship', 'fails-after'],
    succeeds: false,
    say: 'It ships, but the call reports a failure: the saga recalls the shipment and undoes all steps before it.',
  },
  {
    name: 'order-3',
    trouble: ['charge', 'held-after'],
    isStopped: true,
    succeeds: false,
    say: 'Someone stops the execution while it charges the card: another execution undoes the order.',
  },
];

export interface OrdersOptions {
  readonly cloud: LocalCloud;
  readonly shop: Shop;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Runs orders through the sample saga and prints what happened to each. Returns whether the shop's records balance. */
export async function takeOrders({ cloud, shop, report, signal }: OrdersOptions): Promise<boolean> {
  const sfn = new SFNClient({ endpoint: cloud.endpoint, credentials: cloud.credentials, region: REGION });
  report.title('Orders as a saga: each one completes or is undone as a whole');
  const balances: boolean[] = [];
  for (const order of ORDERS) {
    await take(order, sfn, { cloud, shop, signal });
    const actions = shop.books.filter((entry) => entry.order === order.name).map(({ action }) => action);
    const isBalanced = Object.values(balance(shop.books, order.name)).every((net) => net === Number(order.succeeds));
    balances.push(isBalanced);
    const mark = isBalanced ? report.style('green', '✓') : report.style('red', '✗');
    report.line(`${mark} ${order.name}  ${order.succeeds ? 'completed' : 'undone'}`);
    report.note(actions.join(', '));
    report.note(order.say, 'dim');
  }
  sfn.destroy();
  return balances.every(Boolean);
}

async function take(
  { name, trouble, isStopped }: Order,
  sfn: SFNClient,
  { cloud, shop, signal }: Omit<OrdersOptions, 'report'>,
): Promise<void> {
  if (trouble) shop.trouble(name, ...trouble);
  const stateMachineArn = cloud.outputs.OrdersMachineArn;
  const input = JSON.stringify({ order: name });
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  const until = async (condition: () => boolean) => {
    const giveUpAt = Date.now() + LIMIT_MS;
    while (!condition() && Date.now() < giveUpAt) await pause(POLL_MS, undefined, { signal });
  };
  const hasEnded = (execution: string) => cloud.executions.some((each) => each.name === execution && isOver(each));
  if (isStopped) {
    await until(() => shop.asked.some((entry) => entry.order === name && entry.action === trouble?.[0]));
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await until(() => hasEnded(`${name}+saga1`));
    shop.letGo(name);
  } else await until(() => hasEnded(name));
}

function isOver({ status }: ExecutionRecord): boolean {
  return status !== 'RUNNING';
}
