import { type App, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, FailureStore, type FailureStoreArns, ResiliencePipeline } from '../../../lib/index.ts';
import { statementsOf } from '../statements.ts';
import { flat, ownApp, resourcesOf, standIns } from '../templates.ts';

const HERE = { account: '111122223333', region: 'eu-west-1' };
const ELSEWHERE = [
  ['account', { ...HERE, account: '444455556666' }],
  ['region', { ...HERE, region: 'us-east-1' }],
] as const;

/** ARNs of a store as another app exports them. */
function arnsIn({ account, region } = HERE): FailureStoreArns {
  const table = (name: string) => `arn:aws:dynamodb:${region}:${account}:table/State-${name}`;
  const stream = (name: string) => `${table(name)}/stream/2026-01-01T00:00:00.000`;
  return {
    ledger: table('Ledger'),
    ledgerStream: stream('Ledger'),
    effects: table('Effects'),
    circuits: table('Circuits'),
    circuitsStream: stream('Circuits'),
    audit: table('Audit'),
    auditStream: stream('Audit'),
    key: `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  };
}

const NAMES = Object.keys(arnsIn()) as (keyof FailureStoreArns)[];
const WHY = 'functions find tables by name, in their own account and region';
const payments = { kind: 'http', baseUrl: 'https://payments.example.com' } as const;

function pipelineOn(stack: Stack, store: ResiliencePipeline['store'], id = 'Backstop'): ResiliencePipeline {
  const quick = { handlers: standIns(), dashboards: false, dependencies: { payments } };
  return new ResiliencePipeline(stack, id, { ...quick, store });
}

function imported(stack: Stack, arns: FailureStoreArns, id = 'Store') {
  return FailureStore.fromArns(stack, id, arns);
}

function mistakesOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('a pipeline on an imported store', () => {
  const stack = new Stack(ownApp(), 'Backstop', { env: HERE });
  const arns = arnsIn();
  const store = imported(stack, arns);
  new ResiliencePipeline(stack, 'Backstop', {
    store,
    handlers: standIns(),
    dependencies: { payments },
    auditArchive: {},
  });
  const template = flat(stack);

  it('creates no table and no key', () => {
    expect(resourcesOf(template, 'AWS::DynamoDB::Table')).toEqual({});
    expect(resourcesOf(template, 'AWS::KMS::Key')).toEqual({});
  });

  it('reads the three streams', () => {
    const sources = Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'));
    const streams = sources.map(({ Properties }) => Properties.EventSourceArn).filter((arn) => typeof arn === 'string');
    expect(streams.toSorted()).toEqual([arns.auditStream, arns.circuitsStream, arns.ledgerStream]);
  });

  it('names its tables to the functions, and encrypts with its key', () => {
    const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function'));
    const names = (variable: string) => {
      const found = functions.map(({ Properties }) => Properties.Environment?.Variables?.[variable]);
      return [...new Set(found.filter((name) => name !== undefined))];
    };
    expect(names('LEDGER_TABLE')).toEqual(['State-Ledger']);
    expect(names('CIRCUITS_TABLE')).toEqual(['State-Circuits']);
    expect(names('EFFECTS_TABLE')).toEqual(['State-Effects']);
    expect(names('AUDIT_TABLE')).toEqual(['State-Audit']);
    const queues = Object.values(resourcesOf(template, 'AWS::SQS::Queue'));
    expect(new Set(queues.map(({ Properties }) => Properties.KmsMasterKeyId))).toEqual(new Set([arns.key]));
  });

  it('lets its functions use the tables and the key, and no others', () => {
    const policies = JSON.stringify(statementsOf(template));
    for (const arn of Object.values(arns)) expect(policies).toContain(`"${arn}"`);
    const tables = [...policies.matchAll(/"arn:aws:(?:dynamodb|kms):[^"]+"/g)].map(([arn]) => JSON.parse(arn));
    for (const each of tables)
      expect(Object.values(arns).some((arn) => each === arn || each.startsWith(`${arn}/`))).toBe(true);
  });
});

describe('the ARNs of a store', () => {
  const valid = arnsIn();
  const stackOf = (env?: typeof HERE) => new Stack(ownApp(), 'Backstop', env ? { env } : {});

  it.each(NAMES)('need %s', (name) => {
    const { [name]: _, ...others } = valid;
    const what =
      name === 'key' ? 'a KMS key' : name.endsWith('Stream') ? 'the stream of a DynamoDB table' : 'a DynamoDB table';
    expect(mistakesOf(() => imported(stackOf(), others as FailureStoreArns))).toEqual([
      `${name} must be the ARN of ${what}, got undefined`,
    ]);
  });

  it('name each mistake at once', () => {
    const wrong = Object.fromEntries(NAMES.map((name) => [name, name]));
    const found = mistakesOf(() => imported(stackOf(), wrong as unknown as FailureStoreArns));
    for (const name of NAMES)
      expect(found.filter((each) => each.startsWith(`${name} must be the ARN of`))).toHaveLength(1);
    expect(mistakesOf(() => imported(stackOf(), { ...valid, kye: 'a' } as FailureStoreArns))).toEqual([
      `unknown setting 'kye'; valid settings: ${NAMES.join(', ')}`,
    ]);
  });

  it.each<[keyof FailureStoreArns, keyof FailureStoreArns, RegExp]>([
    ['effects', 'ledger', /^effects must differ from ledger, got /],
    ['audit', 'circuits', /^audit must differ from circuits, got /],
    ['ledgerStream', 'auditStream', /^ledgerStream must be the stream of ledger, got '.*State-Audit/],
    ['ledger', 'ledgerStream', /^ledger must be the ARN of a DynamoDB table, got /],
    ['key', 'ledger', /^key must be the ARN of a KMS key, got /],
  ])('refuse as %s that of %s', (name, other, message) => {
    const found = mistakesOf(() => imported(stackOf(), { ...valid, [name]: valid[other] }));
    expect(found).toContainEqual(expect.stringMatching(message));
  });

  it('are in one account and region, whichever one differs', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.constantFrom(...ELSEWHERE), (name, [part, place]) => {
        const found = mistakesOf(() => imported(stackOf(), { ...valid, [name]: arnsIn(place)[name] }));
        expect(found.some((each) => each.includes(` must be in the ${part} of ledger, `))).toBe(true);
      }),
      { numRuns: 16 },
    );
  });

  it.each(ELSEWHERE)('are in the %s of the pipeline, each', (part, place) => {
    const stack = stackOf(HERE);
    const found = mistakesOf(() => pipelineOn(stack, imported(stack, arnsIn(place))));
    expect(found).toEqual(
      NAMES.map(
        (name) =>
          `store.${name} must be in the ${part} of the pipeline's stack, '${HERE[part]}' ('Backstop'), got '${arnsIn(place)[name]}': ${WHY}`,
      ),
    );
  });

  it('may be in any place if the stack of the pipeline leaves its own open', () => {
    const stack = stackOf();
    expect(mistakesOf(() => pipelineOn(stack, imported(stack, valid)))).toEqual([]);
  });

  it('may be tokens', () => {
    const stack = stackOf(HERE);
    const tokens = Object.fromEntries(NAMES.map((name) => [name, Fn.importValue(`State-${name}`)]));
    const parameter = new CfnParameter(stack, 'Ledger').valueAsString;
    pipelineOn(stack, imported(stack, { ...(tokens as unknown as FailureStoreArns), ledger: parameter }));
    const sources = JSON.stringify(resourcesOf(flat(stack), 'AWS::Lambda::EventSourceMapping'));
    expect(sources).toContain('{"Fn::ImportValue":"State-ledgerStream"}');
  });
});

