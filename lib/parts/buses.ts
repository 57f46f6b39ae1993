import { Lazy, Names } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE, OPERATION_FAILED } from '../../lambdas/contract/events.ts';
import type { BackstopFunction } from './backstop-function.ts';
import { letEventBridgeSend } from './event-delivery.ts';
import { allow } from './permissions.ts';
import { linkGrantee } from './stack-links.ts';

interface BusProps {
  readonly encryptionKey: IKey;
  /** Keeps the events that the bus can't decrypt. */
  readonly deadLetterQueue: IQueue;
}

const PUT = 'events:PutEvents';

/** A producer may report failures, and never in Backstop's name. EventBridge checks each entry of a request. */
export const REPORTS_ONLY = {
  StringEquals: { 'events:detail-type': OPERATION_FAILED },
  StringNotEquals: { 'events:source': EVENT_SOURCE },
};

/**
 * Takes reports of failures. Its policy lets nobody speak in Backstop's name, whatever their own policies allow. So a
 * rule on this bus that trusts the source meets no forged event either.
 */
export class FailureBus extends EventBus {
  constructor(scope: Construct, id: string, { encryptionKey: kmsKey, deadLetterQueue }: BusProps) {
    super(scope, id, { eventBusName: usualName(scope, id), kmsKey, deadLetterQueue });
    letEventBridgeSend(this.eventBusArn, deadLetterQueue);
    this.addToResourcePolicy(
      refuse('NobodySpeaksForBackstop', this, { StringEquals: { 'events:source': EVENT_SOURCE } }),
    );
  }

  /** Lets a producer report failures, and put nothing else. */
  override grantPutEventsTo(grantee: IGrantable, sid?: string): Grant {
    linkGrantee(grantee, this, (path) => `grantPutEventsTo(${path})`);
    const scope = { actions: [PUT], resourceArns: [this.eventBusArn], conditions: REPORTS_ONLY };
    const granted = Grant.addToPrincipal({ grantee, ...scope });
    if (granted.success) return granted;
    const statement = new PolicyStatement({
      sid,
      principals: [grantee.grantPrincipal],
      actions: scope.actions,
      resources: scope.resourceArns,
      conditions: scope.conditions,
    });
    return Grant.addStatementToResourcePolicy({ grantee, ...scope, statement, resource: this });
  }
}

/**
 * Carries what Backstop says. Its policy denies everybody to put events, except the roles of Backstop's own functions.
 * A denial beats every permission, so no producer and no operator can forge an outcome.
 */
export class OutcomeBus extends EventBus {
  readonly #speakers: string[] = [];

  constructor(scope: Construct, id: string, { encryptionKey: kmsKey, deadLetterQueue }: BusProps) {
    super(scope, id, { kmsKey, deadLetterQueue });
    letEventBridgeSend(this.eventBusArn, deadLetterQueue);
    const speakers = Lazy.list({ produce: () => this.#speakers });
    this.addToResourcePolicy(refuse('OnlyBackstopSpeaks', this, { ArnNotEquals: { 'aws:PrincipalArn': speakers } }));
  }

  /** Lets a function of Backstop put events. */
  letSpeak(fn: BackstopFunction): void {
    allow(fn, [PUT], this.eventBusArn);
    this.#speakers.push(fn.serviceRole.roleArn);
  }
}

/** The CDK gives the same name itself, but too late for a stack of another account to refer to the bus. */
function usualName(scope: Construct, id: string): string {
  const place = new Construct(scope, id);
  const name = Names.uniqueId(place);
  scope.node.tryRemoveChild(id);
  return name;
}

function refuse(sid: string, bus: EventBus, conditions: Record<string, Record<string, unknown>>): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [PUT],
    resources: [bus.eventBusArn],
    conditions,
  });
}
