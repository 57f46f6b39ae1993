import { describe, expect, it } from 'vitest';
import type { CircuitRow, Incident, LaneRow } from '../../../bin/console/page/documents.ts';
import { conditionText, headlineOf } from '../../../bin/console/page/headline.ts';
import { type Facts, troublesOf, waitingIn } from '../../../bin/console/page/situation.ts';

const NOW = Date.parse('2026-03-01T03:20:00Z');
const at = (time: string) => `2026-03-01T${time}:00.000Z`;

function circuit(name: string, state: CircuitRow['state'], change: Partial<CircuitRow> = {}): CircuitRow {
  return { circuit: name, state, successes: 0, failures: 0, meaning: '', ...change };
}
const DOWN = circuit('payments', 'open', { since: at('03:15'), outageSince: at('03:02') });

function incident(of: string, change: Partial<Incident> = {}): Incident {
  return {
    of,
    cause: 'unreachable',
    priority: 'P2',
    state: 'open',
    summary: `${of} keeps failing`,
    action: 'Act in working hours',
    count: 1,
    firstAt: at('03:02'),
    lastAt: at('03:02'),
    ...change,
  };
}

const counts = { running: 0, held: 0, decision: 0, undoing: 0, dead: 0 };
function lane(name: string, held: number): LaneRow {
  return { lane: name, paused: false, outcomes: {}, circuits: [], counts: { ...counts, held } };
}

function facts(change: Partial<Facts> = {}): Facts {
  return { incidents: [], circuits: [], lanes: [], now: NOW, ...change };
}

function headline(change: Partial<Facts>, questions = 0) {
  return headlineOf({ troubles: troublesOf(facts(change)), questions, hasAlarms: false, now: NOW });
}

describe('what is wrong, by dependency', () => {
  it('begins with what is down and has waiting failures, then what needs a human, then the rest', () => {
    const incidents = [
      incident('calm', { state: 'acknowledged' }),
      incident('orders', { cause: 'permanent' }),
      incident('saga', { priority: 'P1', cause: 'undo-incomplete' }),
      incident('payments'),
    ];
    const healed = circuit('rates', 'closed', { since: at('03:14'), outageSince: at('02:00') });
    const circuits = [circuit('idle', 'open', { since: at('03:00') }), healed, DOWN, circuit('fine', 'closed')];
    const troubles = troublesOf(facts({ incidents, circuits, lanes: [lane('payments', 208)] }));
    const order = troubles.map(({ dependency, condition }) => `${dependency} ${condition}`);
    expect(order).toEqual(['payments down', 'idle down', 'saga up', 'orders up', 'rates recovered', 'calm up']);
  });

  it('is one for all incidents and circuits of a dependency, the most urgent incident first', () => {
    const incidents = [
      incident('payments', { state: 'acknowledged', cause: 'a', priority: 'P1' }),
      incident('payments', { cause: 'b' }),
      incident('payments', { cause: 'c', priority: 'P1' }),
    ];
    const circuits = ['acme', 'umbrella'].map((tenant) =>
      circuit(`payments/${tenant}`, 'open', { since: at('03:05') }),
    );
    const [trouble, ...others] = troublesOf(facts({ incidents, circuits }));
    expect(others).toEqual([]);
    expect(trouble?.incidents.map(({ cause }) => cause)).toEqual(['c', 'b', 'a']);
    expect(trouble && conditionText(trouble, NOW)).toBe('down for 2 tenants since 03:05 UTC');
  });

  it.each<[string, string, number, readonly string[]]>([
    ['some minutes after its recovery, drained', '03:11', 0, ['recovered']],
    ['longer ago, drained', '03:09', 0, []],
    ['longer ago, still draining', '02:30', 12, ['recovered']],
    ['so long ago that other failures wait', '02:19', 12, []],
  ])('keeps a dependency %s', (_, since, waiting, expected) => {
    const circuits = [circuit('payments', 'closed', { since: at(since), outageSince: at('01:00') })];
    const troubles = troublesOf(facts({ circuits, lanes: [lane('payments', waiting)] }));
    expect(troubles.map(({ condition }) => condition)).toEqual(expected);
  });

  it('does not take a circuit that was never open for one that has recovered', () => {
    expect(troublesOf(facts({ circuits: [circuit('payments', 'closed', { since: at('03:19') })] }))).toEqual([]);
  });

  it.each<[Pick<LaneRow, 'counts' | 'waiting' | 'inFlight' | 'held'>, number]>([
    [{ counts: { running: 3, held: 4, decision: 5, undoing: 6, dead: 7 } }, 13],
    [{ waiting: 2, inFlight: 1, held: 9 }, 9],
    [{}, 0],
  ])('counts the failures of %j that Backstop works on', (known, expected) => {
    expect(waitingIn({ lane: 'payments', paused: false, outcomes: {}, circuits: [], ...known })).toBe(expected);
  });
});

