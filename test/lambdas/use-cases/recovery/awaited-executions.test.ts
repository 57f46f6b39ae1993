import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotYetError } from '../../../../lambdas/contract/errors.ts';
import type { AwsSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult, PendingCall } from '../../../../lambdas/domain/boundary/call-result.ts';
import { digest } from '../../../../lambdas/domain/digest.ts';
import { json } from '../../../support/json.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { awsSettings, keyOf } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

type Answer = CallResult | PendingCall;
const ok: Answer = { kind: 'ok', statusCode: 200 };
const failedAgain: Answer = { kind: 'failed', error: { name: 'States.Timeout' } };
const waits = (redrives: number, forMs = 60_000): Answer => ({
  kind: 'pending',
  forMs,
  awaited: { execution: NAME, redrives },
});

const NAME = 'file-7';

/** An execution and its failure. Each call gets the next answer; the last one repeats. */
const ofTarget = (id: string) => keyOf(id, { dependency: 'target' });
function scene(answers: readonly Answer[], change: Partial<AwsSettings> = {}) {
  const arn = `arn:aws:states:us-east-1:111122223333:execution:Import:${randomUUID()}`;
  const left = [...answers];
  const next = async () => (left.length > 1 ? left.shift() : left[0]) ?? ok;
  const settings = awsSettings('state-machine', change);
  const made = new RecoveryScene(tables, next, settings, `sfn-${digest(arn)}`);
  const tell = (redriveCount = 0) =>
    made.deliver({
      'detail-type': 'Step Functions Execution Status Change',
      time: new Date(made.now).toISOString(),
      detail: { executionArn: arn, name: NAME, status: 'FAILED', error: 'States.Timeout', redriveCount },
    });
  return { made, tell };
}

/** Advances the clock to the next check. */
async function passTime({ made }: ReturnType<typeof scene>) {
  made.now = Date.parse((await made.entry()).notBefore ?? '');
}

/** The last message copy that returned to the lane. */
const copyOf = ({ made }: ReturnType<typeof scene>) => JSON.parse(made.sentBack.at(-1)?.body ?? '');

describe('an execution that is still running', () => {
  it('is waited for in the lane, at the cost of no attempt', async () => {
    const waited = scene([waits(1)]);
    expect(await waited.tell()).toBe(true);
    const { made } = waited;
    expect(await made.entry()).toMatchObject({ tier: 'hot', attempts: 0, held: 'execution', awaited: { redrives: 1 } });
    expect(made.sentBack).toMatchObject([{ delayMs: 60_000 }]);
    await passTime(waited);
    await made.deliver(copyOf(waited));
    expect(made.calls).toBe(2);
    expect(await made.entry()).toMatchObject({ attempts: 0, held: 'execution' });
  });

  it('that succeeds is recovered', async () => {
    const waited = scene([waits(1), ok]);
    await waited.tell();
    await passTime(waited);
    await waited.made.deliver(copyOf(waited));
    expect(await waited.made.entry()).toMatchObject({ outcome: 'recovered', attempts: 1 });
  });

  it('that fails again is a failed attempt, and told of in the trail with each redrive', async () => {
    const waited = scene([waits(1), failedAgain, waits(2)]);
    await waited.tell();
    await passTime(waited);
    await waited.made.deliver(copyOf(waited));
    const { attempts, awaited, trail } = await waited.made.entry();
    expect({ attempts, awaited }).toEqual({ attempts: 1, awaited: { execution: NAME, redrives: 2 } });
    expect(trail.map(({ step }) => step)).toEqual(['received', 'awaited', 'attempt-failed', 'awaited']);
  });

  it('is waited for where the process died that had redriven it, whose call costs an attempt', async () => {
    const waited = scene([waits(1), waits(1), ok]);
    await waited.tell();
    await passTime(waited);
    const { made } = waited;
    await made.interruptCall();
    made.now += 2_000;
    await made.deliver(copyOf(waited));
    expect(await made.entry()).toMatchObject({ state: 'open', held: 'execution', attempts: 1 });
    await passTime(waited);
    await made.deliver(copyOf(waited));
    expect(await made.entry()).toMatchObject({ outcome: 'recovered', attempts: 2 });
  });

  it('says nothing of the dependency, though it be a probe of its circuit', async () => {
    const waited = scene([waits(1)]);
    await waited.made.tripCircuit();
    await waited.tell();
    await passTime(waited);
    await waited.made.deliver(copyOf(waited));
    expect(await waited.made.circuitKind()).toBe('half-open');
    expect(waited.made.calls).toBe(1);
  });

  it('is waited for by the machine, which pays for redrives and not for looks', async () => {
    const one = { retryBudget: { share: 0, perSecond: 0.1 } };
    const waited = scene([failedAgain, waits(1, 1_000), waits(1, 1_000), failedAgain], { retry: RETRY, ...one });
    await waited.tell();
    const { made } = waited;
    expect(await made.entry()).toMatchObject({ tier: 'warm', attempts: 1 });
    await expect(made.attempt()).rejects.toThrow(NotYetError);
    await made.drawRetry();
    for (let look = 0; look < 2; look++) {
      await passTime(waited);
      await made.attempt().catch(() => undefined);
    }
    // The third check ran at once, despite the empty budget, and found the failure.
    expect(await made.entry()).toMatchObject({ attempts: 2, awaited: { redrives: 1, hasFailed: true } });
  });

  it('is waited for until the deadline, and then a dead letter', async () => {
    const waited = scene([waits(1, 86_400_000)]);
    await waited.tell();
    await passTime(waited);
    const { made } = waited;
    expect(made.now).toBeLessThan(Date.parse((await made.entry()).deadline));
    made.now += 20_000;
    await made.deliver(copyOf(waited));
    expect(await made.deadLetter()).toMatchObject({ reason: 'deadline' });
  });
});

