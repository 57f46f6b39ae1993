import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import type { AcceptSettings } from '../../../lambdas/contract/settings.ts';
import { toSettings } from '../../../lib/config/config.ts';
import type { HttpDependencyConfig } from '../../../lib/config/dependency-config.ts';
import type { FallbackConfig } from '../../../lib/config/resilience-config.ts';
import { validateConfig, validateDependency } from '../../../lib/config/validate-config.ts';

const minimal: HttpDependencyConfig = { kind: 'http', baseUrl: 'https://api.example.com' };

function mistakesIn(config: object): string[] {
  return [...validateDependency('payments', { ...minimal, ...config })].map((mistake) =>
    mistake.replace("dependency 'payments': ", ''),
  );
}

describe('the settings of a circuit', () => {
  it('outlast a call that is repeated once with a lease for each probe', () => {
    const { circuit } = toSettings('payments', { ...minimal, timeout: Duration.seconds(60) });
    expect(circuit.probeLeaseMs).toBe(125_000);
  });

  it('outlast a round of fetch, compare, resubmit', () => {
    const conflict = { strategy: 'ask' } as const;
    const { circuit } = toSettings('payments', { ...minimal, timeout: Duration.seconds(60), conflict });
    expect(circuit.probeLeaseMs).toBe(250_000);
  });

  it('hold defaults where the config has some only', () => {
    const { circuit } = toSettings('payments', { ...minimal, circuit: { probes: 10 } });
    expect(circuit).toMatchObject({ probes: 10, failureRate: 0.5, windowMs: 10_000 });
  });
});

describe('the settings of a retry budget', () => {
  it('hold defaults where the config has some only', () => {
    const { retryBudget } = toSettings('payments', { ...minimal, retryBudget: { perSecond: 1_000 } });
    expect(retryBudget).toEqual({ share: 0.2, perSecond: 1_000 });
  });
});

describe('the settings of a fallback', () => {
  it.each<[FallbackConfig, object]>([
    [
      { kind: 'static', answer: null },
      { kind: 'static', answer: null },
    ],
    [
      { kind: 'last-good', maxAge: Duration.days(30) },
      { kind: 'last-good', maxAgeMs: 2_592_000_000 },
    ],
    [
      { kind: 'backup', dependency: 'payments-2', after: Duration.hours(23) },
      { kind: 'backup', dependency: 'payments-2', afterMs: 82_800_000 },
    ],
    [
      { kind: 'read-only', maxAge: Duration.seconds(1), after: Duration.seconds(1) },
      { kind: 'read-only', maxAgeMs: 1_000, afterMs: 1_000 },
    ],
    [{ kind: 'skip' }, { kind: 'skip' }],
  ])('of %o are %o', (fallback, settings) => {
    expect(toSettings('payments', { ...minimal, fallback }).fallback).toStrictEqual(settings);
  });

  it.each([0, '', false, [1, 'é'], { sku: { left: 3 }, notes: [] }, 'x'.repeat(8_190)])(
    'hold the answer %o',
    (answer) => {
      expect(toSettings('payments', { ...minimal, fallback: { kind: 'static', answer } }).fallback).toEqual({
        kind: 'static',
        answer,
      });
    },
  );
});

