import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** Where a stack stands. */
interface Place {
  readonly account: string;
  readonly region: string;
}

export const billingMachine = ({ account, region }: Place) =>
  `arn:aws:states:${region}:${account}:stateMachine:billing`;
export const callsRole = ({ account }: Place) => `arn:aws:iam::${account}:role/backstop-calls`;

interface BillingProps extends StackProps {
  /** Backstop's bus. */
  readonly bus: IEventBus;
  /** Backstop's account. */
  readonly backstop: string;
  readonly externalId: string;
}

/** What the account of a dependency deploys: the dependency, a role for Backstop, and rules to its bus. */
export class BillingStack extends Stack {
  constructor(scope: Construct, id: string, { bus, backstop, externalId, ...props }: BillingProps) {
    super(scope, id, props);
    const machine = new StateMachine(this, 'Billing', {
      stateMachineName: 'billing',
      definitionBody: DefinitionBody.fromChainable(new Pass(this, 'Bill')),
    });
    const role = new Role(this, 'BackstopCalls', {
      roleName: 'backstop-calls',
      description: 'Backstop repeats failed executions in it',
      assumedBy: new AccountPrincipal(backstop),
      externalIds: [externalId],
    });
    machine.grantExecution(role, 'states:DescribeExecution', 'states:RedriveExecution');

    // Keeps the events that Backstop's bus does not take.
    const deadLetterQueue = new Queue(this, 'Undelivered', { retentionPeriod: Duration.days(14), enforceSSL: true });
    const toBackstop = () => new BusTarget(bus, { deadLetterQueue });
    new Rule(this, 'FailedExecutions', {
      description: 'Failed executions of billing, for Backstop',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [machine.stateMachineArn], status: ['FAILED', 'TIMED_OUT'] },
      },
      targets: [toBackstop()],
    });
    const own = new EventBus(this, 'Reports', { eventBusName: 'billing-reports' });
    new Rule(this, 'FailedOperations', {
      description: 'Reports of this account, for Backstop',
      eventBus: own,
      eventPattern: { detailType: ['Operation Failed'] },
      targets: [toBackstop()],
    });
  }
}