const RETRY = { hotAttempts: 1, durableAttempts: 3, initialDelayMs: 100, maxDelayMs: 5_000 };

describe('an execution that fails once more', () => {
  it("while Backstop waits for it, doesn't start another failure", async () => {
    const waited = scene([waits(1)]);
    await waited.tell();
    const { made, tell } = waited;
    expect(await tell(1)).toBe(true);
    expect(await made.ledger.get(ofTarget(`${made.id}.r1`))).toBeUndefined();
    expect(made.calls).toBe(1);
  });

  it("after its failure was given up, by Backstop's redrive, doesn't start another failure", async () => {
    const given = await givenUp();
    await given.tell(1);
    expect(await given.made.ledger.get(ofTarget(`${given.made.id}.r1`))).toBeUndefined();
  });

  it('after its failure was given up, by a redrive of somebody else, is another failure, which waits in the lane by itself', async () => {
    const given = await givenUp();
    const { made, tell } = given;
    await tell(2);
    const id = `${made.id}.r2`;
    expect(await made.ledger.get(ofTarget(id))).toMatchObject({ state: 'open', held: 'execution' });
    made.now += 60_000;
    await made.deliver(copyOf(given));
    expect(await made.ledger.get(ofTarget(id))).toMatchObject({ outcome: 'recovered' });
  });

  it("by another person's redrive, has its own failure, although Backstop retries the first one as well", async () => {
    const given = await givenUp();
    const { made, tell } = given;
    await tell(2);
    const copy = copyOf(given);
    await made.ledger.hold(await reopened(made), { because: 'circuit', until: made.now + 3_600_000 });
    made.now += 60_000;
    await made.deliver(copy);
    expect(await made.ledger.get(ofTarget(`${made.id}.r2`))).toMatchObject({ outcome: 'recovered' });
  });

  it('is redriven at once where its dead letter was, though it was waited for', async () => {
    const { made } = await givenUp();
    await made.deliver({ kind: 'backstop-dead-letter', version: 1, id: made.id, cycle: 1 });
    expect(await made.entry()).toMatchObject({ cycle: 2, awaited: { redrives: 2 } });
    expect((await made.entry()).awaited).not.toHaveProperty('hasFailed');
  });

  /** Opens the failure for another cycle, without an attempt. */
  async function reopened(made: RecoveryScene) {
    const entry = await made.entry();
    const { verdict } = entry;
    const deadline = made.now + 6 * 3_600_000;
    return made.ledger.reopen(entry, { verdict, attemptLimit: 3, deadline, deadLetterQueueUrl: 'url' });
  }

  /** A failure that Backstop redrove once and gave up at its deadline. */
  async function givenUp() {
    const given = scene([waits(1, 86_400_000), waits(2), ok]);
    const { made, tell } = given;
    await tell();
    made.now += 86_400_000;
    await made.settleAsDead();
    expect(await made.entry()).toMatchObject({ outcome: 'dead-lettered', awaited: { redrives: 1 } });
    return given;
  }
});

describe('what may be done twice', () => {
  it.each<[AwsSettings['kind'], boolean, string]>([
    ['lambda', true, 'recovered'],
    ['lambda', false, 'unknown-result'],
    ['queue', true, 'recovered'],
    ['queue', false, 'unknown-result'],
    ['state-machine', false, 'recovered'],
  ])(
    'of the kind %s, repeatable %s, after a report that leaves open whether it was done: %s',
    async (kind, repeatable, end) => {
      const made = new RecoveryScene(tables, async () => ok, awsSettings(kind, { repeatable }));
      const path = kind === 'state-machine' ? '/executions/x/redrive' : '/';
      const body = kind === 'state-machine' ? {} : { body: json('x') };
      const operation = { method: 'POST' as const, path, ...body };
      await made.report({ dependency: 'target', operation, error: { name: 'Sandbox.Timedout' } });
      const { outcome } = await made.entry();
      expect(outcome ?? (await made.deadLetter()).reason).toBe(end);
    },
  );
});
