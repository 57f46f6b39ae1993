import { readFileSync } from 'node:fs';
import { CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  type DependencyConfig,
  ResiliencePipeline,
  type ResiliencePipelineProps,
} from '../../../lib/index.ts';
import { flat, ownApp, resourcesOf, standIns } from '../templates.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:a';
const dependencies: Record<string, DependencyConfig> = {
  payments: {
    kind: 'http',
    baseUrl: 'https://payments.example.com',
    auth: { scheme: 'bearer', secretName: 'payments' },
  },
  resize: { kind: 'lambda', functionArn: FUNCTION },
};

function scene(options: (vpc: Vpc, stack: Stack) => Partial<ResiliencePipelineProps>) {
  const app = ownApp();
  const home = new Stack(app, 'Network');
  const subnetConfiguration = [
    { name: 'out', subnetType: SubnetType.PUBLIC },
    { name: 'in', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    { name: 'alone', subnetType: SubnetType.PRIVATE_ISOLATED },
  ];
  const vpc = new Vpc(home, 'Vpc', { subnetConfiguration, natGateways: 1 });
  const stack = new Stack(app, 'Backstop');
  const made = { dependencies, handlers: standIns(), dashboards: false, vpc, ...options(vpc, home) };
  new ResiliencePipeline(stack, 'Backstop', made);
  const template = flat(stack);
  const functions = Object.entries(resourcesOf(template, 'AWS::Lambda::Function'));
  const inside = functions.filter(([, { Properties }]) => Properties.VpcConfig !== undefined);
  return {
    stack,
    template,
    inside: inside.map(([id]) => id.replace(/^Backstop|[0-9A-F]{8}$/g, '')),
    places: inside.map(([, { Properties }]) => Properties.VpcConfig),
  };
}

describe('the functions that call dependencies', () => {
  const { stack, template, inside, places } = scene((vpc) => ({ subnets: { subnets: vpc.isolatedSubnets } }));

  it('run in the VPC of the config, and no other function does', () => {
    expect(inside).toEqual([
      'RecoveryFunctionsAttempt',
      'RecoveryFunctionsResolve',
      'RecoveryFunctionsDegrade',
      'RecoveryFunctionsUndo',
      'PaymentsLaneWorker',
      'ResizeLaneWorker',
    ]);
    expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(1);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
  });

  it("let Lambda manage their interfaces, and can't do so themselves", () => {
    const interfaces = Match.arrayWith(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Effect: 'Allow', Action: interfaces, Resource: '*' },
          {
            Effect: 'Deny',
            Action: interfaces,
            Resource: '*',
            Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
          },
        ]),
      },
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('AWSLambdaVPCAccessExecutionRole');
  });

  it('need the endpoints that synth names where they have no way out', () => {
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('isolated'));
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      'functions run in isolated subnets: they reach AWS by VPC endpoints only, and need those of dynamodb (gateway), lambda, secretsmanager, sqs, states (docs/network.md) [ack: backstop:isolated]',
    ]);
  });

  it('need only endpoints that the documentation explains', () => {
    const { stack: late } = scene((vpc, home) => ({
      subnets: { subnets: vpc.isolatedSubnets },
      dependencies: {
        ...dependencies,
        machine: {
          kind: 'state-machine',
          stateMachineArn: FUNCTION.replace('lambda', 'states').replace('function', 'stateMachine'),
        },
        late: { kind: 'http', baseUrl: `https://${new CfnParameter(home, 'Host').valueAsString}` },
      },
    }));
    const [warning] = Annotations.fromStack(late).findWarning('*', Match.stringLikeRegexp('isolated'));
    const [, named = ''] = /need those of (.*) \(docs/.exec(String(warning?.entry.data)) ?? [];
    const endpoints = named.split(', ').map((name) => name.replace(/ .*/, ''));
    expect(endpoints).toEqual(['dynamodb', 'lambda', 'secretsmanager', 'sqs', 'ssm', 'states']);
    const documented = readFileSync('docs/network.md', 'utf8').matchAll(/^\| `([a-z]+)`(?: \(gateway\))? \| /gm);
    expect([...documented].map(([, name]) => name)).toEqual(expect.arrayContaining(endpoints));
  });

  it('need no endpoint in private subnets, and take your security groups', () => {
    const own = scene((vpc, home) => ({ securityGroups: [new SecurityGroup(home, 'Own', { vpc })] }));
    expect(Annotations.fromStack(own.stack).findWarning('*', Match.stringLikeRegexp('isolated'))).toEqual([]);
    own.template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    expect(own.places[0].SubnetIds).toHaveLength(2);
  });

  it('have no subnets and no security groups without a VPC', () => {
    expect(() => scene(() => ({ vpc: undefined, subnets: {}, securityGroups: [] }))).toThrow(
      new ConfigError(['subnets must be omitted without vpc', 'securityGroups must be omitted without vpc']),
    );
  });
});
