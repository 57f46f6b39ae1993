import { Duration, Lazy } from 'aws-cdk-lib';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { dependency } from '../../../lib/config/dependency-schema.ts';
import {
  byKind,
  defaulted,
  inMilliseconds,
  mistakesIn,
  recordOf,
  required,
  settings,
} from '../../../lib/config/schema.ts';
import {
  anything,
  duration,
  inWhole,
  matchingText,
  number,
  oneOf,
  someOf,
  text,
  whole,
} from '../../../lib/config/values.ts';
import { pipeline } from '../../../lib/pipeline/pipeline-schema.ts';
import { entriesOf, innerOf, metadataOf } from '../../../tools/docs/schema-docs.ts';

const size = settings({
  width: required(whole(1, 9), 'Width'),
  wait: defaulted(Duration.seconds(2), duration(Duration.seconds(1), Duration.minutes(1)), 'Wait'),
});
const shape = settings({ name: required(text, 'Name'), size: required(size, 'Size'), tags: v.optional(someOf(text)) });

describe('mistakes in an object', () => {
  it('come all at once: unknown names first, then in the order of the schema', () => {
    const value = { size: { wait: 3, heigth: 1, depth: 1 }, tags: ['a', ''], nmae: 'x' };
    expect(mistakesIn(shape, value)).toEqual([
      "unknown setting 'nmae'; valid settings: name, size, tags",
      'name must be a non-empty string, got undefined',
      "unknown setting 'size.heigth'; valid settings: width, wait",
      "unknown setting 'size.depth'; valid settings: width, wait",
      'size.width must be a whole number, got undefined',
      'size.wait must be a Duration such as Duration.minutes(5), got 3',
      "tags[1] must be a non-empty string, got ''",
    ]);
  });

  it.each([
    [null, 'null'],
    [['secret'], 'array'],
    ['secret', 'string'],
    [() => 'secret', 'function'],
  ])('never show what stands in its place: %o', (value, kind) => {
    expect(mistakesIn(shape, { name: 'x', size: value })).toEqual([`size must be an object, got ${kind}`]);
    expect(mistakesIn(size, value)).toEqual([`must be an object, got ${kind}`]);
  });

  it('include names of the prototype', () => {
    const value = JSON.parse('{ "width": 1, "__proto__": 1, "constructor": 1, "prototype": 1 }');
    expect(mistakesIn(size, value)).toHaveLength(3);
  });

  it('include what its rules find, even if a setting is wrong', () => {
    const pair = settings(
      { least: whole(0, 9), most: whole(0, 9) },
      {
        *check({ least, most }) {
          if (Number(least) > Number(most)) yield ['least', `must be at most ${most}, got ${least}`];
        },
        wrong: [],
      },
    );
    expect(mistakesIn(pair, { least: 10, most: 5 }, 'pair')).toEqual([
      'pair.least must be at most 9, got 10',
      'pair.least must be at most 5, got 10',
    ]);
  });
});

describe('mistakes in an object of some kind', () => {
  const pet = byKind(
    'kind',
    { cat: settings({ kind: oneOf('cat') }), dog: settings({ kind: oneOf('dog'), tricks: whole(0, 9) }) },
    '',
  );

  it.each<[unknown, string]>([
    [{ kind: 'cow' }, "pet.kind must be one of 'cat', 'dog', got 'cow'"],
    [{ kind: 'constructor' }, "pet.kind must be one of 'cat', 'dog', got 'constructor'"],
    [{ kind: 'dog', tricks: 10 }, 'pet.tricks must be at most 9, got 10'],
    [{ kind: 'cat', tricks: 1 }, "unknown setting 'pet.tricks'; valid settings: kind"],
  ])('are those of its kind: %j', (value, mistake) => {
    expect(mistakesIn(pet, value, 'pet')).toEqual([mistake]);
  });
});

describe('mistakes in an object with any names', () => {
  const lower = matchingText(/^[a-z/-]*$/, 'be lower case');
  const limits = recordOf(lower, number({ above: 0, most: 1 }), { range: '', wrong: [] });

  it('name the entry', () => {
    const value = { 'a-b': 2, '/a': 0, A: 1, constructor: 2 };
    expect(mistakesIn(limits, value, 'limits')).toEqual([
      'limits.a-b must be at most 1, got 2',
      "limits['/a'] must be above 0, got 0",
      "limits: each key must be lower case, got 'A'",
      'limits.constructor must be at most 1, got 2',
    ]);
  });
});

