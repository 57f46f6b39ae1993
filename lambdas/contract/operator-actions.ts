/** What an operator can do that changes state, or shows what is masked. */
export const OPERATOR_ACTIONS = [
  'circuit-forced',
  'circuit-released',
  'lane-paused',
  'lane-resumed',
  'redrive',
  'discard',
  'edit',
  'decide',
  'incident-acknowledged',
  'reveal',
] as const;

export type OperatorAction = (typeof OPERATOR_ACTIONS)[number];