describe('a mistake in a circuit', () => {
  it.each<[unknown, string]>([
    [true, 'circuit must be an object, got boolean'],
    [
      { rate: 1 },
      "unknown setting 'circuit.rate'; valid settings: failureRate, minimumCalls, confidence, window, openFor, probeAgainAfter, probes, adaptive, perTenant",
    ],
    [{ failureRate: 0 }, 'circuit.failureRate must be above 0, got 0'],
    [{ failureRate: 50 }, 'circuit.failureRate must be at most 1, got 50'],
    [{ failureRate: '50 %' }, "circuit.failureRate must be a number, got '50 %'"],
    [{ failureRate: Number.NaN }, 'circuit.failureRate must be a number, got NaN'],
    [{ minimumCalls: 0 }, 'circuit.minimumCalls must be at least 1, got 0'],
    [{ minimumCalls: 1_001 }, 'circuit.minimumCalls must be at most 1000, got 1001'],
    [{ window: 10 }, 'circuit.window must be a Duration such as Duration.minutes(5), got 10'],
    [{ window: Duration.seconds(1) }, 'circuit.window must be at least 2 seconds, got 1 second'],
    [{ window: Duration.seconds(61) }, 'circuit.window must be at most 1 minute, got 1 minute 1 second'],
    [
      { window: Duration.millis(2_500) },
      'circuit.window must be whole seconds (calls are counted per second), got 2 seconds 500 millis',
    ],
    [{ openFor: Duration.millis(999) }, 'circuit.openFor must be at least 1 second, got 999 millis'],
    [{ openFor: Duration.minutes(61) }, 'circuit.openFor must be at most 1 hour, got 1 hour 1 minute'],
    [{ probeAgainAfter: Duration.millis(999) }, 'circuit.probeAgainAfter must be at least 1 second, got 999 millis'],
    [{ probeAgainAfter: Duration.hours(2) }, 'circuit.probeAgainAfter must be at most 1 hour, got 2 hours'],
    [{ probes: 0 }, 'circuit.probes must be at least 1, got 0'],
    [{ probes: 11 }, 'circuit.probes must be at most 10, got 11'],
    [{ adaptive: 1 }, 'circuit.adaptive must be true or false, got 1'],
    [{ perTenant: 'yes' }, "circuit.perTenant must be true or false, got 'yes'"],
  ])('is named: %o', (circuit, mistake) => {
    expect(mistakesIn({ circuit })).toEqual([mistake]);
  });
});

describe('a mistake in a retry budget', () => {
  it.each<[unknown, string]>([
    [0.2, 'retryBudget must be an object, got number'],
    [{ rate: 1 }, "unknown setting 'retryBudget.rate'; valid settings: share, perSecond"],
    [{ share: -0.1 }, 'retryBudget.share must be at least 0, got -0.1'],
    [{ share: 20 }, 'retryBudget.share must be at most 1, got 20'],
    [{ perSecond: 0 }, 'retryBudget.perSecond must be at least 0.1, got 0'],
    [{ perSecond: Number.POSITIVE_INFINITY }, 'retryBudget.perSecond must be at most 1000, got Infinity'],
  ])('is named: %o', (retryBudget, mistake) => {
    expect(mistakesIn({ retryBudget })).toEqual([mistake]);
  });
});

