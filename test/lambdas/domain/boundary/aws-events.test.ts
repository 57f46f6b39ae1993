import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { DependencyKind } from '../../../../lambdas/contract/settings.ts';
import { type ParsedMessage, parseLaneMessage } from '../../../../lambdas/domain/boundary/failure-event.ts';
import { digest } from '../../../../lambdas/domain/digest.ts';
import { readDeadLetter } from '../../../../lambdas/domain/redrive/dead-letter-message.ts';
import { json } from '../../../support/json.ts';
import { FAILURE, OPTIONS } from './failure-samples.ts';

const EXECUTION = 'arn:aws:states:us-east-1:111122223333:execution:Import:file-7';
const ID = `sfn-${digest(EXECUTION)}`;

const changed = (detail: object = {}) => ({
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  time: '2026-03-01T11:59:01Z',
  detail: {
    executionArn: EXECUTION,
    name: 'file-7',
    status: 'FAILED',
    stopDate: Date.parse('2026-03-01T11:59:00Z'),
    input: '{"secret":1}',
    output: null,
    error: 'Lambda.TooManyRequestsException',
    cause: 'x',
    redriveCount: 0,
    ...detail,
  },
});
const REQUEST = '1b2c3d4e-0000-4000-8000-000000000000';
const failedInvocation = (detail: object = {}) => ({
  'detail-type': 'Lambda Function Invocation Result - Failure',
  source: 'lambda',
  detail: {
    timestamp: '2026-03-01T11:59:00.000Z',
    requestContext: { requestId: REQUEST, condition: 'RetriesExhausted', approximateInvokeCount: 1 },
    requestPayload: { order: 7 },
    responsePayload: { errorType: 'TimeoutError', errorMessage: 'too late', trace: [] },
    ...detail,
  },
});

const parse = (message: object, kind: DependencyKind | undefined) =>
  parseLaneMessage(JSON.stringify(message), { ...OPTIONS, kindOf: (name) => (name === 'shop' ? kind : undefined) });

function accepted(parsed: ParsedMessage) {
  if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
  return parsed;
}

describe('an execution that has failed', () => {
  it('is a failure with the same fields', () => {
    const { failure, run } = accepted(parse(changed(), 'state-machine'));
    expect(failure).toEqual({
      version: 1,
      id: ID,
      correlationId: 'file-7',
      dependency: 'shop',
      occurredAt: '2026-03-01T11:59:00.000Z',
      operation: { method: 'POST', path: '/executions/file-7/redrive' },
      error: { name: 'Lambda.TooManyRequestsException', message: 'x' },
    });
    expect(run).toEqual({ name: 'file-7', redrives: 0, owners: [] });
  });

  it.each([{ stopDate: 1e20 }, { name: 'file-\ud800' }])(
    'is none with %j, and harms nobody who looks into its queue',
    (detail) => {
      expect(parse(changed(detail), 'state-machine').kind).toBe('reject');
      expect(readDeadLetter(JSON.stringify(changed(detail)))).toEqual({ kind: 'other' });
    },
  );

  it.each([
    [{ status: 'TIMED_OUT', error: null, cause: null }, { name: 'States.Timeout' }],
    [{ error: null, cause: null }, { name: 'ExecutionFailed' }],
    [{ cause: 'y'.repeat(2_000) }, { name: 'Lambda.TooManyRequestsException', message: 'y'.repeat(1_000) }],
  ])('with %j has the error %j', (detail, error) => {
    expect(accepted(parse(changed(detail), 'state-machine')).failure.error).toEqual(error);
  });

  it('is another failure each time that it was redriven, and names the ones before it', () => {
    const { failure, run } = accepted(parse(changed({ redriveCount: 2 }), 'state-machine'));
    expect(failure.id).toBe(`${ID}.r2`);
    expect(run).toEqual({ name: 'file-7', redrives: 2, owners: [{ id: `${ID}.r1` }, { id: ID }] });
  });

  it('names the failure that it was started for', () => {
    const ownersOf = (name: string) => accepted(parse(changed({ name }), 'state-machine')).run?.owners;
    expect(ownersOf('sfn-1.r2+again3')).toEqual([{ id: 'sfn-1.r2' }]);
    expect(ownersOf('sfn-1.r2+again3+a-_9Zz')).toEqual([{ id: 'sfn-1.r2' }]);
    expect(ownersOf('acme+order-1+again3')).toEqual([{ tenant: 'acme', id: 'order-1' }]);
  });

  it('names no more than some, however often it was redriven', () => {
    const { run } = accepted(parse(changed({ redriveCount: 900 }), 'state-machine'));
    expect(run?.owners).toHaveLength(26);
    expect(run?.owners.at(-1)).toEqual({ id: ID });
  });

  it('has a correlation id, whatever its name is made of', () => {
    const { failure } = accepted(parse(changed({ name: 'größe 7' }), 'state-machine'));
    expect(failure.correlationId).toBe('gr__e_7');
    expect(failure.operation.path).toBe('/executions/gr%C3%B6%C3%9Fe%207/redrive');
  });
});

