import type { FailureName } from '../../contract/failure-key.ts';

/** Path of a state machine's operation. It names the execution to redrive. */
const PATH = /^\/executions\/([^/]+)\/redrive$/;
/**
 * Name of a replacement execution: the failure's tenant, if any, its id and a count. Neither tenant nor id contains
 * a `+`.
 */
const REPLACEMENT = /^(?:([A-Za-z0-9._-]{1,64})\+)?([A-Za-z0-9][A-Za-z0-9._-]{0,63})\+again(\d{1,6})$/;
/** The longest name that Step Functions allows. */
const MAX_NAME = 80;

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
 * Name of the execution that replaces one that can't be redriven. It names tenant and id in full, because its own
 * failure must find the failure that it belongs to.
 *
 * @returns undefined if tenant and id together are too long for a name
 */
export function replacementExecutionName(
  name: string,
  { tenant, id }: Pick<FailureName, 'tenant' | 'id'>,
): string | undefined {
  const owner = tenant === undefined ? id : `${tenant}+${id}`;
  const replacement = `${owner}+again${Number(REPLACEMENT.exec(name)?.[3] ?? 0) + 1}`;
  return replacement.length > MAX_NAME ? undefined : replacement;
}

/** The failure, of the machine's own dependency, that a replacement execution belongs to; undefined for others. */
export function failureOfReplacement(name: string): Pick<FailureName, 'tenant' | 'id'> | undefined {
  const [, tenant, id] = REPLACEMENT.exec(name) ?? [];
  return id === undefined ? undefined : { tenant, id };
}
