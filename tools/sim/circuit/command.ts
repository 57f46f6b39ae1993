import { Command } from 'commander';
import { wholeNumber } from '../../whole-number.ts';
import { brokenPromises, fleetOf, randomStory } from './story.ts';

interface Options {
  readonly schedules: number;
  readonly seconds: number;
  readonly from: number;
}

const { schedules, seconds, from } = new Command('npm run simulate:circuit --')
  .description('Run random schedules of fifty instances under one circuit. Exits with 1 if one breaks a promise.')
  .option('--schedules <count>', 'schedules', wholeNumber, 100_000)
  .option('--seconds <count>', 'longest time', wholeNumber, 3_600)
  .option('--from <seed>', 'the first seed', wholeNumber, 1)
  .parse()
  .opts<Options>();

const startedAt = Date.now();
let calls = 0;
let done = 0;
let broken = 0;
for (; done < schedules && Date.now() - startedAt < seconds * 1_000; done++) {
  const seed = from + done;
  const fleet = fleetOf({ seed });
  for (const promise of await brokenPromises(fleet, randomStory(seed))) {
    broken++;
    console.log(`seed ${seed}: ${promise}`);
  }
  calls += fleet.calls;
}
const took = Math.round((Date.now() - startedAt) / 1_000);
const text = (count: number) => count.toLocaleString('en-US');
console.log(`${text(done)} schedules with ${text(calls)} calls in ${text(took)} s: ${text(broken)} broken promises.`);
process.exitCode = broken === 0 ? 0 : 1;
