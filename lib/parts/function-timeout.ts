import { Annotations, Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { shown } from '../config/values.ts';

/** Lambda's own, which the CDK leaves to it. */
const DEFAULT = Duration.seconds(3);

interface Need {
  /** How long the function must be able to run, in milliseconds. */
  readonly ms: number;
  /** What takes this time. */
  readonly what: string;
  /** What is lost otherwise. */
  readonly otherwise: string;
}

/** Warns of a function that Lambda ends before its call of a dependency has ended, or before the report is sent. */
export function warnOfShortTimeout(fn: LambdaFunction, { ms, what, otherwise }: Need): void {
  const { timeout = DEFAULT } = fn;
  if (timeout.isUnresolved() || timeout.toMilliseconds() >= ms) return;
  const [has, needs] = [timeout.toSeconds(), Math.ceil(ms / 1_000)];
  Annotations.of(fn).addWarningV2(
    'backstop:functionTimeout',
    `function ${shown(fn.node.path)} ends after ${has} s, but needs up to ${needs} s for ${what}: otherwise ${otherwise}; set its timeout to Duration.seconds(${needs}) or more (docs/reporting.md#the-timeout-of-your-function)`,
  );
}
