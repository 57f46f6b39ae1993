import type { Herd } from './herd-scenarios.ts';
import type { Capacity } from './herd-service.ts';
import { seededRandom } from './seeded-random.ts';

/** Most clients that wait when the service returns. */
const MOST_WAITING = 20_000;

/** An outage with random figures. The same seed always gives the same one. */
export function randomSituation(seed: number): Herd {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least * (most / least) ** random();
  const sometimes = <T>(probability: number, value: () => T, otherwise: T) =>
    random() < probability ? value() : otherwise;

  const instances = Math.round(between(1, 500));
  const perSecond = Math.round(between(5, 5_000));
  const outageMs = Math.round(between(5_000, 1_800_000));
  const waiting = Math.min(MOST_WAITING, Math.max(1, Math.round(perSecond * between(5, 100))));
  const callsPerSecond = between(1, 1_000);
  const residual = sometimes(0.4, () => random() * 0.45, 0);
  const foreground = sometimes(
    0.4,
    () => Math.min(1_000, (waiting * 500) / outageMs, perSecond * (1 - residual) * (0.05 + 0.5 * random())),
    0,
  );
  return {
    instances,
    clients: Math.max(1, Math.round(waiting - (foreground * outageMs) / 1_000)),
    arrivalMs: Math.min(outageMs, Math.round((waiting * 1_000) / callsPerSecond)),
    outageMs: { least: outageMs, most: outageMs + 5_000 },
    capacity: shaped(perSecond, random),
    foreground,
    residual,
    callMs: sometimes(0.4, () => Math.round(between(10, 30_000)), 50),
    costOfRefusal: sometimes(0.25, () => 0.3, 0),
    sliceMs: Math.max(100, Math.ceil(2_000 / perSecond)),
  };
}

/** Mostly constant; else it grows over 20 s, or falls three times for 5 s. */
function shaped(perSecond: number, random: () => number): Capacity {
  const shape = random();
  if (shape < 0.7) return () => perSecond;
  if (shape < 0.85) return (sinceReturn) => perSecond * Math.min(1, sinceReturn / 20_000);
  return (sinceReturn) => (sinceReturn < 30_000 && sinceReturn % 10_000 >= 5_000 ? 0 : perSecond);
}
