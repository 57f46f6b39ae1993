/** Names that travel in events. Each boundary checks them by the same pattern. */

/** Id of a failure. */
export const FAILURE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const CORRELATION_ID = /^[\x21-\x7e]{1,128}$/;

export const TENANT = /^[A-Za-z0-9._-]{1,64}$/;

/** Name of a dependency. */
export const DEPENDENCY = /^[a-z][a-z0-9-]{0,39}$/;

/** Key of a circuit: `dependency` or `dependency/tenant`. */
export const CIRCUIT = /^[a-z][a-z0-9-]{0,39}(\/[\w.-]{1,64})?$/;
