import { matchesGlob } from 'node:path';
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

interface Leading {
  readonly 'ForAllValues:StringLike': { readonly 'dynamodb:LeadingKeys': readonly string[] };
}

describe('a pipeline whose config lets a lane be redriven by itself', () => {
  it('hears of circuits that close, of these lanes only', () => {
    const { Properties } = resource(pipeline, 'AWS::Events::Rule', 'PipelineRedriverRule');
    expect(named(Properties.EventBusName)).toBe('Outcomes');
    expect(Properties).toMatchObject({
      EventPattern: {
        source: ['backstop'],
        'detail-type': ['Circuit State Changed'],
        detail: { to: ['recovering', 'closed'], dependency: ['books'] },
      },
      Targets: [{ Arn: expect.anything(), RetryPolicy: { MaximumRetryAttempts: 185 } }],
    });
  });

  it('lets the function move dead letters of these lanes, and write only its runs to the ledger', () => {
    const policies = Object.values(resourcesOf(pipeline, 'AWS::IAM::Policy'));
    const own = policies.find(({ Properties }) => named(Properties.Roles[0]) === 'RedriverFunctionRole');
    const statements = own?.Properties.PolicyDocument.Statement as readonly Statement[];
    const sent = statements.filter(({ Action }) => Action === 'sqs:SendMessage').map(({ Resource }) => named(Resource));
    expect(sent).toEqual(['BooksLaneQueue']);
    const hidden = statements.filter(({ Action }) => Action.includes('sqs:ChangeMessageVisibility'));
    const queues = hidden.flatMap(({ Resource }) => [Resource].flat().map(named));
    expect(queues.toSorted()).toEqual(['BooksLaneDeadLetters', 'RedriverQueue']);
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
      const statements = own?.Properties.PolicyDocument.Statement as readonly (Statement & {
        readonly Condition?: Leading;
      })[];
      const onCircuits = statements.find(({ Resource }) => named(Resource) === 'Circuits');
      const patterns = onCircuits?.Condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'] ?? [];
      expect(looked.filter((key) => !patterns.some((pattern) => matchesGlob(key, pattern)))).toEqual([]);
    },
  );

  it('has none of it where no lane is', () => {
    const others = sharedTemplates().pipeline;
    expect(Object.keys(others.toJSON().Resources).filter((id) => id.includes('Redriver'))).toEqual([]);
  });
});
