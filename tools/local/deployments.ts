import { setTimeout as sleep } from 'node:timers/promises';
import { isRinging } from './alarms.ts';
import type { Assembly } from './assembly.ts';
import { type IsLate, type Shift, shiftsBetween } from './canaries.ts';
import type { LiveAssembly } from './live-assembly.ts';
import type { Metrics } from './metrics.ts';
import type { Access } from './policies/access.ts';
import { checkDeliveries } from './policies/deliveries.ts';

/** A deployment that has begun. */
export interface Deployment {
  /** How it ends, once no alias shifts any more. An alarm of one alias takes all of it back, as CloudFormation does. */
  readonly ended: Promise<Ending>;
}

type Ending = 'complete' | 'taken back' | 'stopped';

/** What keeps its state over deployments. */
export interface Deployable {
  /** Starts what the assembly has now, in place of what it had before. */
  deploy(shifts: readonly Shift[], isLate: IsLate): Promise<void>;
  /** Gives the new version all traffic. @param target ARN of the function or machine */
  complete(target: string): void;
}

interface Cloud {
  readonly assembly: LiveAssembly;
  readonly access: Access;
  readonly metrics: Metrics;
  readonly running: Deployable;
  readonly stopped: AbortSignal;
}

const MINUTE_MS = 60_000;

/**
 * Deploys versions of an app, one after the other. All but the traffic of aliases changes at once, where CloudFormation
 * takes some minutes.
 */
export class Deployments {
  readonly #cloud: Cloud;
  #current: Assembly;
  #isBusy = false;

  constructor(cloud: Cloud, first: Assembly) {
    this.#cloud = cloud;
    this.#current = first;
  }

  /**
   * @param isLate what stays as it is until the next deployment
   * @throws Error if another deployment has not ended, or if the version adds or removes a table
   */
  async deploy(next: Assembly, isLate: IsLate): Promise<Deployment> {
    if (this.#isBusy) throw new Error('a deployment is in progress: CloudFormation refuses another one');
    refuseOtherTables(this.#current, next);
    this.#isBusy = true;
    const before = this.#current;
    const shifts = shiftsBetween(before, next);
    await this.#put(next, shifts, isLate).catch((error) => {
      this.#isBusy = false;
      throw error;
    });
    const ended = this.#watch(shifts, before).finally(() => {
      this.#isBusy = false;
    });
    // What nobody waits for must not end the process.
    ended.catch(() => {});
    return { ended };
  }

  async #put(assembly: Assembly, shifts: readonly Shift[], isLate: IsLate): Promise<void> {
    const { assembly: live, access, running } = this.#cloud;
    live.deploy(assembly);
    access.deploy();
    checkDeliveries(assembly, access);
    await running.deploy(shifts, isLate);
    this.#current = assembly;
  }

  /** Looks at the alarms each minute, as CodeDeploy and Step Functions do. */
  async #watch(shifts: readonly Shift[], before: Assembly): Promise<Ending> {
    const { running, stopped } = this.#cloud;
    let left = shifts;
    for (let minute = 0; left.length > 0; minute++) {
      if (await this.#anyRings(left)) {
        await this.#put(before, [], () => false);
        return 'taken back';
      }
      for (const { target } of left.filter(({ minutes }) => minutes <= minute)) running.complete(target);
      left = left.filter(({ minutes }) => minutes > minute);
      const isOver = left.length === 0 || (await sleep(MINUTE_MS, false, { signal: stopped }).catch(() => true));
      if (isOver && left.length > 0) return 'stopped';
    }
    return 'complete';
  }

  async #anyRings(shifts: readonly Shift[]): Promise<boolean> {
    const { assembly, metrics } = this.#cloud;
    const names = new Set(shifts.flatMap(({ alarms }) => alarms));
    const rings = await Promise.all([...names].map((name) => isRinging(name, assembly, metrics)));
    return rings.includes(true);
  }
}

const TABLES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];

function refuseOtherTables(before: Assembly, after: Assembly): void {
  const [had, has] = [before, after].map((assembly) =>
    assembly
      .all(...TABLES)
      .map(({ name }) => name)
      .toSorted(),
  );
  if (String(had) !== String(has)) throw new Error(`the embedded cloud keeps its tables, got ${has} after ${had}`);
}
