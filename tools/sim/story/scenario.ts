import type { HttpOperation } from '../../../lambdas/contract/failure.ts';
import type { FallbackSettings, HttpSettings } from '../../../lambdas/contract/settings.ts';
import type { Behaviour } from '../cloud/dependency.ts';

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
}
