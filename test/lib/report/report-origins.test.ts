import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Choice,
  Condition,
  CustomState,
  DefinitionBody,
  type IChainable,
  JsonPath,
  Parallel,
  Pass,
  QueryLanguage,
  StateMachine,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../lambdas/contract/time.ts';
import { parseLaneMessage } from '../../../lambdas/domain/boundary/failure-event.ts';
import { classify } from '../../../lambdas/domain/classification/classify.ts';
import { CircuitGuard, ReportFailure, ResiliencePipeline } from '../../../lib/index.ts';
import { definitionOf, failure, run } from '../machine-runner.ts';
import { ownStack, standIns, testConfig } from '../templates.ts';

const stack = ownStack();
const pipeline = new ResiliencePipeline(stack, 'Backstop', { ...testConfig, handlers: standIns() });
const NOW = Date.parse('2026-03-01T12:00:00.000Z');

function report(scope: Construct, dependency = 'payments', id = 'Report') {
  const operation = { path: '/charges', body: JsonPath.objectAt('$.charge') };
  const failureId = JsonPath.format('{}-charge', JsonPath.stringAt('$.order'));
  return new ReportFailure(scope, id, { reports: pipeline.reports, dependency, failureId, operation });
}

function task(scope: Construct, id = 'Charge') {
  return new CustomState(scope, id, { stateJson: { Type: 'Task', Resource: 'arn:aws:states:::http:invoke' } });
}

function guarded(scope: Construct, whenOpen: IChainable) {
  const circuits = pipeline.circuitFunction;
  return new CircuitGuard(scope, 'Payments', { dependency: 'payments', circuits, guarded: task(scope), whenOpen });
}

const caught = { resultPath: '$.error' };
/** Machines by what their name says. Each has a `Charge` that fails, or a guard whose circuit is open. */
const machines: Record<string, (scope: Construct) => IChainable> = {
  'an open circuit': (scope) => guarded(scope, report(scope)),
  'an open circuit, after states that call nothing': (scope) =>
    guarded(
      scope,
      new Wait(scope, 'Wait', { time: WaitTime.duration(Duration.seconds(1)) })
        .next(
          new Choice(scope, 'Choice')
            .when(Condition.isPresent('$.order'), new Pass(scope, 'Pass'))
            .afterwards({ includeOtherwise: true }),
        )
        .next(report(scope)),
    ),
  'an open circuit of another dependency': (scope) => guarded(scope, report(scope, 'stock-levels')),
  'another call after the open circuit': (scope) => guarded(scope, task(scope, 'Invoice').next(report(scope))),
  'another call after the open circuit, which fails': (scope) => {
    const whenOpen = report(scope);
    return guarded(scope, task(scope, 'Invoice').addCatch(whenOpen, caught).next(whenOpen));
  },
  'another call, whose error is lost': (scope) => {
    const whenOpen = report(scope);
    return guarded(scope, task(scope, 'Invoice').addCatch(whenOpen, { resultPath: JsonPath.DISCARD }).next(whenOpen));
  },
  'no error in the state data': (scope) => task(scope).addCatch(report(scope), { resultPath: '$.other' }),
  'one try': (scope) => task(scope).addCatch(report(scope), caught),
  'a Retry that is off': (scope) => task(scope).addRetry({ maxAttempts: 0 }).addCatch(report(scope), caught),
  'a Retry': (scope) => task(scope).addRetry({ maxAttempts: 2 }).addCatch(report(scope), caught),
  'a Retry, and states before the report': (scope) =>
    task(scope)
      .addRetry({ maxAttempts: 2 })
      .addCatch(new Pass(scope, 'Note').next(task(scope, 'Notify')).next(report(scope)), caught),
  'a Retry inside of a block': (scope) =>
    new Parallel(scope, 'Block').branch(task(scope).addRetry({ maxAttempts: 2 })).addCatch(report(scope), caught),
  'a report before it, of another call': (scope) => {
    const first = new Construct(scope, 'First');
    const undone = task(first, 'Reserve').addCatch(report(first, 'stock-levels', 'Other'), caught);
    return undone.next(task(scope).addCatch(report(scope), caught));
  },
  'an error that the machine is given': (scope) => report(scope),
  'a way back': (scope) => {
    const charge = task(scope);
    const again = new Choice(scope, 'Again?').when(Condition.isPresent('$.again'), charge).otherwise(report(scope));
    return charge.addCatch(again, caught);
  },
};

for (const [index, [name, make]] of Object.entries(machines).entries()) {
  const scope = new Construct(stack, `Scope${index}`);
  new StateMachine(scope, 'Order', { comment: name, definitionBody: DefinitionBody.fromChainable(make(scope)) });
}
const template = Template.fromStack(stack);

