export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** When a schedule starts, in epoch milliseconds. */
export const STARTS_AT = Date.parse('2026-03-01T12:00:00.000Z');
/** How long after its last change the reconciler checks an unfinished entry. */
export const RECONCILE_AFTER_MS = 15 * MINUTE_MS;
export const RECONCILE_EVERY_MS = 5 * MINUTE_MS;
export const RETENTION_MS = 30 * DAY_MS;
