import type { ResiliencePipeline } from '@backstop-cdk/backstop';
import { Stack, type StackProps } from 'aws-cdk-lib';
import { AwsIntegration, type JsonSchema, PassthroughBehavior, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ANSWER_TEMPLATE, FAILED_CHARGE, putEventsTemplate } from './report.ts';

interface WebhookProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
}

/** An API that takes news of failed charges, and puts them on the bus. There is no function in between. */
export class WebhookStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, ...props }: WebhookProps) {
    super(scope, id, props);
    const credentialsRole = new Role(this, 'Reporter', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    });
    pipeline.reportsFrom(credentialsRole, 'payments');
    const api = new RestApi(this, 'Api', { restApiName: 'failed-charges' });
    const answers = [
      { statusCode: '202', responseTemplates: { 'application/json': ANSWER_TEMPLATE } },
      { statusCode: '503', selectionPattern: '[45]\\d{2}', responseTemplates: { 'application/json': '{}' } },
    ];
    const putEvents = new AwsIntegration({
      service: 'events',
      action: 'PutEvents',
      options: {
        credentialsRole,
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestParameters: {
          'integration.request.header.X-Amz-Target': "'AWSEvents.PutEvents'",
          'integration.request.header.Content-Type': "'application/x-amz-json-1.1'",
        },
        requestTemplates: { 'application/json': putEventsTemplate(pipeline.bus.eventBusArn, 'backstop.report') },
        integrationResponses: answers,
      },
    });
    const model = api.addModel('FailedCharge', { schema: FAILED_CHARGE as JsonSchema });
    api.root.addResource('failed-charges').addMethod('POST', putEvents, {
      apiKeyRequired: true,
      requestModels: { 'application/json': model },
      requestValidatorOptions: { validateRequestBody: true },
      methodResponses: answers.map(({ statusCode }) => ({ statusCode })),
    });
    const plan = api.addUsagePlan('Senders', { apiStages: [{ stage: api.deploymentStage }] });
    plan.addApiKey(api.addApiKey('Sender', { apiKeyName: 'payments-webhook' }));
  }
}