describe('the headline', () => {
  it.each<[string, Partial<Facts>, string, string]>([
    [
      'what is down, and that it heals by itself',
      { circuits: [DOWN], incidents: [incident('payments')], lanes: [lane('payments', 208)] },
      'payments is down since 03:02 UTC',
      '208 wait, nothing is lost, Backstop retries when it is well. No action needed yet.',
    ],
    [
      'that nothing waits',
      { circuits: [DOWN] },
      'payments is down since 03:02 UTC',
      'Nothing waits, Backstop tries again by itself. No action needed yet.',
    ],
    [
      'each of several',
      { circuits: [DOWN, circuit('orders', 'half-open', { since: at('03:10') })], lanes: [lane('payments', 1)] },
      '2 dependencies are down',
      'payments is down since 03:02 UTC: 1 waits. orders is down since 03:10 UTC: nothing waits. Nothing is lost, Backstop retries when they are well. No action needed yet.',
    ],
    [
      'that somebody must act on what is down',
      { circuits: [DOWN], incidents: [incident('payments', { priority: 'P1' })], lanes: [lane('payments', 1)] },
      'Act now: payments is down since 03:02 UTC',
      '1 waits, nothing is lost, Backstop retries when it is well.',
    ],
    [
      'what is down before what is urgent elsewhere',
      {
        circuits: [DOWN],
        incidents: [incident('saga', { priority: 'P1', summary: 'Undo incomplete' })],
        lanes: [lane('payments', 5)],
      },
      'payments is down since 03:02 UTC',
      '5 wait, nothing is lost, Backstop retries when it is well.',
    ],
    [
      'what is urgent, and what has recovered',
      {
        circuits: [circuit('payments', 'closed', { since: at('03:14'), outageSince: at('03:02') })],
        incidents: [incident('saga', { priority: 'P1', summary: 'Undo incomplete' })],
      },
      'Act now: Undo incomplete',
      'payments recovered at 03:14 UTC.',
    ],
    [
      'who is urgent, if there are several',
      { incidents: ['saga', 'orders'].map((of) => incident(of, { priority: 'P1' })) },
      'Act now: saga and orders need you',
      '',
    ],
    [
      'what no worker has taken yet',
      { circuits: [DOWN], lanes: [{ ...lane('payments', 61), unclaimed: 146 }] },
      'payments is down since 03:02 UTC',
      '61 wait, about 146 more in the queue, nothing is lost, Backstop retries when it is well. No action needed yet.',
    ],
    [
      'who holds calls back',
      {
        circuits: [circuit('payments', 'forced-open', { since: at('03:00'), by: 'alice' })],
        lanes: [lane('payments', 2)],
      },
      'payments is held back by alice since 03:00 UTC',
      '2 wait, nothing is lost. No call passes until somebody releases the circuit. No action needed yet.',
    ],
    [
      'that it can wait',
      { incidents: [incident('orders', { cause: 'permanent' }), incident('saga', { state: 'acknowledged' })] },
      'A human is needed, but not at once: orders',
      '',
    ],
    [
      'what has recovered',
      {
        circuits: [circuit('payments', 'closed', { since: at('03:14'), outageSince: at('03:02') })],
        lanes: [lane('payments', 12)],
      },
      'Nobody needs to act',
      'payments recovered at 03:14 UTC, 12 draining.',
    ],
    ['that all is well', {}, 'Nobody needs to act', ''],
  ])('says %s', (_, change, title, text) => {
    expect(headline(change)).toMatchObject({ title, text });
  });

  it('tells what is urgent besides an outage, and nothing if that is the outage itself', () => {
    const urgent = (of: string) => incident(of, { priority: 'P1', summary: `${of} needs you` });
    expect(headline({ circuits: [DOWN], incidents: [urgent('saga')] }).act).toBe('Act now: saga needs you');
    const both = [urgent('saga'), urgent('payments')];
    expect(headline({ circuits: [DOWN], incidents: both })).toMatchObject({
      title: 'Act now: payments is down since 03:02 UTC',
      act: 'Act now: saga needs you',
    });
    expect(headline({ circuits: [DOWN], incidents: [urgent('payments')] }).act).toBeUndefined();
  });

  it('counts what can wait beside an outage', () => {
    const incidents = [incident('payments'), incident('orders', { cause: 'permanent' })];
    expect(headline({ circuits: [DOWN], incidents }, 2).text).toContain(
      'No action needed yet; 1 other incident and 2 decisions can wait until working hours.',
    );
  });

  it('says that a count is a sample', () => {
    const troubles = troublesOf(facts({ circuits: [DOWN], lanes: [lane('payments', 1_208)] }));
    const { text } = headlineOf({ troubles, questions: 0, hasAlarms: false, isAbout: true, now: NOW });
    expect(text).toMatch(/^About 1,208 wait, nothing is lost/);
  });
});
