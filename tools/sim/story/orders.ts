import { continueSaga, type SagaPorts } from '../../../lambdas/adapters/saga/continue-saga.ts';
import type { RescueRequest } from '../../../lambdas/contract/resume-points.ts';
import { transform } from '../../local/input-transform.ts';
import type { Invocation } from '../cloud/fleet.ts';
import { arnOf, type Task } from '../cloud/interpreter.ts';
import { Machine } from '../cloud/machines.ts';
import { Shop } from '../cloud/shop.ts';
import type { Deployment } from '../cloud/template.ts';
import { READ_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { SagaStory } from './scenario.ts';
import { MINUTE_MS } from './times.ts';

interface OrdersOptions extends Pick<Deployment, 'orders' | 'rescueInput'> {
  readonly story: SagaStory;
  /** Runs a task that does not ask the shop, such as an alert. */
  readonly run: (task: Task) => Promise<unknown>;
  /** Invokes the function that rescues sagas. */
  readonly invoke: (work: (invocation: Invocation<RescuePorts>) => Promise<unknown>) => Promise<unknown>;
  readonly keep: (body: string) => void;
}

interface RescuePorts {
  readonly saga: SagaPorts | undefined;
}

const APART_MS = 700;
/** Retries of a failed invocation, by Lambda. */
const RETRIES = 2;

/** Orders of an app, whose machine is the sample saga, and the rescue of those that stop. */
export class Orders {
  readonly shop: Shop;
  readonly machine: Machine;
  readonly names: readonly string[];
  /** What the rescue left to a human, by execution. */
  readonly leftOver: string[] = [];
  readonly #world: World;
  readonly #options: OrdersOptions;
  #rescuing = 0;
  #unsent: number;

  constructor(world: World, options: OrdersOptions) {
    this.#world = world;
    this.#options = options;
    const { story, orders: definition, run } = options;
    this.shop = new Shop(world, story.broken ?? []);
    this.names = Array.from({ length: story.orders }, (_, n) => `order-${n}`);
    this.#unsent = this.names.length;
    this.machine = new Machine({
      world,
      definition,
      name: 'order',
      // EventBridge delivers an event of AWS, or keeps it for a human.
      losesEvents: false,
      keepsHistory: true,
      run: (task) => this.#ask(task) ?? run(task),
      onFailure: (_, name) => this.#rescue(name),
    });
    for (const [n, name] of this.names.entries()) {
      world.after(n * APART_MS, () => {
        this.#unsent--;
        this.machine.start(name, JSON.stringify({ order: name }));
      });
    }
  }

  get isQuiet(): boolean {
    return this.#unsent + this.machine.running + this.machine.events + this.#rescuing === 0;
  }

  /** The ports of the rescuing function in one process. */
  ports(process: Process): SagaPorts {
    const { machine } = this;
    const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);
    const read = <T>(what: string, act: () => T) => process.request(what, act, { faults: READ_FAULTS });
    return {
      runbookUrl: 'runbook',
      keep: (message) => process.request('sqs.send last-resort', () => this.#leave(JSON.stringify(message))),
      executions: {
        async *history(arn) {
          yield* await read('sfn.history', () => machine.get(nameOf(arn))?.history.toReversed() ?? []);
          return undefined;
        },
        describe: (arn) => read('sfn.describe', () => ({ name: nameOf(arn), input: machine.get(nameOf(arn))?.input })),
        start: ({ name, input }) => process.request('sfn.start', () => this.#start(name, input)),
      },
    };
  }

  /** Of two starts with one name and input, the second does nothing. */
  #start(name: string, input: string): boolean {
    const known = this.machine.get(name);
    if (!known) this.machine.start(name, input);
    return known === undefined || (known.input === input && known.status === 'RUNNING');
  }

  #ask({ resource, input }: Task): Promise<object> | undefined {
    if (!resource.startsWith('function:AskShop')) return undefined;
    const { order, action } = input as { readonly order: string; readonly action: string };
    return this.shop.ask(order, action);
  }

  /** EventBridge sends what its rule makes of the event, and Lambda retries twice. */
  #rescue(name: string, retries = RETRIES): void {
    this.#rescuing++;
    const event = { detail: { executionArn: arnOf(name), stateMachineArn: 'machine' } };
    const text = transform(this.#options.rescueInput, event, { name: 'rescue', arn: 'rule' });
    const work = this.#options.invoke(async ({ ports: { saga } }) => {
      if (saga) await continueSaga(JSON.parse(text) as RescueRequest, saga);
    });
    const end = () => void this.#rescuing--;
    work.then(end, () => {
      end();
      if (retries === 0) return this.#leave(text);
      this.#rescuing++;
      this.#world.after(MINUTE_MS * (RETRIES + 1 - retries), () => {
        end();
        this.#rescue(name, retries - 1);
      });
    });
  }

  #leave(body: string): void {
    this.leftOver.push(body);
    this.#options.keep(body);
  }
}
