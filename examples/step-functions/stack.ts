import { ReportFailure, type ResiliencePipeline } from '@backstop-cdk/backstop';
import { SecretValue, Stack, type StackProps } from 'aws-cdk-lib';
import { Authorization, Connection } from 'aws-cdk-lib/aws-events';
import { DefinitionBody, JsonPath, Pass, StateMachine, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { HttpInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

interface OrderProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  readonly paymentsUrl: string;
}

/** A state machine that charges an order. Its catch reports what fails, without a function. */
export class OrderStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, paymentsUrl, ...props }: OrderProps) {
    super(scope, id, props);
    const order = JsonPath.stringAt('$.order');
    const failureId = JsonPath.format('{}-charge', order);
    const authorization = Authorization.apiKey('x-api-key', SecretValue.secretsManager('payments-key'));
    const charge = new HttpInvoke(this, 'Charge', {
      connection: new Connection(this, 'Payments', { authorization }),
      apiRoot: paymentsUrl,
      apiEndpoint: TaskInput.fromText('charges'),
      method: TaskInput.fromText('POST'),
      headers: TaskInput.fromObject({ 'Idempotency-Key': failureId }),
      body: TaskInput.fromJsonPathAt('$.charge'),
    });
    const report = new ReportFailure(this, 'Report', {
      reports: pipeline.reports,
      dependency: 'payments',
      failureId,
      operation: {
        path: '/charges',
        headers: { 'idempotency-key': failureId },
        body: JsonPath.objectAt('$.charge'),
      },
      undo: [
        {
          name: 'reserve',
          dependency: 'stock',
          operation: { method: 'DELETE', path: JsonPath.format('/reservations/{}', order) },
        },
      ],
    });
    charge.addCatch(report, { resultPath: '$.error' });
    report.next(new Pass(this, 'Payment is pending'));
    const definitionBody = DefinitionBody.fromChainable(charge.next(new Pass(this, 'Paid')));
    new StateMachine(this, 'Orders', { stateMachineName: 'orders', definitionBody });
  }
}
