import { ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { OrderStack } from './stack.ts';

it('reports a failed charge, and may put nothing else on the bus', () => {
  const app = new App();
  const http = (name: string) => ({ kind: 'http', baseUrl: `https://${name}.example.com` }) as const;
  const pipeline = new ResiliencePipeline(new Stack(app, 'Backstop'), 'Backstop', {
    dependencies: { payments: http('payments'), stock: http('stock') },
  });
  const template = Template.fromStack(
    new OrderStack(app, 'Order', { pipeline, paymentsUrl: 'https://payments.example.com' }),
  );
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const definition = JSON.stringify(machine?.Properties.DefinitionString);
  expect(definition).toContain('\\"ErrorEquals\\":[\\"States.ALL\\"],\\"ResultPath\\":\\"$.error\\"');
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'events:PutEvents',
          Condition: {
            StringEquals: { 'events:detail-type': 'Operation Failed', 'events:source': 'backstop.report' },
          },
        }),
      ]),
    },
  });
});
