import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { decisionNotes } from '../../lambdas/adapters/conflict/decision-notes.ts';
import { createWaker } from '../../lambdas/adapters/conflict/wake.ts';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/ledger.ts';
import type { Question } from '../../lambdas/contract/conflict-record.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { answerQuestion, type Decision } from '../../lambdas/use-cases/conflict/answer-question.ts';
import type { HttpDependencyConfig } from '../../lib/config/dependency-config.ts';
import { type MessageBox, messageBox } from './strikes.ts';
import { failure, startWorld, type World } from './world.ts';

/** Long enough for any test to answer, and short enough for the one in which nobody does. */
const decisionTimeout = Duration.seconds(12);

/** A team's own function: the larger count wins; it wants a human where ours is negative, and fails where there is none. */
const RESOLVER = `export const handler = async ({ ours, theirs }) => {
  const [mine, other] = [ours.operation.body.count, JSON.parse(theirs.body).count];
  if (mine === undefined) throw new Error('no count');
  if (mine < 0) return { resolution: 'ask' };
  return mine > other ? { resolution: 'merged', body: { ...JSON.parse(theirs.body), count: mine } } : { resolution: 'theirs' };
};`;

function addResolver(app: App, folder: string): void {
  const code = join(folder, 'resolver');
  mkdirSync(code);
  writeFileSync(join(code, 'index.mjs'), RESOLVER);
  const about = { functionName: 'resolver', runtime: Runtime.NODEJS_24_X, handler: 'index.handler' };
  new LambdaFunction(new Stack(app, 'Team'), 'Resolver', { ...about, code: Code.fromAsset(code) });
}

/** One dependency for each strategy; `orders`, which every world has, names none. */
const DEPENDENCIES: Readonly<Record<string, Partial<HttpDependencyConfig>>> = {
  merged: { conflict: { strategy: 'merge', arrayKeys: { '/items': 'sku' } } },
  latest: { conflict: { strategy: 'last-writer-wins', timestamp: '/updatedAt' } },
  asked: { conflict: { strategy: 'ask', sensitive: ['/note'] } },
  advised: {
    conflict: { strategy: 'function', functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:resolver' },
    retry: { hotAttempts: 2, durableAttempts: 1 },
  },
};

interface Race {
  readonly dependency: string;
  readonly kind?: string;
  readonly base?: unknown;
  readonly ours?: unknown;
  /** What somebody else has written meanwhile; undefined: it was deleted. */
  readonly theirs?: unknown;
  readonly operation?: Readonly<Record<string, unknown>>;
  readonly statusCode?: number;
}

/** A world in which writers are too late, and humans are asked. */
export class Races {
  /** Every message to the alarm topic. */
  readonly told: string[] = [];
  readonly world: World;
  readonly deadLetterOf: MessageBox;
  private count = 0;

  private constructor(world: World) {
    this.world = world;
    this.deadLetterOf = messageBox(world, ['MergedDeadLetterQueueUrl', 'AskedDeadLetterQueueUrl']);
    world.cloud.inject(({ service, body }) => {
      if (service === 'sns') this.told.push(body);
      return undefined;
    });
  }

  static async start(): Promise<Races> {
    return new Races(await startWorld(DEPENDENCIES, { decisionTimeout, extend: addResolver }));
  }

  get documents() {
    return this.world.dependency.documents;
  }

  /** Two writers start from the same version; theirs was faster, and ours is reported as a conflict. */
  race({ dependency, kind = 'strong', base = {}, ours, theirs, operation, statusCode = 412 }: Race) {
    this.count += 1;
    const path = `/documents/${kind}/${this.count}`;
    this.documents.put(path, base);
    const ifMatch = this.documents.etag(path);
    if (theirs === undefined) this.documents.delete(path);
    else this.documents.put(path, theirs);
    const write = { method: 'PUT', path, body: ours, base, ifMatch, ...operation };
    return { path, detail: failure(path, { dependency, operation: write, error: { statusCode } }) };
  }

  writesTo(path: string) {
    return this.documents.writes.filter((write) => write.path === path);
  }

  /** Waits until a question is asked about a failure, and the machine waits for the answer. */
  async questionOn(id: string, number = 1): Promise<Question> {
    return this.world.clock.until(async () => {
      const question = (await this.world.entry(id))?.question;
      if (question?.token === undefined || !question.id.endsWith(`.${number}`)) throw new Error(`${id} asks nothing`);
      return question;
    });
  }

  /** Answers as `backstop decide` does. */
  decide(decision: Omit<Decision, 'by' | 'why'>, wake = createWaker(this.world.sfn)): Promise<LedgerEntry> {
    const { dynamodb: client } = this.world;
    const options = { client, table: this.world.output('LedgerTableName'), reconcileAfterMs: 1_000 };
    const ways = { ledger: new DynamoDBLedger(options), notes: decisionNotes(options), wake };
    return answerQuestion({ ...decision, by: 'ops', why: 'they said so' }, ways);
  }
}
