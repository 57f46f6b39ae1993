import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DemoDependency } from './dependency.ts';
import type { Ending } from './ending.ts';
import type { Report } from './report.ts';
import { misses, type Scenario } from './scenario.ts';
import { type Destination, sendFailures } from './send-failures.ts';
import type { Watch } from './watch.ts';

/** Longer than an event takes from the bus into its lane. */
const IN_TRANSIT_MS = 1_000;

export interface DemonstrationOptions {
  readonly scenarios: readonly Scenario[];
  readonly dependency: DemoDependency;
  readonly bus: Destination;
  readonly sqs: SQSClient;
  readonly laneQueueUrls: readonly string[];
  readonly watch: Watch;
  /** Ids of failures whose event came again; each is taken out when it is told. */
  readonly repetitions: string[];
  readonly report: Report;
}

/** A scenario under way. */
interface Run {
  readonly scenario: Scenario;
  sentAt?: number;
  ending?: Ending;
}

/** Sends the events of the scenarios, and tells of each ending as it comes: of these and of what others send. */
export class Demonstration {
  readonly #options: DemonstrationOptions;
  readonly #runs: readonly Run[];

  constructor(options: DemonstrationOptions) {
    this.#options = options;
    this.#runs = options.scenarios.map((scenario) => ({ scenario }));
  }

  /** Endings that were seen, in the order of the scenarios. */
  get endings(): readonly Ending[] {
    return this.#runs.flatMap(({ ending }) => ending ?? []);
  }

  /** Sends every event but the repetitions, which follow when their original has ended. */
  async begin(): Promise<void> {
    const ids = new Set<string>();
    await this.#send(this.#runs.filter(({ scenario: { event } }) => ids.size < ids.add(event.id).size));
  }

  /** Looks once for new endings. Answers whether every scenario has ended. */
  async advance(): Promise<boolean> {
    const { watch, report } = this.#options;
    for (const ending of await watch.poll()) {
      const run = this.#runs.find(({ scenario, sentAt }) => sentAt !== undefined && scenario.event.id === ending.id);
      if (run === undefined || run.ending !== undefined) report.row({ ending });
      else await this.#end(run, ending);
    }
    this.#tellRepetitions();
    await this.#endRepetitions();
    return this.waitingFor.length === 0;
  }

  /** Ids of the scenarios that have not ended yet. */
  get waitingFor(): readonly string[] {
    return this.#runs.filter(({ ending }) => ending === undefined).map(({ scenario }) => scenario.event.id);
  }

  /** A line for each scenario that has not become what its file expects, judged by what is known now. */
  misses(): string[] {
    return this.#runs.flatMap(({ scenario, ending }) => {
      const phrases = ending ? misses(scenario, ending, this.#options.dependency) : ['no outcome'];
      return phrases.length === 0 ? [] : [`${scenario.event.id}: ${phrases.join(', ')}`];
    });
  }

  async #end(run: Run, ending: Ending): Promise<void> {
    this.#tell(run, ending);
    await this.#send(this.#runs.filter((other) => other.scenario.event.id === ending.id && other.sentAt === undefined));
  }

  /** Of what others send; a scenario that repeats another has a row of its own. */
  #tellRepetitions(): void {
    for (const id of this.#options.repetitions.splice(0)) {
      if (this.waitingFor.includes(id)) continue;
      this.#options.report.line(`· ${id} came again: it is taken care of already, nothing is done (see --id)`);
    }
  }

  /** Nothing tells of a repetition: it has ended when its lane has nothing left to do. */
  async #endRepetitions(): Promise<void> {
    for (const run of this.#runs.filter(({ ending }) => ending === undefined)) {
      const original = this.#runs.find(({ scenario }) => scenario.event.id === run.scenario.event.id);
      if (run.sentAt === undefined || original?.ending === undefined || Date.now() < run.sentAt + IN_TRANSIT_MS)
        continue;
      if (await this.#lanesAreIdle()) this.#tell(run, original.ending);
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
    if (runs.length > 0)
      await sendFailures(
        runs.map(({ scenario }) => scenario.event),
        this.#options.bus,
      );
  }

  async #lanesAreIdle(): Promise<boolean> {
    const { sqs, laneQueueUrls } = this.#options;
    const counts = await Promise.all(
      laneQueueUrls.map(async (QueueUrl) => {
        const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
        );
        return AttributeNames.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
      }),
    );
    return counts.every((count) => count === 0);
  }
}