describe('a mistake in a fallback', () => {
  const NO_JSON = 'must be valid JSON (null, booleans, numbers, strings, arrays, plain objects), got';
  const cyclic: { self?: object } = {};
  cyclic.self = cyclic;

  it.each<[unknown, string]>([
    ['skip', 'fallback must be an object, got string'],
    [null, 'fallback must be an object, got null'],
    [
      { kind: 'cache' },
      "fallback.kind must be one of 'static', 'last-good', 'backup', 'read-only', 'skip', got 'cache'",
    ],
    [{}, "fallback.kind must be one of 'static', 'last-good', 'backup', 'read-only', 'skip', got undefined"],
    [{ kind: 'skip', answer: 1 }, "unknown setting 'fallback.answer'; valid settings: kind, after"],
    [{ kind: 'skip', after: Duration.millis(999) }, 'fallback.after must be at least 1 second, got 999 millis'],
    [{ kind: 'skip', after: Duration.days(1) }, 'fallback.after must be at most 23 hours, got 1 day'],
    [{ kind: 'last-good' }, 'fallback.maxAge must be a Duration such as Duration.minutes(5), got undefined'],
    [{ kind: 'last-good', maxAge: Duration.millis(1) }, 'fallback.maxAge must be at least 1 second, got 1 milli'],
    [{ kind: 'read-only', maxAge: Duration.days(31) }, 'fallback.maxAge must be at most 30 days, got 31 days'],
    [{ kind: 'backup' }, 'fallback.dependency must be a non-empty string, got undefined'],
    [{ kind: 'static' }, `fallback.answer ${NO_JSON} undefined`],
    [{ kind: 'static', answer: 1n }, `fallback.answer ${NO_JSON} 1n`],
    [{ kind: 'static', answer: Number.NaN }, `fallback.answer ${NO_JSON} NaN`],
    [{ kind: 'static', answer: new Date(0) }, `fallback.answer ${NO_JSON} 1970-01-01T00:00:00.000Z`],
    [{ kind: 'static', answer: { total: undefined } }, `fallback.answer ${NO_JSON} { total: undefined }`],
    [{ kind: 'static', answer: { rates: new Map() } }, `fallback.answer ${NO_JSON} { rates: Map(0) {} }`],
    [{ kind: 'static', answer: cyclic }, `fallback.answer ${NO_JSON} <ref *1> { self: [Circular *1] }`],
    [
      { kind: 'static', answer: 'é'.repeat(4_096) },
      'fallback.answer must be at most 8192 bytes of JSON, got 8194 bytes',
    ],
    [
      { kind: 'static', answer: { id: 2 ** 53 } },
      'fallback.answer must not contain integers beyond 9007199254740991, which lose digits: send them as strings',
    ],
  ])('is named: %o', (fallback, mistake) => {
    expect(mistakesIn({ fallback })).toEqual([mistake]);
  });

  it.each(['nowhere', 'payments'])('is a backup that is not another dependency: %s', (dependency) => {
    const payments: HttpDependencyConfig = { ...minimal, fallback: { kind: 'backup', dependency } };
    expect([...validateConfig({ dependencies: { payments, 'payments-2': minimal } })]).toEqual([
      `dependency 'payments': fallback.dependency must name another dependency of this config, got '${dependency}'`,
    ]);
  });

  const [METHODS, PATHS] = ['methods', 'paths'].map(
    (list) =>
      `dependency 'payments': fallback.dependency must accept some of the ${list} that this dependency accepts, got 'payments-2'`,
  );
  it.each<[AcceptSettings | undefined, AcceptSettings | undefined, (string | undefined)[]]>([
    [undefined, undefined, []],
    [undefined, { methods: ['GET'], paths: ['/a'] }, []],
    [{ methods: ['GET'], paths: ['/a'] }, undefined, []],
    [{ methods: ['GET', 'PUT'] }, { methods: ['GET'] }, []],
    [{ methods: ['PUT'] }, { methods: ['GET'] }, [METHODS]],
    [{ paths: ['/a'] }, { paths: ['/a/b'] }, []],
    [{ paths: ['/a/b'] }, { paths: ['/x', '/a/'] }, []],
    [{ paths: ['/a'] }, { paths: ['/'] }, []],
    [{ paths: ['/a'] }, { paths: ['/ab'] }, [PATHS]],
    [{ paths: ['/ab/c'] }, { paths: ['/a'] }, [PATHS]],
    [{ methods: ['PUT'], paths: ['/a'] }, { methods: ['GET'], paths: ['/b'] }, [METHODS, PATHS]],
  ])('is a backup that accepts no call at all: %o to %o', (accepts, ofBackup, mistakes) => {
    const payments: HttpDependencyConfig = {
      ...minimal,
      ...(accepts ? { accepts } : {}),
      fallback: { kind: 'backup', dependency: 'payments-2' },
    };
    const backup = { ...minimal, ...(ofBackup ? { accepts: ofBackup } : {}) };
    expect([...validateConfig({ dependencies: { payments, 'payments-2': backup } })]).toEqual(mistakes);
  });

  it('is not a backup that comes later in the config, or has a fallback of its own', () => {
    const payments: HttpDependencyConfig = { ...minimal, fallback: { kind: 'backup', dependency: 'payments-2' } };
    const second: HttpDependencyConfig = { ...minimal, fallback: { kind: 'backup', dependency: 'payments' } };
    expect([...validateConfig({ dependencies: { payments, 'payments-2': second } })]).toEqual([]);
  });
});
