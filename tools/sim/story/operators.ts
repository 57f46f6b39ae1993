import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';
import { MINUTE_MS } from './times.ts';

/** The humans of a story: they move dead letters back to their lane. */
export class Operators {
  readonly #services: Services;
  readonly #redrives: number;
  #waiting = 0;

  constructor(services: Services, { redrives = 0 }: Scenario) {
    this.#services = services;
    this.#redrives = redrives;
    services.onLetter = (body) => this.#maybeRedrive(body);
  }

  get areDone(): boolean {
    return this.#waiting === 0;
  }

  #maybeRedrive(body: string): void {
    const { world, lane } = this.#services;
    const { cycle = 1 } = JSON.parse(body) as { readonly cycle?: number };
    if (cycle > this.#redrives) return;
    this.#waiting++;
    // Some are quicker than the services, which has not recorded the outcome yet.
    const isQuick = world.chance.next('operator') < 0.3;
    world.after(isQuick ? 500 : world.chance.between('operator', 5_000, 20 * MINUTE_MS), () => {
      this.#waiting--;
      lane.send(body);
    });
  }
}
