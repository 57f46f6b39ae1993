import { Duration } from 'aws-cdk-lib';
import { Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { CircuitGuard, type CircuitGuardProps, ConfigError, ResiliencePipeline } from '../../../lib/index.ts';
import { ownStack, standIns, testConfig } from '../templates.ts';

const { circuitFunction: circuits } = new ResiliencePipeline(ownStack(), 'Backstop', {
  ...testConfig,
  handlers: standIns(),
});

describe('the props of a CircuitGuard', () => {
  it.each<[string, (scope: Construct) => CircuitGuardProps]>([
    [
      "dependency must be one of 'payments', 'stock-levels' (or add it to the config), got 'payment'",
      (scope) => ({ dependency: 'payment', circuits, guarded: new Pass(scope, 'Charge') }),
    ],
    [
      "tenantPath must be a path in the input such as '$.tenant', got 'tenant'",
      (scope) => ({
        dependency: 'payments',
        circuits,
        guarded: new Pass(scope, 'Charge'),
        tenantPath: 'tenant',
      }),
    ],
    [
      'maxDuration must be at most 1 day, got 2 days',
      (scope) => ({
        dependency: 'payments',
        circuits,
        guarded: new Pass(scope, 'Charge'),
        maxDuration: Duration.days(2),
      }),
    ],
  ])('fails the synth where it is mistyped: %s', (mistake, props) => {
    const scope = ownStack();
    const act = () => new CircuitGuard(scope, 'Payments', props(scope));
    expect(act).toThrow(new ConfigError([mistake]));
  });
});
