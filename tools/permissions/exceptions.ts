/** What policies grant although no call of an end-to-end test needs it. */
export interface Exception {
  /** Names of roles, managed policies or resources. */
  readonly owner: RegExp;
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [];
