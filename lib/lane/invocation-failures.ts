import { Duration } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventInvokeConfig, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import * as v from 'valibot';
import { INVOCATION_FAILED } from '../../lambdas/contract/aws-events.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { mistakesIn, settings } from '../config/schema.ts';
import { ConfigError } from '../config/validate-config.ts';
import { duration, inWhole, whole } from '../config/values.ts';

/** How Lambda itself retries an asynchronous invocation, before Backstop does. */
export interface InvocationRetry {
  /** How often Lambda retries, 0 to 2. @default 2 */
  readonly retryAttempts?: number;

  /** For how long Lambda retries, 1 min to 6 h in whole seconds. @default Duration.hours(6) */
  readonly maxEventAge?: Duration;
}

const RETRY = settings({
  retryAttempts: v.optional(whole(0, 2)),
  maxEventAge: v.optional(inWhole('seconds', duration(Duration.minutes(1), Duration.hours(6)), 'the unit of Lambda')),
});

interface InvocationFailuresProps extends InvocationRetry {
  /** Your function or its alias. */
  readonly fn: IFunction;
  /** The bus that receives the failures. */
  readonly bus: IEventBus;
}

/**
 * Sends failed asynchronous invocations of a function to the Backstop bus. All its resources are in the pipeline's
 * stack, which already refers to the function. References in both directions would be a cycle between stacks.
 */
export class InvocationFailures extends Construct {
  constructor(scope: Construct, id: string, { fn, bus, ...retry }: InvocationFailuresProps) {
    super(scope, id);
    ConfigError.throwIfAny(mistakesIn(RETRY, retry));
    const { role } = fn;
    if (!role) {
      throw new ConfigError([
        `fn must have a role that Backstop can allow to send to the bus, got ${fn.node.path}, imported without a role`,
      ]);
    }
    const policy = new Policy(this, 'Policy', {
      statements: [
        new PolicyStatement({
          actions: ['events:PutEvents'],
          resources: [bus.eventBusArn],
          // Every entry has both keys. Lambda's check of a new destination may not.
          conditions: {
            StringEqualsIfExists: { 'events:source': 'lambda', 'events:detail-type': INVOCATION_FAILED },
          },
        }),
      ],
      roles: [role],
    });
    const config = new EventInvokeConfig(this, 'Destination', {
      ...retry,
      function: fn,
      onFailure: { bind: () => ({ destination: bus.eventBusArn }) },
    });
    // Lambda rejects a destination without the permission to send to it.
    config.node.addDependency(policy);
  }
}

/** @throws ConfigError if the config has no such dependency, or if it is not a function */
export function functionDependency(
  name: string,
  lanes: ReadonlyMap<string, { readonly settings: DependencySettings }>,
): void {
  const kind = lanes.get(name)?.settings.kind;
  const known = [...lanes].filter(([, { settings }]) => settings.kind === 'lambda').map(([lane]) => `'${lane}'`);
  if (kind === 'lambda') return;
  const choices =
    known.length > 0 ? `one of ${known.join(', ')}` : "a dependency of kind 'lambda' (the config has none)";
  throw new ConfigError([`dependency must be ${choices}, got '${name}'`]);
}
