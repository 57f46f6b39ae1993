import { Token } from 'aws-cdk-lib';

/** Settings that take a token. The deployed functions get their values from CloudFormation. */
const LATE: ReadonlySet<string> = new Set([
  'baseUrl',
  'functionArn',
  'stateMachineArn',
  'queueArn',
  'queueKeyArn',
  'deadLetterQueueArn',
  'deadLetterQueueKeyArn',
  'runbookUrl',
]);

/** Props that others check, or that hold constructs. */
const OTHERS: ReadonlySet<string> = new Set(['dependencies', 'store', 'vpc', 'subnets', 'securityGroups']);

/**
 * Yields a mistake for each setting whose value exists only after the deployment, though a file or a pattern needs it
 * at synth. Without this check, the deployed functions would miss the value.
 *
 * @param path of the value
 */
export function* unknownAtSynth(value: unknown, path = ''): Generator<string> {
  const pending: (readonly [path: string, value: unknown])[] = [[path, value]];
  const seen = new Set<unknown>();
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [at, each] = next;
    if (Token.isUnresolved(each))
      yield `${at} must be known at synth, got a value that exists only after the deployment: write it out`;
    else if (!seen.has(each)) pending.push(...membersOf(each, at).toReversed());
    if (typeof each === 'object') seen.add(each);
  }
}

function membersOf(value: unknown, path: string): readonly (readonly [path: string, value: unknown])[] {
  if (Array.isArray(value)) return value.map((each, at) => [`${path}[${at}]`, each] as const);
  if (!isLiteral(value)) return [];
  return Object.entries(value)
    .filter(([name]) => !LATE.has(name) && !OTHERS.has(name))
    .map(([name, each]) => [path === '' ? name : `${path}.${name}`, each] as const);
}

/** An object of the config, no construct and no Duration. */
function isLiteral(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
