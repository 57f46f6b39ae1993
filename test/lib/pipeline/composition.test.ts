import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { toSettings } from '../../../lib/config/config.ts';
import { ConfigError } from '../../../lib/config/validate-config.ts';
import { DependencyLane, type DependencyLaneProps } from '../../../lib/lane/dependency-lane.ts';
import { ParkedDeadLetters } from '../../../lib/lane/parked-dead-letters.ts';
import { OutcomeBus } from '../../../lib/parts/buses.ts';
import { Escalations } from '../../../lib/parts/escalations.ts';
import { FailureStore } from '../../../lib/parts/failure-store.ts';
import { bundleHandlers } from '../../../lib/parts/handler-bundle.ts';
import type { SharedParts } from '../../../lib/parts/shared-parts.ts';
import { OutboxPublisher } from '../../../lib/recovery/outbox-publisher.ts';
import { Reconciler } from '../../../lib/recovery/reconciler.ts';
import { RecoveryFunctions } from '../../../lib/recovery/recovery-functions.ts';
import { RecoveryMachine } from '../../../lib/recovery/recovery-machine.ts';
import { standIns, temporaryFolder } from '../templates.ts';

function ownStack(): Stack {
  return new Stack(new App({ outdir: temporaryFolder(), builtinCloudFormationValidation: false }), 'Own');
}

describe('the parts of a pipeline', () => {
  it('make up a lane, on a bus and a store of your choice', () => {
    const stack = ownStack();
    const dependency = { kind: 'http', baseUrl: 'https://stock.example.com' } as const;
    const settings = [toSettings('stock', dependency)];
    const store = new FailureStore(stack, 'Store');
    const { encryptionKey } = store;
    const lastResort = new Queue(stack, 'LastResort');
    const parts: SharedParts = {
      code: bundleHandlers(settings, standIns()),
      store,
      bus: new EventBus(stack, 'Bus'),
      outcomes: new OutcomeBus(stack, 'Outcomes', { encryptionKey, deadLetterQueue: lastResort }),
      escalations: new Escalations(stack, 'Escalations', {
        encryptionKey,
        runbookUrl: 'runbook',
        operatorCommand: 'backstop',
        lastResort,
      }),
      runbookUrl: 'runbook',
      deadline: Duration.hours(1),
      decisionTimeout: Duration.days(1),
      retention: Duration.days(30),
      reconcileAfter: Duration.minutes(15),
      logRetention: RetentionDays.ONE_WEEK,
      separateOperations: true,
    };
    const functions = new RecoveryFunctions(stack, 'Functions', { ...parts, settings, resolvers: {} });
    const recovery = new RecoveryMachine(stack, 'Recovery', {
      ...parts,
      functions,
      lastResort,
      retryInterval: Duration.seconds(20),
    });
    new OutboxPublisher(stack, 'Publisher', { ...parts, lastResort });
    const reconcileEvery = Duration.minutes(5);
    const reconciler = new Reconciler(stack, 'Reconciler', { ...parts, lastResort, recovery, reconcileEvery });
    const rejects = new Queue(stack, 'Rejects');
    const parked = new ParkedDeadLetters(stack, 'Parked', { encryptionKey, escalations: parts.escalations });
    const others = { recovery, rejects, parked: parked.queue };
    const lane = new DependencyLane(stack, 'Lane', { ...parts, name: 'stock', dependency, ...others });

    reconciler.allowDeadLettersTo(lane.deadLetterQueue);

    expect(lane.settings).toEqual(settings[0]);
    const template = Template.fromStack(stack);
    expect(() => template.resourceCountIs('AWS::Lambda::EventSourceMapping', 3)).not.toThrow();
    expect(() => template.resourceCountIs('AWS::Lambda::Function', 10)).not.toThrow();
  });

  it('fail the synth where the lane is mistyped', () => {
    const act = () => new DependencyLane(ownStack(), 'Lane', { name: 'Stock' } as DependencyLaneProps);
    expect(act).toThrow(ConfigError);
  });
});
