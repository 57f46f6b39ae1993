import type { DemoDependency } from './dependency.ts';
import type { Ending } from './ending.ts';
import type { LoggedChange } from './news.ts';
import type { Report } from './report.ts';
import { misses, type Scenario } from './scenario.ts';

/** Without a circuit each failure makes three calls within two seconds and more later. */
const MOST_CALLS_PER_FAILURE = 2;

/**
 * Failures of a dependency that is down and recovers after a probe has failed. One row reports them all once the last
 * has ended.
 */
export class Outage {
  readonly scenarios: readonly Scenario[];
  readonly #scenario: Scenario;
  readonly #dependency: DemoDependency;
  readonly #report: Report;
  readonly #endings = new Map<string, Ending>();
  #sentAt: number | undefined;
  #endedAt: number | undefined;

  constructor(scenario: Scenario, dependency: DemoDependency, report: Report) {
    this.#scenario = scenario;
    this.#dependency = dependency;
    this.#report = report;
    this.scenarios = copiesOf(scenario);
  }

  get endings(): readonly Ending[] {
    return [...this.#endings.values()];
  }

  /** A short text about what it waits for; empty once it has ended. */
  get waitingFor(): readonly string[] {
    const left = this.scenarios.length - this.#endings.size;
    return left === 0 ? [] : [`${this.#scenario.event.id} (${left})`];
  }

  get isUnderWay(): boolean {
    return this.#sentAt !== undefined;
  }

  begin(): void {
    this.#sentAt = Date.now();
  }

  /** Observes a circuit change. */
  changed({ circuit, reason }: LoggedChange): void {
    if (circuit === this.#scenario.event.dependency && reason === 'probe-failed') this.#end();
  }

  /** Returns whether the ending belongs to this outage. */
  take(ending: Ending): boolean {
    if (!this.scenarios.some(({ event }) => event.id === ending.id) || this.#endings.has(ending.id ?? '')) return false;
    this.#endings.set(ending.id ?? '', ending);
    if (this.waitingFor.length === 0) this.#tell();
    return true;
  }

  misses(): string[] {
    const missed = this.scenarios.flatMap((scenario) => {
      const ending = this.#endings.get(scenario.event.id);
      const phrases = ending ? misses(scenario, ending, this.#dependency) : ['no outcome'];
      return phrases.length === 0 ? [] : [`${scenario.event.id}: ${phrases.join(', ')}`];
    });
    const most = MOST_CALLS_PER_FAILURE * this.scenarios.length;
    if (this.#endedAt === undefined) missed.push('outage: the circuit made no probe');
    if (this.#callsWhileDown > most)
      missed.push(`outage: ${this.#callsWhileDown} calls while down, expected at most ${most}`);
    return missed;
  }

  #end(): void {
    this.#endedAt ??= Date.now();
    this.#dependency.open(this.#gate);
  }

  #tell(): void {
    const { id } = this.#scenario.event;
    const last = this.endings.reduce((a, b) => (a.endedAt > b.endedAt ? a : b));
    const probes = this.endings.flatMap(({ trail = [] }) => trail.filter(({ probe }) => probe !== undefined)).length;
    const reason = `${this.#callsWhileDown - probes} calls until the circuit opened; probes until it recovered: ${probes}`;
    const { attempts: _, ...ending } = { ...last, id: `${id} × ${this.scenarios.length}`, reason };
    this.#report.row({
      ending,
      asExpected: this.misses().length === 0,
      say: this.#scenario.say,
      sentAt: this.#sentAt,
    });
  }

  get #gate(): string {
    const { path } = this.#scenario.event.operation as { readonly path: string };
    return path.slice('/gated/'.length);
  }

  get #callsWhileDown(): number {
    const until = this.#endedAt ?? Number.POSITIVE_INFINITY;
    return this.#dependency.calls.filter(({ path, at }) => path === `/gated/${this.#gate}` && at <= until).length;
  }
}

/** Copies, each with its own id and correlation id. */
function copiesOf({ copies = 1, event, ...rest }: Scenario): Scenario[] {
  return Array.from({ length: copies }, (_, n) => ({
    ...rest,
    event: { ...event, id: `${event.id}-${n + 1}`, correlationId: `${event.correlationId}-${n + 1}` },
  }));
}
