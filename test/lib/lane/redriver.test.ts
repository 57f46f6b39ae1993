import { describe, expect, it } from 'vitest';
import { circuitKey } from '../../../lambdas/domain/circuit/circuit-key.ts';
import { INITIAL_SNAPSHOT } from '../../../lambdas/domain/circuit/circuit-store.ts';
import { circuitGate } from '../../../lambdas/use-cases/redrive/circuit-gate.ts';
import { named, resource, resourcesOf, sharedTemplates, synthesizeTemplates } from '../templates.ts';

const books = { kind: 'http', baseUrl: 'https://books.example.com' } as const;
const { pipeline } = synthesizeTemplates({
  dependencies: { books: { ...books, redrive: { automatic: true, rate: 20 } }, stock: books },
});

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

/** What the policy of a queue lets the redriver do. */
function granted(queue: string): readonly string[] {
  const { PolicyDocument } = resource(pipeline, 'AWS::SQS::QueuePolicy', `Pipeline${queue}Policy`).Properties;
  const grants: readonly { Action: string | string[]; Principal: { AWS?: unknown } }[] = PolicyDocument.Statement;
  return grants
    .filter(({ Principal }) => Principal.AWS && named(Principal.AWS) === 'RedriverFunctionRole')
    .flatMap(({ Action }) => Action);
}

describe('a pipeline whose config lets a lane be redriven by itself', () => {
  it('hears of circuits that close', () => {
    const { Properties } = resource(pipeline, 'AWS::Events::Rule', 'PipelineRedriverRule');
    expect(named(Properties.EventBusName)).toBe('Outcomes');
    expect(Properties).toMatchObject({
      EventPattern: {
        source: ['backstop'],
        'detail-type': ['Circuit State Changed'],
        detail: { to: ['recovering', 'closed'] },
      },
      Targets: [{ Arn: expect.anything(), RetryPolicy: { MaximumRetryAttempts: 185 } }],
    });
  });

  it('lets the function move dead letters of these lanes, and write only its runs to the ledger', () => {
    const policies = Object.values(resourcesOf(pipeline, 'AWS::IAM::Policy'));
    const own = policies.find(({ Properties }) => named(Properties.Roles[0]) === 'RedriverFunctionRole');
    const statements = own?.Properties.PolicyDocument.Statement as readonly Statement[];
    const onQueues = statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('sqs:')));
    expect(new Set(onQueues.map(({ Resource }) => named(Resource)))).toEqual(new Set(['RedriverQueue']));
    expect(granted('BooksLaneQueue')).toEqual(['sqs:SendMessage']);
    const moving = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
    expect(granted('BooksLaneDeadLetters')).toEqual(moving);
    for (const queue of ['StockLaneQueue', 'StockLaneDeadLetters']) expect(granted(queue)).toEqual([]);
    const onLedger = statements.filter(({ Resource }) => named(Resource) === 'Ledger');
    expect(onLedger).toEqual([
      expect.objectContaining({
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['redrive#*'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    ]);
  });

  it.each([undefined, 'acme'])(
    'lets the function read every circuit that its redrive looks at: of tenant %s',
    async (tenant) => {
      const looked: string[] = [];
      const read = async (key: string) => {
        looked.push(key);
        return INITIAL_SNAPSHOT;
      };
      await circuitGate({ read }, () => 0).passesAt({ dependency: 'books', tenant });
      expect(looked).toContain(circuitKey({ dependency: 'books', tenant }));
      const policies = Object.values(resourcesOf(pipeline, 'AWS::IAM::Policy'));
      const own = policies.find(({ Properties }) => named(Properties.Roles[0]) === 'RedriverFunctionRole');
      const statements = own?.Properties.PolicyDocument.Statement as readonly Statement[];
      const onCircuits = statements.find(({ Resource }) => named(Resource) === 'Circuits');
      // It may read all of them, because a list of the lanes would grow with the config.
      expect(onCircuits).toMatchObject({ Action: 'dynamodb:GetItem', Effect: 'Allow' });
      expect(onCircuits).not.toHaveProperty('Condition');
    },
  );

  it('has none of it where no lane is', () => {
    const others = sharedTemplates().pipeline;
    expect(Object.keys(others.toJSON().Resources).filter((id) => id.includes('Redriver'))).toEqual([]);
  });
});
