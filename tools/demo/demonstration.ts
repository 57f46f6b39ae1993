import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Decider } from './decider.ts';
import type { DemoDependency } from './dependency.ts';
import type { Ending } from './ending.ts';
import type { Keys } from './keys.ts';
import type { News } from './news.ts';
import type { Outage } from './outage.ts';
import type { Report } from './report.ts';
import { misses, type Scenario } from './scenario.ts';
import { type Destination, sendFailures } from './send-failures.ts';
import type { Watch } from './watch.ts';

/** Longer than an event takes from the bus to its lane. */
const IN_TRANSIT_MS = 1_000;

export interface DemonstrationOptions {
  readonly scenarios: readonly Scenario[];
  readonly outages: readonly Outage[];
  readonly dependency: DemoDependency;
  readonly bus: Destination;
  readonly sqs: SQSClient;
  readonly laneQueueUrlOf: (dependency: unknown) => string;
  readonly watch: Watch;
  readonly decider: Decider;
  readonly news: News;
  readonly report: Report;
  /** Takes the endings of failures that a key has sent. */
  readonly keys?: Pick<Keys, 'take'>;
}

/** A running scenario. */
interface Run {
  readonly scenario: Scenario;
  sentAt?: number;
  ending?: Ending;
}

/** Sends the events of the scenarios and reports each ending as it occurs, also of events that others send. */
export class Demonstration {
  readonly #options: DemonstrationOptions;
  readonly #runs: readonly Run[];

  constructor(options: DemonstrationOptions) {
    this.#options = options;
    this.#runs = options.scenarios.map((scenario) => ({ scenario }));
  }

  /** Endings so far, in the order of the scenarios. */
  get endings(): readonly Ending[] {
    return [...this.#runs.flatMap(({ ending }) => ending ?? []), ...this.#outages.flatMap(({ endings }) => endings)];
  }

  /** Sends all events except those of outages and repetitions. A repetition follows once its original has ended. */
  async begin(): Promise<void> {
    for (const { scenario } of this.#runs) this.#prepare(scenario);
    const ids = new Set<string>();
    await this.#send(this.#runs.filter(({ scenario: { event } }) => ids.size < ids.add(event.id).size));
  }

  /** Polls once for new endings. Returns whether every scenario has ended. */
  async advance(): Promise<boolean> {
    const { watch, report, keys } = this.#options;
    this.#tellChanges();
    this.#tellQuestions();
    for (const ending of await watch.poll()) {
      const run = this.#runs.find(({ scenario, sentAt }) => sentAt !== undefined && scenario.event.id === ending.id);
      if (run !== undefined && run.ending === undefined) await this.#end(run, ending);
      else if (!keys?.take(ending) && !this.#outages.some((outage) => outage.take(ending)))
        report.row({ ending, say: 'Your own event.' });
    }
    this.#tellRepetitions();
    await this.#decide();
    await this.#beginOutages();
    await this.#endRepetitions();
    return this.waitingFor.length === 0;
  }

  /** Ids of the scenarios that are still running. */
  get waitingFor(): readonly string[] {
    const open = this.#runs.filter(({ ending }) => ending === undefined).map(({ scenario }) => scenario.event.id);
    return [...open, ...this.#outages.flatMap(({ waitingFor }) => waitingFor)];
  }

  /** A line for each scenario that misses its file's expectations so far. */
  misses(): string[] {
    const ofRuns = this.#runs.flatMap(({ scenario, ending }) => {
      const phrases = ending ? misses(scenario, ending, this.#options.dependency) : ['no outcome'];
      return phrases.length === 0 ? [] : [`${scenario.event.id}: ${phrases.join(', ')}`];
    });
    return [...ofRuns, ...this.#outages.flatMap((outage) => outage.misses())];
  }

  get #outages(): readonly Outage[] {
    return this.#options.outages;
  }

  async #end(run: Run, ending: Ending): Promise<void> {
    this.#tell(run, ending);
    await this.#send(this.#runs.filter((other) => other.scenario.event.id === ending.id && other.sentAt === undefined));
  }

  #prepare({ documents = {} }: Scenario): void {
    for (const [path, versions] of Object.entries(documents)) {
      for (const version of versions) this.#options.dependency.documents.put(path, version);
    }
  }

  /** Decides the questions of scenarios. Questions of other events wait for their sender. */
  async #decide(): Promise<void> {
    const open = this.#runs.filter(({ sentAt, ending }) => sentAt !== undefined && ending === undefined);
    const choices = open.flatMap(({ scenario: { event, decide } }) => (decide ? [[event.id, decide] as const] : []));
    for (const id of await this.#options.decider.decide(new Map(choices))) {
      this.#options.report.line(`· ${id} needs a human decision; the demo decides: ${new Map(choices).get(id)}`);
    }
  }

  /**
   * Starts an outage only when no scenario must recover within seconds. The burst of failures would slow those down.
   */
  async #beginOutages(): Promise<void> {
    const isHurried = ({ scenario, sentAt, ending }: Run) => scenario.expect.tier === 'hot' && sentAt && !ending;
    if (this.#runs.some(isHurried)) return;
    for (const outage of this.#outages.filter(({ isUnderWay }) => !isUnderWay)) {
      outage.begin();
      await this.#put(outage.scenarios);
    }
  }

  #tellChanges(): void {
    for (const change of this.#options.news.changes.splice(0)) {
      this.#options.report.change(change);
      for (const outage of this.#outages) outage.changed(change);
    }
  }

  /** Reports questions of events that others send. */
  #tellQuestions(): void {
    for (const id of this.#options.news.questions.splice(0)) {
      if (this.waitingFor.includes(id)) continue;
      this.#options.report.line(`· ${id} needs your decision: backstop decisions show ${id}`);
    }
  }

  /** Reports duplicates that others send. A scenario that repeats another has its own row. */
  #tellRepetitions(): void {
    for (const id of this.#options.news.repetitions.splice(0)) {
      if (this.waitingFor.includes(id)) continue;
      this.#options.report.line(`· ${id} is a duplicate and does nothing (to send it as a new failure: --id)`);
    }
  }

  /** Nothing reports the end of a repetition: it has ended once its lane is idle. */
  async #endRepetitions(): Promise<void> {
    for (const run of this.#runs.filter(({ ending }) => ending === undefined)) {
      const original = this.#runs.find(({ scenario }) => scenario.event.id === run.scenario.event.id);
      if (run.sentAt === undefined || original?.ending === undefined || Date.now() < run.sentAt + IN_TRANSIT_MS)
        continue;
      if (await this.#isIdle(run.scenario.event.dependency)) this.#tell(run, original.ending);
    }
  }

  #tell(run: Run, ending: Ending): void {
    run.ending = ending;
    const { scenario, sentAt = 0 } = run;
    const asExpected = misses(scenario, ending, this.#options.dependency).length === 0;
    this.#options.report.row({ ending, asExpected, say: scenario.say, sentAt });
  }

  async #send(runs: readonly Run[]): Promise<void> {
    for (const run of runs) run.sentAt = Date.now();
    if (runs.length > 0) await this.#put(runs.map(({ scenario }) => scenario));
  }

  #put(scenarios: readonly Scenario[]): Promise<void> {
    return sendFailures(
      scenarios.map(({ event }) => event),
      this.#options.bus,
    );
  }

  /** Whether a lane is idle. */
  async #isIdle(dependency: unknown): Promise<boolean> {
    const { sqs, laneQueueUrlOf } = this.#options;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: laneQueueUrlOf(dependency),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).every((count) => Number(count) === 0);
  }
}
