/** What an operation of a state machine says: which execution is to go on. */
const PATH = /^\/executions\/([^/]+)\/redrive$/;
/** Behind the id of its failure; no id of an event contains a `+`. */
const LINK = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\+again(\d{1,6})$/;

export function executionPath(name: string): string {
  return `/executions/${encodeURIComponent(name)}/redrive`;
}

export function isExecutionPath(path: string): boolean {
  return PATH.test(path);
}

/** @throws Error where the path is none of an execution, which the boundary lets not pass */
export function executionNamed(path: string): string {
  const [, name] = PATH.exec(path) ?? [];
  if (name === undefined) throw new Error('the operation names no execution');
  return decodeURIComponent(name);
}

/** Name of the execution that takes the place of one that can't be redriven: at most 77 of the 80 characters of a name. */
export function linkAfter(name: string, failureId: string): string {
  return `${failureId}+again${Number(LINK.exec(name)?.[2] ?? 0) + 1}`;
}

/** The failure for which an execution of this name was started, if it was. */
export function failureLinkedBy(name: string): string | undefined {
  return LINK.exec(name)?.[1];
}
