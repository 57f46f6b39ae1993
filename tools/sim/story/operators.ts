import type { Pipeline } from './pipeline.ts';
import type { Scenario } from './scenario.ts';
import { MINUTE_MS } from './times.ts';

/** The humans of a story: they move dead letters back to their lane. */
export class Operators {
  readonly #pipeline: Pipeline;
  readonly #redrives: number;
  #waiting = 0;

  constructor(pipeline: Pipeline, { redrives = 0 }: Scenario) {
    this.#pipeline = pipeline;
    this.#redrives = redrives;
    pipeline.onLetter = (body) => this.#maybeRedrive(body);
  }

  get areDone(): boolean {
    return this.#waiting === 0;
  }

  #maybeRedrive(body: string): void {
    const { world, lane } = this.#pipeline;
    const { cycle = 1 } = JSON.parse(body) as { readonly cycle?: number };
    if (cycle > this.#redrives) return;
    this.#waiting++;
    // Some are quicker than the pipeline, which has not recorded the outcome yet.
    const isQuick = world.chance.next('operator') < 0.3;
    world.after(isQuick ? 500 : world.chance.between('operator', 5_000, 20 * MINUTE_MS), () => {
      this.#waiting--;
      lane.send(body);
    });
  }
}