describe('an asynchronous invocation that has failed', () => {
  it('is a failure with its payload', () => {
    expect(accepted(parse(failedInvocation(), 'lambda')).failure).toEqual({
      version: 1,
      id: `lambda-${REQUEST}`,
      correlationId: REQUEST,
      dependency: 'shop',
      occurredAt: '2026-03-01T11:59:00.000Z',
      operation: { method: 'POST', path: '/', body: '{"order":7}' },
      error: { name: 'TimeoutError', message: 'too late' },
    });
  });

  it.each([
    [3, 3],
    [undefined, 3],
    ['many', 3],
  ])('after %s tries says so: an earlier one may have done its work', (approximateInvokeCount, attempts) => {
    const requestContext = { requestId: REQUEST, condition: 'RetriesExhausted', approximateInvokeCount };
    expect(accepted(parse(failedInvocation({ requestContext }), 'lambda')).failure.error).toMatchObject({ attempts });
  });

  it('that was never made says why', () => {
    const requestContext = { requestId: REQUEST, condition: 'EventAgeExceeded', approximateInvokeCount: 0 };
    const never = failedInvocation({ requestContext, responsePayload: undefined });
    expect(accepted(parse(never, 'lambda')).failure.error).toEqual({ name: 'EventAgeExceeded' });
  });

  it.each(['{"n":1152921504606846976, "n":1e-400}', 'null', '"\\ud800"', '[1.0]'])(
    'keeps its payload as it came: %s',
    (payload) => {
      const message = JSON.stringify(failedInvocation({ requestPayload: '@@' })).replace('"@@"', payload);
      const parsed = parseLaneMessage(message, { ...OPTIONS, kindOf: () => 'lambda' });
      expect(accepted(parsed).failure.operation.body).toBe(payload);
    },
  );
  it.each<[title: string, detail: object, error: object]>([
    [
      'has no message',
      { responsePayload: { errorType: 'TimeoutError', errorMessage: null } },
      { name: 'TimeoutError' },
    ],
    [
      'has no type',
      { responsePayload: { errorType: null, errorMessage: 'late' } },
      { name: 'RetriesExhausted', message: 'late' },
    ],
    ['has numbers', { responsePayload: { errorType: 7, errorMessage: 7 } }, { name: 'RetriesExhausted' }],
    ['is a text', { responsePayload: 'late' }, { name: 'RetriesExhausted' }],
    ['has no condition', { requestContext: { requestId: REQUEST, condition: null } }, { name: 'TimeoutError' }],
  ])('whose error %s is saved all the same', (_title, detail, error) => {
    expect(accepted(parse(failedInvocation(detail), 'lambda')).failure.error).toMatchObject(error);
  });
});

describe('an event of AWS', () => {
  it.each<[string, object, DependencyKind | undefined]>([
    ['of an execution in the lane of an HTTP API', changed(), 'http'],
    ['of an execution where nobody knows the kind', changed(), undefined],
    ['of an execution in the lane of a function', changed(), 'lambda'],
    ['of an invocation in the lane of a machine', failedInvocation(), 'state-machine'],
    ['of an execution that was stopped', changed({ status: 'ABORTED' }), 'state-machine'],
  ])('%s is rejected', (_, message, kind) => {
    expect(parse(message, kind)).toMatchObject({ kind: 'reject', reason: { path: 'detail-type' } });
  });
});

