import { Template } from 'aws-cdk-lib/assertions';
import { CustomState, DefinitionBody, JsonPath, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../lambdas/contract/time.ts';
import { parseLaneMessage } from '../../../lambdas/domain/boundary/failure-event.ts';
import { ReportFailure, ResiliencePipeline } from '../../../lib/index.ts';
import { definitionOf, run } from '../machine-runner.ts';
import { ownStack, resource, standIns, testConfig } from '../templates.ts';

const stack = ownStack();
const pipeline = new ResiliencePipeline(stack, 'Backstop', { ...testConfig, handlers: standIns() });
const at = JsonPath.stringAt;
const report = new ReportFailure(stack, 'Report', {
  reports: pipeline.reports,
  dependency: 'payments',
  failureId: JsonPath.format('{}-charge', at('$.order')),
  correlationId: at('$.order'),
  operation: { path: '/charges', headers: { 'idempotency-key': at('$.order') }, body: JsonPath.objectAt('$.charge') },
  undo: [
    {
      name: 'reserve',
      dependency: 'stock-levels',
      operation: { method: 'DELETE', path: JsonPath.format('/reservations/{}', at('$.order')) },
    },
  ],
});
const charge = new CustomState(stack, 'Charge', {
  stateJson: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:charge' },
}).addCatch(report, { resultPath: '$.error' });
new StateMachine(stack, 'Order', { definitionBody: DefinitionBody.fromChainable(charge) });
const template = Template.fromStack(stack);
const definition = definitionOf(
  template,
  Object.keys(template.findResources('AWS::StepFunctions::StateMachine')).find((id) => id.startsWith('Order')),
);

const input = { order: 'order-1', charge: { amount: 4200, note: 'fast' } };
const NOW = '2026-03-01T12:00:00.000Z';

/** Runs the machine with a charge that fails. @param put what the bus does */
async function failingCharge(put: (entries: Record<string, unknown>) => unknown) {
  const kept: Record<string, unknown>[] = [];
  const ran = await run(definition, {
    input,
    enteredTime: () => NOW,
    tasks: {
      Charge: () => {
        throw Object.assign(new Error('{"errorType":"ServiceUnavailable","errorMessage":"try later"}'), {
          name: 'ServiceUnavailable',
        });
      },
      'Report: put it on the bus': put,
      'Report: keep it in the queue': (message) => void kept.push(message),
    },
  });
  return { ran, kept };
}

function accepted(detail: unknown) {
  const options = { dependency: 'payments', now: Date.parse(NOW), retentionMs: 30 * DAY_MS };
  return parseLaneMessage(JSON.stringify(detail), options);
}

const FAILURE = {
  id: 'order-1-charge',
  correlationId: 'order-1',
  occurredAt: NOW,
  operation: {
    method: 'POST',
    path: '/charges',
    headers: { 'idempotency-key': 'order-1' },
    body: JSON.stringify(input.charge),
  },
  error: { name: 'ServiceUnavailable' },
  undo: [
    { name: 'reserve', dependency: 'stock-levels', operation: { method: 'DELETE', path: '/reservations/order-1' } },
  ],
};

describe('a state machine that reports', () => {
  it('puts an event on the bus that the lane accepts, and continues with its input', async () => {
    const put: Record<string, unknown>[] = [];
    const { ran, kept } = await failingCharge(
      ({ Entries }) => void put.push(...(Entries as Record<string, unknown>[])),
    );
    expect(put).toMatchObject([{ Source: 'my.shop', DetailType: 'Operation Failed' }]);
    expect(accepted(put[0]?.Detail)).toMatchObject({ kind: 'failure', failure: FAILURE });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: input });
    expect(kept).toEqual([]);
  });

  it('sends the same to the queue, if the bus takes no event', async () => {
    const { ran, kept } = await failingCharge(() => {
      throw Object.assign(new Error('no'), { name: 'EventBridge.FailedEntry' });
    });
    expect(ran.status).toBe('SUCCEEDED');
    expect(accepted(kept[0]?.MessageBody)).toMatchObject({ kind: 'failure', failure: FAILURE });
  });

  it('may do exactly that', () => {
    const { Statement } = resource(template, 'AWS::IAM::Policy', 'OrderRole').Properties.PolicyDocument;
    const allowed = Statement.map(({ Action, Condition }: { Action: unknown; Condition?: unknown }) => [
      Action,
      Condition,
    ]);
    const only = { StringEquals: { 'events:detail-type': 'Operation Failed', 'events:source': 'my.shop' } };
    expect(allowed).toEqual([
      ['events:PutEvents', only],
      ['sqs:SendMessage', undefined],
      [['kms:Decrypt', 'kms:GenerateDataKey'], { StringEquals: { 'kms:ViaService': expect.anything() } }],
    ]);
  });

  it('fails the synth for a dependency that the config does not have', () => {
    const props = { reports: pipeline.reports, failureId: 'a', operation: {} };
    expect(() => new ReportFailure(stack, 'Other', { ...props, dependency: 'payment' })).toThrow(
      "dependency must be one of 'payments', 'stock-levels' (or add it to the config), got 'payment'",
    );
  });
});