describe('a store of the same app', () => {
  const stacks = (env: { readonly account?: string; readonly region?: string }, app: App = ownApp()) =>
    [new Stack(app, 'State', { env }), new Stack(app, 'Backstop', { env: HERE })] as const;

  it.each(ELSEWHERE)('is in the %s of the pipeline', (part, place) => {
    const [state, stack] = stacks(place);
    const store = new FailureStore(state, 'Store');
    const refusal = [
      `store must be in the ${part} of the pipeline's stack, '${HERE[part]}' ('Backstop'), got '${place[part]}' ('State'): ${WHY}`,
    ];
    expect(mistakesOf(() => pipelineOn(stack, store))).toEqual(refusal);
    // An import by ARNs changes nothing.
    expect(mistakesOf(() => pipelineOn(stack, imported(stack, store.arns), 'Again'))).toEqual(refusal);
  });

  it('has a place that is known at synth, if that of the pipeline is', () => {
    const [state, stack] = stacks({ account: HERE.account });
    expect(mistakesOf(() => pipelineOn(stack, new FailureStore(state, 'Store')))).toEqual([
      `store must be in the region of the pipeline's stack, 'eu-west-1' ('Backstop'), got unknown at synth ('State'): ${WHY}`,
    ]);
  });

  it('belongs to one pipeline, also by its ARNs', () => {
    const [state, stack] = stacks(HERE);
    const store = new FailureStore(state, 'Store');
    pipelineOn(stack, imported(stack, store.arns, 'First'), 'One');
    const refusal = [
      "store must belong to one pipeline, got the store of 'Backstop/One': give 'Backstop/Two' a FailureStore of its own",
    ];
    for (const again of [store, imported(stack, store.arns, 'Second')]) {
      expect(mistakesOf(() => pipelineOn(stack, again, 'Two'))).toEqual(refusal);
      stack.node.tryRemoveChild('Two');
    }
  });

  it('has ARNs that another stack imports', () => {
    const [state, stack] = stacks(HERE);
    pipelineOn(stack, imported(stack, new FailureStore(state, 'Store').arns));
    flat(stack);
    expect(stack.dependencies).toEqual([state]);
  });

  it('keeps its own removal policies when the pipeline goes', () => {
    const [state, stack] = stacks(HERE);
    const store = imported(stack, new FailureStore(state, 'Store').arns);
    new ResiliencePipeline(stack, 'Backstop', {
      store,
      removal: 'destroy',
      handlers: standIns(),
      dependencies: { payments },
    });
    const tables = Object.values(Template.fromStack(state).findResources('AWS::DynamoDB::Table'));
    expect(tables.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain', 'Delete', 'Retain']);
  });
});

it('lets a function of another stack ask for circuits without a reference between the stacks', () => {
  const app = ownApp();
  const stack = new Stack(app, 'Backstop', { env: HERE });
  const shop = new Stack(app, 'Shop', { env: HERE });
  const code = Code.fromInline('exports.handler = () => {};');
  const fn = new LambdaFunction(shop, 'Checkout', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  const arns = arnsIn();
  pipelineOn(stack, imported(stack, arns)).guard(fn, 'payments');
  const template = flat(shop);
  expect(shop.dependencies).toEqual([]);
  const [policy] = Object.values(resourcesOf(template, 'AWS::IAM::Policy'));
  expect(JSON.stringify(policy)).toContain(arns.circuits);
  expect(JSON.stringify(policy)).toContain(arns.key);
});
