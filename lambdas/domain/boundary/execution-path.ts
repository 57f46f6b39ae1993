/** Path of a state machine's operation. It names the execution to redrive. */
const PATH = /^\/executions\/([^/]+)\/redrive$/;
/** Name of a replacement execution: the failure's id, a separator and a count. Event ids contain no `+`. */
const REPLACEMENT = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\+again(\d{1,6})$/;

export function executionPath(name: string): string {
  return `/executions/${encodeURIComponent(name)}/redrive`;
}

export function isExecutionPath(path: string): boolean {
  return PATH.test(path);
}

/**
 * @returns the name of the execution to redrive
 * @throws Error if the path names none, which validation rules out
 */
export function executionNameFromPath(path: string): string {
  const [, name] = PATH.exec(path) ?? [];
  if (name === undefined) throw new Error('the operation names no execution');
  return decodeURIComponent(name);
}

/**
 * Name of the execution that replaces one that can't be redriven. Uses at most 77 of the 80 characters that Step
 * Functions allows.
 */
export function replacementExecutionName(name: string, failureId: string): string {
  return `${failureId}+again${Number(REPLACEMENT.exec(name)?.[2] ?? 0) + 1}`;
}

/** Id of the failure that a replacement execution belongs to; undefined for other executions. */
export function failureOfReplacement(name: string): string | undefined {
  return REPLACEMENT.exec(name)?.[1];
}
