import type { DemoDependency } from './dependency.ts';
import type { Ending } from './ending.ts';
import type { Report } from './report.ts';
import { type Destination, sendFailures } from './send-failures.ts';

/** The dependency of the keys, and its gate: closed, it answers 503. */
const DEPENDENCY = 'invoices';
const GATE = 'yours';
/** Failures of one outage. */
export const OUTAGE_SIZE = 200;

interface KeysOptions {
  readonly dependency: Pick<DemoDependency, 'open' | 'close'>;
  readonly bus: Destination;
  readonly report: Pick<Report, 'line'>;
  readonly send?: typeof sendFailures;
}

/** Takes the dependency down and up again, and sends many failures, at the press of a key. */
export class Keys {
  readonly #options: KeysOptions;
  readonly #outcomes = new Map<string, string | undefined>();
  #outages = 0;

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** @returns whether the key has a meaning */
  async press(key: string): Promise<boolean> {
    const { dependency, report } = this.#options;
    switch (key) {
      case 'd':
        dependency.close(GATE);
        report.line(`· you: ${DEPENDENCY} is down`);
        return true;
      case 'h':
        dependency.open(GATE);
        report.line(`· you: ${DEPENDENCY} is healthy again; its circuit closes after its probes`);
        return true;
      case 'o':
        await this.#sendOutage();
        return true;
      default:
        return false;
    }
  }

  /** Takes the ending of a failure that a key has sent. One line reports them all. */
  take({ id = '', outcome }: Ending): boolean {
    if (!this.#outcomes.has(id) || this.#outcomes.get(id) !== undefined) return false;
    this.#outcomes.set(id, outcome);
    const open = [...this.#outcomes.values()].filter((each) => each === undefined).length;
    if (open > 0) return true;
    const counts = Object.entries(Object.groupBy(this.#outcomes.values(), (each) => each ?? ''));
    this.#options.report.line(`· you: ${counts.map(([each, all = []]) => `${all.length} ${each}`).join(', ')}`);
    return true;
  }

  async #sendOutage(): Promise<void> {
    const { dependency, bus, report, send = sendFailures } = this.#options;
    dependency.close(GATE);
    const name = `outage-${++this.#outages}`;
    const events = Array.from({ length: OUTAGE_SIZE }, (_, at) => ({
      version: 1,
      id: `${name}-${at + 1}`,
      correlationId: name,
      dependency: DEPENDENCY,
      operation: { method: 'PUT', path: `/gated/${GATE}` },
      error: { name: 'HttpError', message: 'Service Unavailable', statusCode: 503 },
    }));
    for (const { id } of events) this.#outcomes.set(id, undefined);
    await send(events, bus);
    report.line(`· you: ${DEPENDENCY} is down, and ${OUTAGE_SIZE} calls have failed. Press h to heal it`);
  }
}
