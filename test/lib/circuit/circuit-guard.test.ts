import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { guard } from '../../../lambdas/use-cases/circuit/guard.ts';
import { sampleCircuits } from '../../support/circuits.ts';
import { NOW, sampleSettings } from '../../support/samples.ts';
import { failureWithoutCause, type Run, statesOf } from '../machine-runner.ts';
import { named } from '../templates.ts';
import {
  ADMITTED,
  caught,
  fails,
  guarded,
  OPEN,
  ofTenant,
  orInvoiced,
  permit,
  runs,
  stack,
  twice,
} from './guarded-machines.ts';

describe('CircuitGuard', () => {
  it('makes the call where the circuit lets it pass, and counts its success, in five transitions of its own', async () => {
    const { ran, given } = await runs(guarded);
    expect(ran).toEqual({
      status: 'SUCCEEDED',
      output: { charged: true },
      states: [
        'Payments: guard',
        'Payments: ask the circuit',
        'Payments: may it be called?',
        'Payments: guarded',
        'Charge',
        'Payments: report the success',
        'Ship',
      ],
    });
    expect(given).toEqual([
      ['Payments: ask the circuit', { action: 'ask', dependency: 'payments' }],
      ['Charge', { order: 1 }],
      ['Payments: report the success', { action: 'report', dependency: 'payments', permit }],
      ['Ship', { charged: true }],
    ]);
  });

  it('counts a failure, and fails with the error of the call', async () => {
    const { ran, given } = await runs(guarded, { tasks: { Charge: fails('TimeoutError') } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'TimeoutError' });
    const ending = ['Payments: report the failure', 'Payments: failed: is there a cause?', 'Payments: failed'];
    expect(ran.states.slice(-4)).toEqual(['Charge', ...ending]);
    expect(ran.states.filter((name) => name !== 'Charge')).toHaveLength(7);
    expect(given.at(-1)).toEqual([
      'Payments: report the failure',
      {
        action: 'report',
        dependency: 'payments',
        permit,
        error: expect.objectContaining({ Error: 'TimeoutError', Cause: 'because of TimeoutError' }),
      },
    ]);
  });

  it('fails with the error of a call that has no cause', async () => {
    const Charge = () => {
      throw failureWithoutCause('CardError');
    };
    const { ran } = await runs(guarded, { tasks: { Charge } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'CardError' });
    expect(ran.states.at(-1)).toBe('Payments: failed, no cause');
  });

  it('waits while the circuit is open, and asks again', async () => {
    const { ran } = await runs(guarded, { ask: [OPEN, OPEN, ADMITTED] });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { charged: true } });
    const asking = ['Payments: ask the circuit', 'Payments: may it be called?'];
    const wait = 'Payments: wait for the circuit';
    expect(ran.states.slice(1, -4)).toEqual([...asking, wait, ...asking, wait, ...asking]);
    expect(statesOf(guarded.definition)[wait]).toMatchObject({ TimestampPath: '$.circuit.retryAt' });
  });

  it('asks again where it is late to act on a permit, and gives that permit back', async () => {
    const probe = { generation: 4, probe: 'a' };
    const late = { admitted: true, permit: probe, freshUntil: '2026-03-01T12:00:04.999Z' };
    const { ran, given } = await runs(orInvoiced, { ask: [late, ADMITTED] });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { charged: true } });
    expect(given).toEqual([
      ['Payments: ask the circuit', { action: 'ask', dependency: 'payments' }],
      ['Payments: withdraw the late permit', { action: 'withdraw', dependency: 'payments', permit: probe }],
      ['Payments: ask the circuit', { action: 'ask', dependency: 'payments' }],
      ['Charge', { order: 1 }],
      ['Payments: report the success', { action: 'report', dependency: 'payments', permit }],
      ['Ship', { charged: true }],
    ]);
  });

  it("calls nobody on a late permit where the circuit has opened since, even if it can't give the permit back", async () => {
    const late = { ...ADMITTED, freshUntil: '2026-03-01T12:00:00.000Z' };
    const tasks = { 'Payments: withdraw the late permit': fails('InternalError') };
    const { ran, given } = await runs(orInvoiced, { ask: [late, OPEN], tasks });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { invoiced: true } });
    expect(given.map(([name]) => name)).not.toContain('Charge');
  });

  it('does something else while the circuit is open, where there is something, on the input as it came', async () => {
    const { ran, given } = await runs(orInvoiced, { ask: [OPEN] });
    expect(ran).toEqual({
      status: 'SUCCEEDED',
      output: { invoiced: true },
      states: [
        'Payments: guard',
        'Payments: ask the circuit',
        'Payments: may it be called?',
        'Payments: the circuit is open',
        'Send an invoice',
        'Ship',
      ],
    });
    expect(given.slice(1)).toEqual([
      ['Send an invoice', { order: 1 }],
      ['Ship', { invoiced: true }],
    ]);
  });

  it('makes the call if the circuit is unreachable, without a permit to count it', async () => {
    const { ran, given } = await runs(guarded, {
      tasks: { 'Payments: ask the circuit': fails('InternalError') },
    });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { charged: true } });
    expect(given.slice(1)).toEqual([
      ['Charge', { order: 1 }],
      ['Payments: report the success', { action: 'report', dependency: 'payments', permit: null }],
      ['Ship', { charged: true }],
    ]);
  });

  it.each([
    [
      'success',
      { 'Payments: report the success': fails('InternalError') },
      { status: 'SUCCEEDED', output: { charged: true } },
    ],
    [
      'failure',
      { 'Payments: report the failure': fails('InternalError'), Charge: fails('TimeoutError') },
      { status: 'FAILED', error: 'TimeoutError' },
    ],
  ])('returns a %s unchanged if its report fails', async (_, tasks: Run['tasks'], end) => {
    expect((await runs(guarded, { tasks })).ran).toMatchObject(end);
  });

  it('can be caught as a whole, whatever its input', async () => {
    const { ran } = await runs(caught, { input: { circuit: 'mine', input: 'mine' } });
    expect(ran.states.slice(-2)).toEqual(['Payments: failed', 'Tell']);
    expect(ran.output).toMatchObject({ circuit: 'mine', input: 'mine', error: { Error: 'CardError' } });
  });

  it('names the tenant of the input', async () => {
    const { given } = await runs(ofTenant, { input: { customer: { tenant: 'acme' } } });
    expect(given.filter(([name]) => name.startsWith('Payments:')).map(([, received]) => received)).toEqual([
      { action: 'ask', dependency: 'payments', tenant: 'acme' },
      { action: 'report', dependency: 'payments', tenant: 'acme', permit },
    ]);
  });

  it('stands beside another for the same dependency, and lets the machine call the one function that both ask', () => {
    const { definition, statements } = twice;
    expect(Object.keys(statesOf(definition))).toEqual(
      expect.arrayContaining(['First: ask the circuit', 'Second: ask the circuit']),
    );
    expect(statements).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } },
    ]);
    expect(statements.map((statement) => named((statement as { Resource: unknown }).Resource))).toEqual([
      'BackstopCircuit',
    ]);
    const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
    expect(violations.map(({ ruleName }) => ruleName).filter((rule) => rule.includes('IAM'))).toEqual([]);
  });
});

it('goes by the circuit that functions share, and opens it by what its calls come to', async () => {
  const { circuits: shared } = sampleCircuits(() => NOW);
  const answer = (request: unknown) => guard(request, { settings: () => sampleSettings(), circuits: shared });
  const answers = Object.fromEntries(
    ['ask the circuit', 'report the success', 'report the failure'].map((name) => [`Payments: ${name}`, answer]),
  );
  const down = fails('TimeoutError');
  for (let call = 0; call < 5; call++) {
    const { ran } = await runs(orInvoiced, { tasks: { ...answers, Charge: down } });
    expect(ran.error).toBe('TimeoutError');
  }
  const { states } = (await runs(orInvoiced, { tasks: { ...answers, Charge: down } })).ran;
  expect(states).toContain('Send an invoice');
  expect(states).not.toContain('Charge');
  expect((await shared.of(sampleSettings()).tryAcquire()).admitted).toBe(false);
});
