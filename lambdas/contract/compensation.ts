/**
 * How far the completed steps of a dead letter are undone.
 *
 * - `none`: there are no steps
 * - `not-run`: the undo has not begun
 * - `incomplete`: at least one step is not undone
 * - `done`: all steps are undone, but the operation itself may have taken effect
 */
export const COMPENSATIONS = ['none', 'not-run', 'incomplete', 'done'] as const;

export type Compensation = (typeof COMPENSATIONS)[number];

/** Whether completed steps of a dead letter are still in effect. Its text may be a stranger's. */
export function hasStepsLeft({ compensation }: { readonly compensation?: string | undefined }): boolean {
  return compensation === 'incomplete' || compensation === 'not-run';
}
