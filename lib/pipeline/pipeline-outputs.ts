import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { lanesPath } from '../parts/lane-parameters.ts';
import { serviceName } from '../parts/service-name.ts';
import type { ResiliencePipeline } from './resilience-pipeline.ts';

/** The props of {@link PipelineOutputs}. */
interface PipelineOutputsProps {
  /** The pipeline to describe, in the same stack. */
  readonly pipeline: ResiliencePipeline;
}

/**
 * Stack outputs with the names of a pipeline's parts; the operator's tool finds the pipeline by them. The outputs have
 * fixed names, so a stack can have them for one pipeline only.
 *
 * @example
 * new PipelineOutputs(stack, 'Outputs', { pipeline });
 */
export class PipelineOutputs extends Construct {
  constructor(scope: Construct, id: string, { pipeline }: PipelineOutputsProps) {
    super(scope, id);
    this.addShared(pipeline);
    this.addDashboards(pipeline);
    const { policies, readPolicies, revealPolicy } = pipeline.operatorAccess;
    this.addPolicies('OperatorPolicyArn', policies);
    this.addPolicies('ReaderPolicyArn', readPolicies);
    this.addPolicies('RevealPolicyArn', [revealPolicy]);
    // One parameter a lane below this path has its queues. Outputs for all lanes would be too many.
    this.add('LanesPath', lanesPath(pipeline));
  }

  private addShared(pipeline: ResiliencePipeline): void {
    const {
      bus,
      outcomes,
      store,
      rejects,
      lastResort,
      parked,
      recovery,
      escalations,
      health,
      notifier,
      auditArchive,
      bodies,
    } = pipeline;
    this.add('ServiceName', serviceName(pipeline));
    this.add('BusName', bus.eventBusName);
    this.add('OutcomeBusName', outcomes.eventBusName);
    this.add('LedgerTableName', store.ledger.tableName);
    this.add('EffectsTableName', store.effects.tableName);
    this.add('CircuitsTableName', store.circuits.tableName);
    this.add('AuditTableName', store.audit.tableName);
    if (auditArchive) this.add('AuditArchiveBucketName', auditArchive.bucketName);
    if (bodies) this.add('BodiesBucketName', bodies.bucketName);
    this.add('KeyArn', store.encryptionKey.keyArn);
    this.add('RejectsQueueUrl', rejects.queueUrl);
    this.add('LastResortQueueUrl', lastResort.queueUrl);
    this.add('ParkedQueueUrl', parked.queue.queueUrl);
    this.add('RecoveryMachineArn', recovery.stateMachine.stateMachineArn);
    this.add('RetentionMs', String(pipeline.retention.toMilliseconds()));
    this.add('P1TopicArn', escalations.humans.P1.topicArn);
    this.add('P2TopicArn', escalations.humans.P2.topicArn);
    this.add('AlertDeadLettersQueueUrl', notifier.undelivered.queueUrl);
    this.add('OperatorUrl', pipeline.operatorFunction.url);
    this.add('OperatorCommand', escalations.operatorCommand);
    if (health) this.add('HealthUrl', health.url.url);
  }

  private addPolicies(id: string, policies: readonly IManagedPolicy[]): void {
    for (const [at, { managedPolicyArn }] of policies.entries())
      this.add(id + (at === 0 ? '' : at + 1), managedPolicyArn);
  }

  private addDashboards({ dashboards, conflictDashboard }: ResiliencePipeline): void {
    const groups = dashboards?.dependencies.map((dashboard, at) => [`Dependencies${at + 1}`, dashboard] as const) ?? [];
    const shown = {
      Overview: dashboards?.overview,
      Cost: dashboards?.cost,
      Conflicts: conflictDashboard?.dashboard,
      ...Object.fromEntries(groups),
    };
    for (const [name, dashboard] of Object.entries(shown)) {
      if (dashboard) this.add(`${name}DashboardName`, dashboard.dashboardName);
    }
  }

  private add(id: string, value: string): void {
    new CfnOutput(Stack.of(this), id, { value });
  }
}
