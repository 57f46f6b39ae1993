import { ReportedError } from '../../contract/report-errors.ts';

/** Most errors around the one that Backstop has. */
const MAX_DEPTH = 10;

/**
 * Finds the failure that Backstop has already: an error of any copy of this package, also as the cause of another one.
 * Of errors side by side, Backstop must have all.
 */
export function reportedIn(error: unknown, depth = MAX_DEPTH): ReportedError | undefined {
  if (error instanceof ReportedError) return error;
  if (depth === 0) return undefined;
  const parts = fieldOf(error, 'errors');
  const found = Array.isArray(parts) ? parts.slice(0, MAX_DEPTH).map((part) => reportedIn(part, depth - 1)) : [];
  const isWhole = Array.isArray(parts) && parts.length <= MAX_DEPTH && found.every((part) => part !== undefined);
  if (isWhole && found[0]) return found[0];
  const cause = fieldOf(error, 'cause');
  return cause === undefined ? undefined : reportedIn(cause, depth - 1);
}

/** A getter of a stranger's error may throw. */
function fieldOf(error: unknown, key: string): unknown {
  try {
    return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
  } catch {
    return undefined;
  }
}