/** Runs a machine, and classifies what it reports. */
async function verdictOf(name: string, error: Error = failure('States.Http.StatusCode.429'), input: object = {}) {
  const index = Object.keys(machines).indexOf(name);
  const ids = Object.keys(template.findResources('AWS::StepFunctions::StateMachine'));
  const details: unknown[] = [];
  const fail = () => {
    throw error;
  };
  const put = ({ Entries }: Record<string, unknown>) =>
    void details.push((Entries as { Detail: unknown }[])[0]?.Detail);
  const ran = await run(
    definitionOf(
      template,
      ids.find((id) => id.startsWith(`Scope${index}Order`)),
    ),
    {
      input: { order: 'order-1', charge: { amount: 1 }, ...input },
      enteredTime: () => new Date(NOW).toISOString(),
      tasks: {
        Charge: fail,
        Reserve: (given) => given,
        Invoice: name.endsWith('open circuit') ? (given) => given : fail,
        Notify: () => ({ order: 'order-1', charge: { amount: 1 }, error: { Error: error.name } }),
        'Payments: ask the circuit': () => ({ admitted: false, retryAt: '2026-03-01T12:00:10.000Z' }),
        'Report: put it on the bus': put,
        'Report: put it on the bus without an error': put,
      },
    },
  );
  expect({ ...ran, reports: details.length }).toMatchObject({ status: 'SUCCEEDED', reports: 1 });
  const detail = details[0] as { readonly dependency: string };
  const options = { dependency: detail.dependency, now: NOW, retentionMs: 30 * DAY_MS };
  const parsed = parseLaneMessage(JSON.stringify(detail), options);
  if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
  const reported = parsed.failure.error;
  return { error: reported, ...classify(reported, { rules: [], refreshable: false, attempts: 0, now: NOW }) };
}

describe('where the circuit is open', () => {
  it.each(['an open circuit', 'an open circuit, after states that call nothing'])(
    'says that no call was made: %s',
    async (name) => {
      expect(await verdictOf(name)).toMatchObject({
        kind: 'transient',
        effect: 'none',
        error: { name: 'CircuitOpenError' },
      });
    },
  );

  it.each([
    'an open circuit of another dependency',
    'another call after the open circuit',
    'another call, whose error is lost',
  ])('does not say so after %s', async (name) => {
    const error = { name: 'UnknownError', message: 'the state data has no error at $.error' };
    expect(await verdictOf(name)).toMatchObject({ effect: 'unknown', error });
  });

  it('reports the error of a call that was made instead', async () => {
    const error = { name: 'States.Http.StatusCode.429' };
    expect(await verdictOf('another call after the open circuit, which fails')).toMatchObject({ error });
  });
});

describe('a report', () => {
  it('does not fail where the state data has no error', async () => {
    expect(await verdictOf('no error in the state data')).toMatchObject({
      effect: 'unknown',
      error: { name: 'UnknownError' },
    });
  });

  it.each([
    [{ Error: 'Declined' }, { name: 'Declined', message: undefined }],
    [
      { Error: 'Declined', Cause: 'no funds' },
      { name: 'Declined', message: 'no funds' },
    ],
    [{ Cause: 'no funds' }, { name: 'UnknownError' }],
    ['Declined', { name: 'UnknownError' }],
  ])('does not fail, whatever the error has: %j', async (given, error) => {
    const found = await verdictOf('an error that the machine is given', undefined, { error: given });
    expect(found).toMatchObject({ effect: 'unknown', error });
  });

  it.each(['one try', 'a Retry that is off', 'a report before it, of another call'])(
    'lets a refusal prove that nothing happened: %s',
    async (name) => {
      expect(await verdictOf(name)).toMatchObject({
        effect: 'none',
        error: { name: 'States.Http.StatusCode.429', message: expect.any(String) },
      });
    },
  );

  it.each(Object.keys(machines).filter((name) => /^a (?:Retry(?! that)|way)/.test(name)))(
    'takes the last error for no proof after %s',
    async (name) => {
      expect(await verdictOf(name)).toMatchObject({
        kind: 'throttled',
        effect: 'unknown',
        error: { name: 'States.Http.StatusCode.429' },
      });
    },
  );

  it('fails the synth in a machine in JSONata, as a guard does', () => {
    const machineOf = (id: string, start: IChainable) => {
      const definitionBody = DefinitionBody.fromChainable(start);
      return () => new StateMachine(stack, id, { definitionBody, queryLanguage: QueryLanguage.JSONATA });
    };
    const scope = new Construct(stack, 'InJsonata');
    const guard = guarded(scope, new Pass(scope, 'Other'));
    expect(machineOf('A', report(scope))).toThrow(
      "ReportFailure 'Own/InJsonata/Report' needs a state machine in JSONPath, got JSONata",
    );
    expect(machineOf('B', guard)).toThrow(
      "CircuitGuard 'Own/InJsonata/Payments' needs a state machine in JSONPath, got JSONata",
    );
  });
});
