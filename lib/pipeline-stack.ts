import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { pascalCase } from './pascal-case.ts';
import { ResiliencePipeline, type ResiliencePipelineProps } from './resilience-pipeline.ts';

export interface PipelineStackProps extends StackProps {
  readonly pipeline: ResiliencePipelineProps;
}

/** A pipeline, with the names of its parts as outputs. */
export class PipelineStack extends Stack {
  readonly pipeline: ResiliencePipeline;

  constructor(scope: Construct, id: string, { pipeline, ...props }: PipelineStackProps) {
    super(scope, id, props);
    this.pipeline = new ResiliencePipeline(this, 'Pipeline', pipeline);
    const { bus, store, rejects, lastResort, parked, recovery, escalations, lanes, health, notifier } = this.pipeline;
    this.output('BusName', bus.eventBusName);
    this.output('LedgerTableName', store.ledger.tableName);
    this.output('EffectsTableName', store.effects.tableName);
    this.output('CircuitsTableName', store.circuits.tableName);
    this.output('KeyArn', store.encryptionKey.keyArn);
    this.output('RejectsQueueUrl', rejects.queueUrl);
    this.output('LastResortQueueUrl', lastResort.queueUrl);
    this.output('ParkedQueueUrl', parked.queue.queueUrl);
    this.output('RecoveryMachineArn', recovery.stateMachine.stateMachineArn);
    this.output('P1TopicArn', escalations.humans.P1.topicArn);
    this.output('P2TopicArn', escalations.humans.P2.topicArn);
    this.output('AlertDeadLettersQueueUrl', notifier.undelivered.queueUrl);
    if (health) this.output('HealthUrl', health.url.url);
    const { dashboards, conflictDashboard } = this.pipeline;
    const shown = { Overview: dashboards?.overview, Cost: dashboards?.cost, Conflicts: conflictDashboard?.dashboard };
    for (const [name, dashboard] of Object.entries(shown)) {
      if (dashboard) this.output(`${name}DashboardName`, dashboard.dashboardName);
    }
    for (const [at, policy] of this.pipeline.operatorAccess.policies.entries())
      this.output(`OperatorPolicyArn${at === 0 ? '' : at + 1}`, policy.managedPolicyArn);
    for (const [name, { queue, deadLetterQueue, order, source, settings }] of lanes) {
      const prefix = pascalCase(name);
      // What the operator's tool reads.
      this.output(
        `${prefix}Lane`,
        this.toJsonString({
          name,
          kind: settings.kind,
          queueUrl: queue.queueUrl,
          deadLetterQueueUrl: deadLetterQueue.queueUrl,
          ...(order && { orderedQueueUrl: order.queue.queueUrl }),
          maxCycles: settings.redrive.maxCycles,
          ...(settings.conflict.sensitive.length > 0 && { sensitive: settings.conflict.sensitive }),
          sourceId: source.eventSourceMappingId,
        }),
      );
      this.output(`${prefix}LaneQueueUrl`, queue.queueUrl);
      this.output(`${prefix}LaneQueueArn`, queue.queueArn);
      if (order) this.output(`${prefix}OrderedQueueUrl`, order.queue.queueUrl);
      this.output(`${prefix}DeadLetterQueueUrl`, deadLetterQueue.queueUrl);
      this.output(`${prefix}DeadLetterQueueArn`, deadLetterQueue.queueArn);
    }
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}
