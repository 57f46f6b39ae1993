/** Mixes two integers into one of 32 bits, so that similar inputs give unrelated results. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  hash = Math.imul(hash, 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const hashes = new Map<string, number>();

/** The random numbers of one name. */
interface Draws {
  /** Of the seed and the name. */
  readonly seed: number;
  count: number;
}

/**
 * Random numbers that depend only on the seed, a name, and how often the name was asked before. A change elsewhere in
 * the schedule leaves them as they are, so a plan stays comparable when one of its faults is left out.
 */
export class Chance {
  readonly #seed: number;
  readonly #draws = new Map<string, Draws>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** 0 (inclusive) to 1 (exclusive). */
  next(name: string): number {
    let draws = this.#draws.get(name);
    if (!draws) {
      draws = { seed: mix(this.#seed, hashOf(name)), count: 0 };
      this.#draws.set(name, draws);
    }
    return mix(draws.seed, ++draws.count) / 2 ** 32;
  }

  between(name: string, least: number, most: number): number {
    return least + this.next(name) * (most - least);
  }

  pick<T>(name: string, from: readonly T[]): T {
    return from[Math.floor(this.next(name) * from.length)] as T;
  }
}

function hashOf(text: string): number {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  let hash = 2_166_136_261;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 16_777_619);
  hashes.set(text, hash);
  return hash;
}
