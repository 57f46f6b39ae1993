import type { Choice } from '../../../lambdas/contract/conflict-record.ts';
import type { HttpOperation } from '../../../lambdas/contract/failure.ts';
import type { FallbackSettings, HttpSettings } from '../../../lambdas/contract/settings.ts';
import type { Behaviour } from '../cloud/dependency.ts';

/** What others do to the resource of an update, and what humans decide. */
export interface ConflictStory {
  /** Changes by other writers: of the field that the update changes, too (`a`), or of another. */
  readonly others: readonly { readonly afterMs: number; readonly field: 'a' | 'b' | 'c' }[];
  /** Decisions about each question, by humans who don't know of each other. */
  readonly answers: readonly Choice[];
}

/** Orders of an app with a saga, whose steps ask a shop. Their alerts reach the notifier. */
export interface SagaStory {
  readonly orders: number;
  /** Actions that always fail. @default - none */
  readonly broken?: readonly string[];
}

/** A deployment of another config while failures are under way. Functions that run keep the one they have. */
export interface Deploy {
  readonly afterMs: number;
  /** Settings of `payments` that change. */
  readonly settings?: Partial<HttpSettings>;
  /** Dependencies that the config no longer has. */
  readonly without?: readonly string[];
}

/** One story: what failed, how the dependencies behave, and what humans do. Faults come on top of it. */
export interface Scenario {
  readonly name: string;
  /**
   * Texts, one of which the name and number of a point contain, such as `worker ledger.get 3`. Single faults happen
   * there. Elsewhere another story has the same.
   * @default - everywhere
   */
  readonly focus?: readonly string[];
  /** Number of failures, a third of a second apart. @default 1 */
  readonly failures?: number;
  /** @default 'POST' */
  readonly method?: HttpOperation['method'];
  /** The answer that the caller got before it reported the failure. @default 429 */
  readonly reportedStatus?: number;
  /** Steps that were done before the operation. Their undos call `stock`. @default 0 */
  readonly steps?: number;
  /** Settings of `payments` that differ. */
  readonly settings?: Partial<HttpSettings>;
  readonly fallback?: FallbackSettings;
  readonly payments?: Behaviour;
  readonly stock?: Behaviour;
  readonly backup?: Behaviour;
  /** Times that an operator moves each dead letter back to its lane. @default 0 */
  readonly redrives?: number;
  /** Cycles in which another operator discards the dead letter, at about the same time. @default 0 */
  readonly discards?: number;
  /** The operation is an update that has lost a race. @default - it has not */
  readonly conflict?: ConflictStory | undefined;
  /** @default - the config stays */
  readonly deploys?: readonly Deploy[] | undefined;
  /** All failures are about one resource, whose lane is ordered. @default false */
  readonly isOrdered?: boolean;
  /** Whether all functions are of an earlier version until the first deployment. @default false */
  readonly startsOlder?: boolean;
  /** Whether executions are those of the version before, which continue after a deployment. @default false */
  readonly hasMachineBefore?: boolean;
  /** @default - no saga */
  readonly saga?: SagaStory | undefined;
  /** Whether signals reach the notifier, and what it tells humans is checked. @default false */
  readonly tellsHumans?: boolean;
  /**
   * Whether ledger and effects table store items, which the adapters change by DynamoDB's expressions. Otherwise they
   * execute the transitions themselves, which is faster.
   * @default false
   */
  readonly storesItems?: boolean;
  /**
   * Whether operations have items of their own, as large ones do. Functions of an earlier version keep them in entries.
   * @default false
   */
  readonly storesApart?: boolean;
}