describe('an operation', () => {
  const operationOf = (operation: object, kind: DependencyKind) => {
    const { undo: _, ...failure } = FAILURE;
    const parsed = parse({ ...failure, operation: { method: 'POST', path: '/', ...operation } }, kind);
    return parsed.kind === 'reject' ? parsed.reason.message : 'accepted';
  };
  const machine = { path: '/executions/x/redrive' };

  it.each<[DependencyKind, Partial<HttpOperation>, string]>([
    ['lambda', { body: json({ a: 1 }), resourceId: 'r' }, 'accepted'],
    ['lambda', {}, 'accepted'],
    ['lambda', { method: 'PUT' }, 'operation.method must be POST for a function'],
    ['lambda', { path: '/x' }, 'operation.path must be / for a function'],
    ['lambda', { headers: { a: 'b' } }, 'operation.headers must be absent for a function'],
    ['lambda', { ifMatch: '"1"' }, 'operation.ifMatch must be absent for a function'],
    ['state-machine', machine, 'accepted'],
    ['state-machine', { path: '/' }, 'operation.path must be /executions/<name>/redrive for a state machine'],
    ['state-machine', { ...machine, body: json({}) }, 'operation.body must be absent for a state machine'],
    ['queue', { body: json('x'), query: { Trace: 'ü', 'n:Number': '1' }, resourceId: 'g' }, 'accepted'],
    [
      'queue',
      { body: json('x'), query: { 'n:Number.java.lang.Long': '1', 'a:String.Array': '[]', 'b:Binary.x': 'AA==' } },
      'accepted',
    ],
    ['queue', {}, 'operation.body is required for a queue'],
    ...[
      'n:Boolean',
      'n:number',
      'n:Number.',
      'n:Numbers',
      'n:',
      ':Number',
      'n:Binary',
      'aws.n:Number',
      'n:Number.\n',
    ].map((key): [DependencyKind, Partial<HttpOperation>, string] => [
      'queue',
      { body: json('x'), query: { [key]: '1' } },
      'operation.query must be non-empty SQS attributes for a queue',
    ]),
    ['queue', { body: json('x'), checkpoint: 'c' }, 'operation.checkpoint must be absent for a queue'],
    [
      'queue',
      { body: json('x'), query: { 'AWS.x': '1' } },
      'operation.query must be non-empty SQS attributes for a queue',
    ],
    ['queue', { body: json('x'), query: { a: '' } }, 'operation.query must be non-empty SQS attributes for a queue'],
    [
      'queue',
      { body: json('x'), query: { 'backstop-failure-id': '1' } },
      'operation.query must be non-empty SQS attributes for a queue',
    ],
    [
      'queue',
      { body: json('x'), query: Object.fromEntries([...'abcdefghij'].map((name) => [name, '1'])) },
      'operation.query must have at most 9 attributes for a queue',
    ],
    [
      'queue',
      { body: json('x'), resourceId: 'a b' },
      'operation.resourceId must be 1 to 128 printable ASCII characters without spaces for a queue',
    ],
  ])('of the kind %s with %j: %s', (kind, operation, expected) => {
    expect(operationOf(operation, kind)).toBe(expected);
  });

  it('that undoes a step goes by the kind of that step', () => {
    const kindOf = (name: string): DependencyKind => (name === 'shop' ? 'http' : 'state-machine');
    const undo = (path: string) => {
      const step = { name: 'reserve', dependency: 'stock', operation: { method: 'POST', path } };
      return parseLaneMessage(JSON.stringify({ ...FAILURE, undo: [step] }), { ...OPTIONS, kindOf });
    };
    expect(undo('/').kind === 'reject' && undo('/')).toMatchObject({ reason: { path: 'undo.0.operation.path' } });
    expect(undo('/executions/x/redrive')).toMatchObject({ reason: { path: 'undo.0.dependency' } });
  });
});
