/** No attempt begins, and no delay ends, later than this after the worker took the failure up. */
export const HOT_BUDGET_MS = 2_000;
