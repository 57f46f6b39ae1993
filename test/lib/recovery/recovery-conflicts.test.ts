import { describe, expect, it } from 'vitest';
import { fails, machineRun, pipeline, states } from './recovery-run.ts';

const BEGIN = ['Attempt the operation'];
const TELL = 'Tell a human that a decision is needed';
const WAIT = 'Wait for the decision';
const ASK = [TELL, WAIT];
const RESOLVE = 'Resolve the conflict';
const DIE = ['Settle'];

/** Answers a task with each answer in turn. The last one repeats. */
const inTurn = (...answers: (() => unknown)[]) => {
  const left = [...answers];
  return () => (left.length > 1 ? left.shift() : left[0])?.();
};
const resolved = () => ({ outcome: 'resolved' });

/** The end of a run and its states in any order, because the engine reports a branch's states late. */
async function entered({ ran }: ReturnType<typeof machineRun>) {
  const { states: names, ...ended } = await ran;
  return { ...ended, states: inAnyOrder(...names) };
}
const inAnyOrder = (...names: readonly string[]) => [...names].sort();

describe('a write that has lost a race, in the Recovery machine,', () => {
  it('is resolved in three transitions', async () => {
    const told = machineRun({ 'Attempt the operation': fails('ConflictError') });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'resolved' } },
      states: inAnyOrder(...BEGIN, RESOLVE, 'Settle'),
    });
    expect(told.given[1]).toEqual([RESOLVE, { key: 'payments/f1', id: 'f1', cycle: 1, correlationId: 'c1' }]);
  });

  it.each(['ConflictError', 'TransientError', 'BusyError', 'InternalError'])(
    'is compared once more after %s',
    async (name) => {
      const told = machineRun({
        'Attempt the operation': fails('ConflictError'),
        [RESOLVE]: inTurn(fails(name), fails(name), resolved),
      });
      expect(await entered(told)).toMatchObject({
        status: 'SUCCEEDED',
        output: { settlement: { outcome: 'resolved' } },
      });
      expect(told.given.filter(([state]) => state === RESOLVE)).toHaveLength(3);
    },
  );

  it('waits at most 1 s before the second round, then 2 s', () => {
    expect(states[RESOLVE]?.Retry).toContainEqual({
      ErrorEquals: ['ConflictError'],
      IntervalSeconds: 1,
      BackoffRate: 2,
      MaxDelaySeconds: 10,
      JitterStrategy: 'FULL',
      MaxAttempts: 9,
    });
  });

  it.each(['NotYetError', 'CircuitOpenError'])('waits until it may be compared after %s', async (name) => {
    const told = machineRun({
      'Attempt the operation': fails('ConflictError'),
      [RESOLVE]: inTurn(fails(name), resolved),
    });
    const wait = ['When may it be resolved?', 'Wait to resolve it'];
    expect(await entered(told)).toMatchObject({ states: inAnyOrder(...BEGIN, RESOLVE, ...wait, RESOLVE, 'Settle') });
    expect(states['Wait to resolve it']).toMatchObject({ TimestampPath: '$.decision.waitUntil' });
  });

  it('is given up without a next attempt', async () => {
    const told = machineRun({
      'Attempt the operation': fails('ConflictError'),
      [RESOLVE]: fails('GaveUpError'),
    });
    expect(await entered(told)).toMatchObject({ status: 'SUCCEEDED', states: inAnyOrder(...BEGIN, RESOLVE, ...DIE) });
  });
});

describe('a question, in the Recovery machine,', () => {
  it('waits for its answer, which is then carried out, in five transitions', async () => {
    const told = machineRun({ 'Attempt the operation': fails('DecisionDueError') });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'resolved' } },
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
    expect(told.given[1]).toMatchObject([
      TELL,
      { Subject: expect.any(String), Message: expect.stringContaining('f1') },
    ]);
    const { Payload } = Object(told.given[2]?.[1]);
    expect(Payload).toMatchObject({ key: 'payments/f1', id: 'f1', cycle: 1, correlationId: 'c1' });
  });

  it('tells of ids, and of nothing else', async () => {
    const told = machineRun({ 'Attempt the operation': fails('DecisionDueError') });
    await told.ran;
    const { Message } = Object(told.given[1]?.[1]);
    expect(Message).toMatch(/^Decision needed: the write of failure f1 to payments \(correlation id c1\)/);
    expect(Message).toContain(' It waits 3 days, then becomes a dead letter. ');
    expect(Message).toMatch(/#decision-needed\): npx @backstop-cdk\/backstop decisions show f1 --region \S+$/);
  });

  it('may follow each round, and be asked again', async () => {
    const told = machineRun({
      'Attempt the operation': fails('ConflictError'),
      [RESOLVE]: inTurn(fails('DecisionDueError'), fails('DecisionDueError'), resolved),
    });
    expect(await entered(told)).toMatchObject({
      states: inAnyOrder(...BEGIN, RESOLVE, ...ASK, RESOLVE, ...ASK, RESOLVE, 'Settle'),
    });
  });

  it('waits although nobody could be told', async () => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Tell a human that a decision is needed': fails('SNS.InternalError'),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
    expect(told.given.filter(([state]) => state === TELL).length).toBeGreaterThan(1);
  });

  it('that is answered already is not waited for', async () => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Wait for the decision': fails('DecidedError'),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
    expect(told.given.filter(([state]) => state === WAIT)).toHaveLength(1);
  });

  it('outlasts a token that could not be kept at first', async () => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Wait for the decision': inTurn(fails('InternalError'), fails('Lambda.Unknown'), () => ({})),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
  });

  it('whose answer came in time is carried out although nobody has woken the machine', async () => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Wait for the decision': fails('States.Timeout'),
    });
    expect(await entered(told)).toMatchObject({
      output: { settlement: { outcome: 'resolved' } },
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
  });

  it.each([
    ['States.Timeout', [RESOLVE]],
    ['GaveUpError', []],
  ])('that nobody answers becomes a dead letter, by %s', async (name, between) => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Wait for the decision': fails(name),
      [RESOLVE]: fails('GaveUpError'),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      output: { error: { Error: 'GaveUpError' } },
      states: inAnyOrder(...BEGIN, ...ASK, ...between, ...DIE),
    });
    // The machine waits for a human only once.
    expect(told.given.filter(([state]) => state === WAIT)).toHaveLength(1);
  });

  it('waits for three days, and a little longer than the question does', () => {
    const wait = states['Wait for the decision'];
    const ask = pipeline.findResources('AWS::Lambda::Function', {
      Properties: { Timeout: Number(wait?.TimeoutSeconds) - 3 * 86_400 },
    });
    expect(Object.keys(ask)).not.toEqual([]);
    expect(wait).toMatchObject({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' });
  });
});
