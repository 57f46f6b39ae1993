import { defaulted, settings } from './schema.ts';
import { number, trueOrFalse, whole } from './values.ts';

export const redrive = settings(
  {
    maxCycles: defaulted(
      5,
      whole(1, 20),
      'Cycles of a failure, including the first. After that, a redriven dead letter is [parked](dead-letters.md#cap-on-cycles-and-parking)',
      { also: 'at least 2 where `automatic`' },
    ),
    automatic: defaulted(false, trueOrFalse, 'Redrive the dead letters of an outage when the circuit closes'),
    rate: defaulted(5, number({ least: 0.1, most: 100 }), 'Maximum dead letters a second of an automatic redrive'),
  },
  {
    *check({ automatic, maxCycles }) {
      if (automatic !== true || maxCycles !== 1) return;
      const why = 'the first automatic redrive would park every dead letter';
      yield ['maxCycles', `must be at least 2 with automatic: true (${why}), got 1`];
    },
    wrong: [{ automatic: true, maxCycles: 1 }],
  },
);
