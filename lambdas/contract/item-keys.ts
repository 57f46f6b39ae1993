/** Ends the dependency's part of a key, so that the keys of `pay` and `payments` share no prefix. */
export const KEY_SEPARATOR = '/';

/** Begins the keys of last good answers. The keys of failures begin with their dependency. */
export const ANSWER_PREFIX = 'answer#';

/** Begins the keys of operators' requests in the effects table. No dependency's records begin with it. */
export const OPERATOR_REQUESTS = 'operator';
