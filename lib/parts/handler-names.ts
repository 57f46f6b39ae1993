/** Handlers, one file each. */
export const HANDLERS = [
  'unroutable',
  'adopter',
  'sorter',
  'worker',
  'attempt',
  'resolve',
  'ask',
  'degrade',
  'undo',
  'classify',
  'settle',
  'publisher',
  'reconciler',
  'redriver',
  'circuit',
  'saga',
  'health',
  'notifier',
  'operator',
  'archiver',
] as const;

export type HandlerName = (typeof HANDLERS)[number];
