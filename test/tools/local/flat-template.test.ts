import { describe, expect, it } from 'vitest';
import { flatTemplate } from '../../../tools/local/flat-template.ts';

const KEY = `${'a'.repeat(64)}.json`;
const nested = (Parameters: object, key = KEY) => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: { Parameters, TemplateURL: { 'Fn::Join': ['', ['https://s3/', { Ref: 'AWS::Region' }, `/${key}`]] } },
});
const CHILD = {
  Parameters: { Key: {} },
  Resources: {
    QueueAAAABBBB: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: { Ref: 'Key' } } },
    PolicyAAAABBBB: { Type: 'T', Properties: { Of: { Ref: 'QueueAAAABBBB' } }, DependsOn: ['QueueAAAABBBB'] },
  },
  Outputs: {
    Arn: { Value: { 'Fn::GetAtt': ['QueueAAAABBBB', 'Arn'] } },
    Both: { Value: { 'Fn::Join': [',', ['one', { Ref: 'QueueAAAABBBB' }]] } },
  },
};

describe('a template without nested stacks', () => {
  const { Resources = {}, Outputs } = flatTemplate(
    {
      Resources: {
        TheKey: { Type: 'AWS::KMS::Key' },
        LaneNestedStackLaneNestedStackResource12345678: nested({ Key: { 'Fn::GetAtt': ['TheKey', 'Arn'] } }),
        Reader: {
          Type: 'T',
          Properties: {
            Arn: { 'Fn::GetAtt': ['LaneNestedStackLaneNestedStackResource12345678', 'Outputs.Arn'] },
            Second: {
              'Fn::Select': [
                1,
                {
                  'Fn::Split': [
                    ',',
                    { 'Fn::GetAtt': ['LaneNestedStackLaneNestedStackResource12345678', 'Outputs.Both'] },
                  ],
                },
              ],
            },
          },
        },
      },
      Outputs: { Out: { Value: { 'Fn::GetAtt': ['LaneNestedStackLaneNestedStackResource12345678', 'Outputs.Arn'] } } },
    },
    () => CHILD,
  );
  const queue = Object.keys(Resources).find((id) => id.startsWith('LaneQueue')) ?? '';

  it('has the resources of all, by unique ids that read as before', () => {
    expect(Object.keys(Resources).map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'TheKey',
      'LaneQueue',
      'LanePolicy',
      'Reader',
    ]);
  });

  it('has what the parent passes in the place of parameters', () => {
    expect(Resources[queue]?.Properties).toEqual({ KmsMasterKeyId: { 'Fn::GetAtt': ['TheKey', 'Arn'] } });
    expect(Resources[queue.replace('Queue', 'Policy')] ?? Object.values(Resources)[2]).toMatchObject({
      Properties: { Of: { Ref: queue } },
      DependsOn: [queue],
    });
  });

  it('has what the nested stack outputs in the place of its attributes', () => {
    expect(Resources.Reader?.Properties).toEqual({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] }, Second: { Ref: queue } });
    expect(Outputs?.Out?.Value).toEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
  });
});

it('a nested stack with conditions is not known', () => {
  const conditional = { ...CHILD, Conditions: {} };
  expect(() => flatTemplate({ Resources: { Lane: nested({}) } }, () => conditional)).toThrow('conditions');
});
