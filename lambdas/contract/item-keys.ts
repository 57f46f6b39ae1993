/** Ends the dependency's part of a key, so that the keys of `pay` and `payments` share no prefix. */
export const KEY_SEPARATOR = '/';

/** Begins the keys of last good answers. The keys of failures begin with their dependency. */
export const ANSWER_PREFIX = 'answer#';

/** Begins the keys of a dependency's incidents in the ledger table. */
export const INCIDENTS_PREFIX = 'incidents#';

/** Begins the keys of a queue's latest redrive in the ledger table. */
export const RUN_PREFIX = 'redrive#';

/** Begins the keys of operators' requests in the effects table. No dependency's records begin with it. */
export const OPERATOR_REQUESTS = 'operator';

/** Stands between the key of a failure and the name of its operation's item. No key of a failure contains it. */
export const OPERATION_INFIX = '#operation#';
