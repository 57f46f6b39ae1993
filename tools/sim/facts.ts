import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { Made, Read } from './cloud/dependency.ts';
import type { Written } from './cloud/resource.ts';
import type { Scenario } from './story/scenario.ts';
import type { Services } from './story/services.ts';

/** A promise that a schedule broke. */
export interface Violation {
  /** The promise, in the words of README and architecture. */
  readonly invariant: string;
  readonly about: string;
}

/** What one failure came to, and what the dependencies saw of it. */
export interface Facts {
  readonly services: Services;
  readonly scenario: Scenario;
  readonly id: string;
  readonly entry: LedgerEntry;
  /** Effects of the operation at its dependency, and at the backup. */
  readonly made: readonly Made[];
  readonly madeAtBackup: readonly Made[];
  /** Calls of the operation, if its dependency has pages. */
  readonly reads: readonly Read[];
  /** Effects of the undos, by step. */
  readonly undone: readonly (readonly Made[])[];
  /** What Backstop wrote to the resource of an update, in a story of a conflict. */
  readonly written: readonly Written[];
}

/** Says what is wrong; undefined if nothing is. */
export type Check = (facts: Facts) => string | false | undefined;
