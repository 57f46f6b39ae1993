import type { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { list, statementsOf } from '../statements.ts';
import { type Resource, resourcesOf, synthesizeTemplates } from '../templates.ts';

const http = { kind: 'http', baseUrl: 'https://books.example.com' } as const;
const dependencies = { books: { ...http, ordered: true }, stock: http };
const { app, pipeline } = synthesizeTemplates({ dependencies }, { deployment: { canary: true } });
const usual = synthesizeTemplates({ dependencies }).pipeline;

const idsOf = (template: Template, type: string) => Object.keys(resourcesOf(template, type)).map(plain);
const plain = (id: string) => id.replace(/^Pipeline/, '').replace(/[0-9A-F]{8}$/, '');
/** Logical ids in a value, without hashes. */
const referred = (value: unknown) =>
  [...JSON.stringify(value).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(([, id = '']) => plain(id));

const OF_MACHINE = ['Ask', 'Attempt', 'Classify', 'Degrade', 'Resolve', 'Settle', 'Undo'].map(
  (name) => `RecoveryFunctions${name}`,
);
const SHIFTED = ['BooksLaneOrderedSorter', 'BooksLaneWorker', 'StockLaneWorker', ...OF_MACHINE].toSorted();

describe('with a canary', () => {
  const groups = resourcesOf(pipeline, 'AWS::CodeDeploy::DeploymentGroup');
  const aliases = resourcesOf(pipeline, 'AWS::Lambda::Alias');

  it('each function on the path of a failure is behind an alias that CodeDeploy shifts, a tenth first', () => {
    expect(idsOf(pipeline, 'AWS::Lambda::Alias').toSorted()).toEqual(SHIFTED.map((name) => `${name}Live`));
    for (const [id, alias] of Object.entries(aliases)) {
      const update = (alias as Resource & { UpdatePolicy?: object }).UpdatePolicy;
      expect(referred(update)).toContain(`${plain(id).replace(/Live$/, '')}Deployments`);
    }
    for (const { Properties } of Object.values(groups)) {
      expect(Properties.DeploymentConfigName).toBe('CodeDeployDefault.LambdaCanary10Percent10Minutes');
      expect(Properties.AutoRollbackConfiguration).toEqual({
        Enabled: true,
        Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']),
      });
    }
  });

  it('the alarms of its lane take a worker back, and those of Backstop the functions of the machine', () => {
    const alarms = Object.fromEntries(
      Object.entries(groups).map(([id, { Properties }]) => [
        plain(id).replace(/Deployments$/, ''),
        referred(Properties.AlarmConfiguration.Alarms),
      ]),
    );
    expect(alarms.StockLaneWorker).toEqual([
      'StockLaneWorkerWorse',
      'StockLaneAlarmsErrors',
      'StockLaneAlarmsHandlerFailed',
    ]);
    expect(alarms.BooksLaneOrderedSorter).toEqual([
      'BooksLaneOrderedSorterWorse',
      'BooksLaneAlarmsErrors',
      'BooksLaneAlarmsHandlerFailed',
    ]);
    expect(alarms.RecoveryFunctionsSettle).toEqual(['RecoveryFunctionsSettleWorse', 'AlarmsHandlerFailed']);
  });

  it('nothing calls one of these functions past its alias', () => {
    const callers = ['AWS::Lambda::EventSourceMapping', 'AWS::StepFunctions::StateMachine'];
    const called = callers.flatMap((type) =>
      Object.values(resourcesOf(pipeline, type)).flatMap(({ Properties }) => referred(Properties)),
    );
    expect(called.filter((id) => SHIFTED.includes(id))).toEqual([]);
    expect(SHIFTED.filter((name) => !called.includes(`${name}Live`))).toEqual([]);
  });

  it('nobody may call one of these functions past its alias but executions from before the canary was turned on', () => {
    const granted = ['AWS::IAM::Policy', 'AWS::IAM::Role'].flatMap((type) =>
      Object.entries(resourcesOf(pipeline, type)).flatMap(([id, { Properties }]) =>
        referred(Properties)
          .filter((name) => SHIFTED.includes(name))
          .map((name) => `${plain(id)} ${name}`),
      ),
    );
    expect(granted.toSorted()).toEqual(OF_MACHINE.map((name) => `RecoveryMachineRoleDefaultPolicy ${name}`));
  });

  it('executions start by an alias of the machine, which shifts likewise', () => {
    const [[, alias] = []] = Object.entries(resourcesOf(pipeline, 'AWS::StepFunctions::StateMachineAlias'));
    const { DeploymentPreference } = alias?.Properties ?? {};
    expect(DeploymentPreference).toMatchObject({ Type: 'CANARY', Percentage: 10, Interval: 10 });
    expect(referred(DeploymentPreference.Alarms)).toEqual(['AlarmsFailedRecoveries']);
    const variables = Object.entries(resourcesOf(pipeline, 'AWS::Lambda::Function'))
      .filter(([, { Properties }]) => Properties.Environment?.Variables?.RECOVERY_START_ARN !== undefined)
      .map(([id, { Properties }]) => [plain(id), ...referred(Properties.Environment.Variables.RECOVERY_START_ARN)]);
    expect(variables.toSorted()).toEqual([
      ['BooksLaneWorker', 'RecoveryLive'],
      ['ReconcilerFunction', 'RecoveryLive'],
      ['StockLaneWorker', 'RecoveryLive'],
    ]);
    const starts = statementsOf(pipeline).filter(({ Action }) => list(Action).includes('states:StartExecution'));
    expect(starts.flatMap(({ Resource: each }) => referred(each))).toEqual(Array(3).fill('RecoveryLive'));
  });

  it('cdk-nag finds nothing', () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });
});

it('without it, no function has an alias', () => {
  expect(idsOf(usual, 'AWS::Lambda::Alias')).toEqual([]);
  expect(idsOf(usual, 'AWS::CodeDeploy::Application')).toEqual([]);
});