describe('a valid object', () => {
  it('gets its defaults, and loses its Durations', () => {
    const converted = v.pipe(size, inMilliseconds());
    expect(v.parse(converted, { width: 3 })).toStrictEqual({ width: 3, waitMs: 2_000 });
    expect(v.parse(converted, { width: 3, wait: undefined })).toStrictEqual({ width: 3, waitMs: 2_000 });
  });

  it('has no settings that are absent', () => {
    expect(v.parse(shape, { name: 'x', size: { width: 1 }, tags: undefined })).not.toHaveProperty('tags');
  });

  it('keeps what others check', () => {
    const made = new Map();
    const kept = settings({ store: anything<Map<unknown, unknown>>() });
    expect(v.parse(kept, { store: made }).store).toBe(made);
  });
});

describe('a number in a range', () => {
  it('is in it, or has one mistake', async () => {
    await fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -5, max: 25 }), fc.double({ min: -5, max: 25 })), (value) => {
        const isValid = value >= 0.5 && value <= 20;
        expect(mistakesIn(number({ least: 0.5, most: 20 }), value)).toHaveLength(isValid ? 0 : 1);
        const isWhole = Number.isInteger(value) && value >= 1 && value <= 20;
        expect(mistakesIn(whole(1, 20), value)).toHaveLength(isWhole ? 0 : 1);
      }),
    );
  });

  it('may be a Duration of whole units', async () => {
    const minutes = inWhole(
      'minutes',
      duration(Duration.minutes(1), Duration.minutes(60)),
      'a schedule has no seconds',
    );
    await fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 }), (seconds) => {
        const isValid = seconds >= 60 && seconds <= 3_600 && seconds % 60 === 0;
        expect(mistakesIn(minutes, Duration.seconds(seconds))).toHaveLength(isValid ? 0 : 1);
      }),
    );
  });
});

describe('every setting', () => {
  const all = [pipeline, dependency].flatMap((schema) => settingsBelow(schema, ''));

  /** The settings of an object and of the objects in it, with their paths. */
  function settingsBelow(schema: v.GenericSchema, path: string): (readonly [string, v.GenericSchema])[] {
    return Object.entries(entriesOf(schema)).flatMap(([name, entry]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const { element } = metadataOf(entry);
      return [
        [at, entry] as const,
        ...settingsBelow(entry, at),
        ...(element ? settingsBelow(element, `${at}[0]`) : []),
      ];
    });
  }

  it.each(all.filter(([, schema]) => (metadataOf(schema).wrong ?? []).length > 0))(
    'has a mistake for each of its wrong values: %s',
    (path, schema) => {
      for (const wrong of metadataOf(schema).wrong ?? []) {
        const [mistake, ...others] = mistakesIn(innerOf(schema), wrong, path);
        expect(mistake).toMatch(/ must /);
        expect(others).toEqual([]);
      }
    },
  );

  const durations = all.filter(([, schema]) => metadataOf(schema).range?.includes('Duration,'));

  it.each(durations)('says which Duration it takes, whatever the amount: %s', (path, schema) => {
    const token = Lazy.number({ produce: () => 5_000 });
    const amounts = [0, 0.0005, 1_500.5, 1e12, Number.NaN, Number.POSITIVE_INFINITY].map((ms) =>
      Duration.seconds(ms / 1_000),
    );
    for (const wrong of [...amounts, Duration.millis(token), Duration.seconds(token), 5_000, '5 s', null]) {
      const [mistake, ...others] = mistakesIn(innerOf(schema), wrong, path);
      expect(mistake).toMatch(new RegExp(`^${path.replace(/[[\]]/g, '\\$&')} must be (?:a|at|whole) .+, got `));
      expect(others).toEqual([]);
    }
  });

  it('is a Duration in a dozen places', () => {
    expect(durations.length).toBeGreaterThan(11);
  });
});
