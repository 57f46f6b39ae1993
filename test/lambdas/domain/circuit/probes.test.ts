import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admission } from '../../../../lambdas/domain/circuit/admission.ts';
import type { Circuit } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { CIRCUITS, type CircuitName, EVENTS, NOW, OUTAGE, PLAIN_POLICY as POLICY, probesOf, step } from './circuits.ts';

type EventName = keyof typeof EVENTS;

describe('the probes of a circuit', () => {
  it('leases the first probe when it half-opens', () => {
    expect(step(CIRCUITS['open, time to probe'], EVENTS.asked, POLICY)).toEqual({
      ...OUTAGE,
      kind: 'half-open',
      since: NOW,
      probes: [{ token: 'new', until: NOW + POLICY.probeLeaseMs, at: NOW }],
      succeeded: 0,
      failed: 0,
      again: true,
    });
  });

  it('begins a round of the same outage with a single probe, and ends it if that fails', () => {
    const scouting = step(CIRCUITS['open, time to probe'], EVENTS.asked, POLICY);
    expect(step(scouting, { ...EVENTS.asked, token: 'second' }, POLICY)).toBe(scouting);
    expect(step(scouting, { ...EVENTS['probe failed'], token: 'new' }, POLICY)).toMatchObject({ kind: 'open' });
    const up = step(scouting, { ...EVENTS['probe succeeded'], token: 'new' }, POLICY);
    const both = step(step(up, EVENTS.asked, POLICY), { ...EVENTS.asked, token: 'second' }, POLICY);
    expect(both).toMatchObject({ kind: 'half-open', probes: [{ token: 'new' }, { token: 'second' }] });
  });

  it('notes how long the fastest probe took, so that the ramp waits for its calls', () => {
    const probing = {
      ...CIRCUITS['half-open, last success missing'],
      probes: [{ token: 'a', until: NOW, at: NOW - 4_000 }],
    };
    const after = step(probing as Circuit, EVENTS['probe succeeded'], POLICY);
    expect(after).toMatchObject({ kind: 'recovering', ramp: { callMs: 4_000 } });
  });

  it('gives each call a time of its own where few may pass', () => {
    const paced = (circuit: Circuit, ms: number) =>
      step(circuit, { type: 'paced', now: NOW + ms, perSecond: 20 }, POLICY);
    const first = paced(CIRCUITS['recovering, some share'], 0);
    expect(paced(first, 49)).toBe(first);
    expect([60, 99].map((ms) => paced(paced(first, 60), ms))).toMatchObject([
      { ramp: { slot: NOW + 100 } },
      { ramp: { slot: NOW + 100 } },
    ]);
    expect(paced(first, 1_000)).toMatchObject({ ramp: { slot: NOW + 1_000 } });
  });

  it('gives the place of a probe whose lease is over to another, and still believes the former, once', () => {
    const after = step(CIRCUITS['half-open, a lease over'], EVENTS.asked, POLICY);
    expect(after).toMatchObject({ probes: [{ token: 'a' }, { token: 'b' }, { token: 'c' }, { token: 'new' }] });
    const believed = step(after, EVENTS['probe succeeded'], POLICY);
    expect(believed).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }, { token: 'c' }, { token: 'new' }] });
    expect(step(believed, EVENTS['probe succeeded'], POLICY)).toBe(believed);
  });

  it('leases a probe for as long as its call may take', () => {
    const leaseMs = POLICY.probeLeaseMs + 1_000;
    const after = step(CIRCUITS['open, time to probe'], { ...EVENTS.asked, leaseMs }, POLICY);
    expect(after).toMatchObject({ probes: [{ until: NOW + leaseMs }] });
    const shorter = step(CIRCUITS['open, time to probe'], { ...EVENTS.asked, leaseMs: 1 }, POLICY);
    expect(shorter).toMatchObject({ probes: [{ until: NOW + POLICY.probeLeaseMs }] });
  });

  it('believes a probe whose lease is over while nobody has taken its place', () => {
    const after = step(CIRCUITS['half-open, a lease over'], EVENTS['probe succeeded'], POLICY);
    expect(after).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }, { token: 'c' }] });
  });

  it('frees the place of a probe that is withdrawn, and counts nothing', () => {
    const after = step(CIRCUITS['half-open, full with successes'], EVENTS['probe withdrawn'], POLICY);
    expect(after).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }] });
    expect(admission(after, NOW, { turn: 0 }, POLICY)).toBe('ask');
  });

  it('never has more probes under way than the policy allows', () => {
    const most = fc.array(fc.constantFrom('asked', 'probe succeeded', 'probe withdrawn', 'later'), { maxLength: 30 });
    fc.assert(
      fc.property(most, fc.integer({ min: 1, max: 5 }), (steps, probes) => {
        let circuit: Circuit = CIRCUITS['open, time to probe'];
        let now = NOW;
        for (const [index, next] of steps.entries()) {
          const first = circuit.kind === 'half-open' ? (circuit.probes[0]?.token ?? 'none') : 'none';
          const policy = { ...POLICY, probes };
          if (next === 'later') now += 13_000;
          else if (next === 'asked') circuit = step(circuit, { type: 'asked', now, token: `${index}` }, policy);
          else if (next === 'probe succeeded')
            circuit = step(circuit, { type: 'probed', now, token: first, ok: true }, policy);
          else circuit = step(circuit, { type: 'withdrawn', now, token: first }, policy);
          if (circuit.kind !== 'half-open') continue;
          expect(circuit.probes.filter(({ until }) => until > now).length).toBeLessThanOrEqual(probes);
        }
      }),
    );
  });

  it.each<[CircuitName, EventName]>([
    ['open too early, a late probe', 'probe succeeded'],
    ['half-open, last success missing, a late one', 'probe succeeded'],
    ['half-open, room beside a late one', 'probe failed'],
    ['half-open, room beside a late one', 'probe succeeded'],
    ['half-open, late ones over', 'probe succeeded'],
    ['recovering, a late probe', 'probe failed'],
    ['forced open, a late probe', 'probe failed'],
    ['forced closed, a late probe', 'probe withdrawn'],
    ['forced open expired, a late probe', 'probe failed'],
  ])('%s, %s: only its place is free', (name, event) => {
    const probes = probesOf(CIRCUITS[name]).filter(({ token }) => token !== 'a');
    expect(step(CIRCUITS[name], EVENTS[event], POLICY)).toMatchObject({ probes });
  });

  it.each<[CircuitName, EventName]>([
    ['half-open, full', 'forced open'],
    ['half-open, full', 'forced closed'],
    ['forced open, a late probe', 'released'],
    ['forced open, a late probe', 'forced closed'],
    ['recovering, a late probe', 'nothing but failures'],
    ['open, late probes', 'asked'],
  ])('%s, %s: probes under way hold their places', (name, event) => {
    const probes = probesOf(CIRCUITS[name]).map((probe) => ({ ...probe, late: true }));
    expect(step(CIRCUITS[name], EVENTS[event], POLICY)).toMatchObject({ probes });
  });

  it('leases no probe where late ones hold all places, and one as soon as one of them has ended', () => {
    const full = step(CIRCUITS['open, late probes'], EVENTS.asked, POLICY);
    expect(step(full, EVENTS.asked, POLICY)).toBe(full);
    const after = step(step(full, EVENTS['probe failed'], POLICY), EVENTS.asked, POLICY);
    expect(after).toMatchObject({ kind: 'half-open', probes: [{ token: 'b' }, { token: 'c' }, { token: 'new' }] });
  });

  it('forgets late probes whose lease is over when it changes', () => {
    const after = step(CIRCUITS['half-open, late ones over'], EVENTS['forced open'], POLICY);
    expect(after).toHaveProperty('probes', []);
  });
});
