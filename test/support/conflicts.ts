import type { ConflictPorts } from '../../lambdas/use-cases/recovery/attempt-operation.ts';

/** For tests without a conflict: each comparison fails the test. */
export const NO_CONFLICTS: ConflictPorts = {
  read: () => Promise.reject(new Error('nothing was to be read')),
  askResolver: () => Promise.reject(new Error('nobody was to be asked')),
  decisionMs: 60_000,
  deadlineMs: 6 * 3_600_000,
};
