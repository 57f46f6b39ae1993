import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Dashboard,
  DashboardVariable,
  GraphWidget,
  type IWidget,
  TextWidget,
  VariableInputType,
  VariableType,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { SteadyDashboard } from '../../../lib/observability/steady-dashboard.ts';
import { ownStack, resourcesOf } from '../templates.ts';

const defaultInterval = Duration.hours(3);

/** Text, numbers, references within texts, and quotes, which JSON escapes. */
function widgetsIn(stack: Stack): IWidget[][] {
  const queue = new Queue(stack, 'Queue');
  const metric = queue.metricApproximateNumberOfMessagesVisible({ label: 'a "quoted" label' });
  return [
    [new TextWidget({ markdown: `# ${queue.queueName}\n\nof ${queue.queueArn}` }), new GraphWidget({ left: [metric] })],
    [new GraphWidget({ right: [metric, metric], width: 24 })],
  ];
}

const variable = new DashboardVariable({
  id: 'queue',
  inputType: VariableInputType.INPUT,
  label: 'Queue',
  type: VariableType.PROPERTY,
  value: 'QueueName',
});

function bodyOf(stack: Stack) {
  return Object.values(resourcesOf(Template.fromStack(stack), 'AWS::CloudWatch::Dashboard'))[0]?.Properties;
}

describe('a dashboard whose text is made once', () => {
  it('is that of the CDK, with what joins later', () => {
    const [own, cdk] = [ownStack(), ownStack()];
    const dashboards = [
      new SteadyDashboard(own, 'Dashboard', { defaultInterval, widgets: widgetsIn(own) }),
      new Dashboard(cdk, 'Dashboard', { defaultInterval, widgets: widgetsIn(cdk) }),
    ];
    for (const dashboard of dashboards) {
      dashboard.addWidgets(new TextWidget({ markdown: 'later' }));
      dashboard.addVariable(variable);
    }
    expect(bodyOf(own)).toEqual(bodyOf(cdk));
    expect(JSON.stringify(bodyOf(own))).toContain('Fn::GetAtt');
  });

  it('may be empty', () => {
    const stack = ownStack();
    new SteadyDashboard(stack, 'Dashboard', { defaultInterval, widgets: [] });
    expect(bodyOf(stack)).toEqual({ DashboardBody: '{"start":"-PT3H","widgets":[]}' });
  });
});
