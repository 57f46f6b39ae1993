/**
 * A world in which a write always comes too late, so that Backstop must resolve a conflict.
 *
 *     const races = await Races.start();
 *     // Both writers read `base`. Theirs is stored, ours fails with 412.
 *     const { path, detail } = races.race({ dependency: 'asked', base: { a: 1 }, ours: { a: 2 }, theirs: { a: 3 } });
 *     await races.world.send(detail); // reports the failure of our write
 *     const question = await races.questionOn(detail.id); // waits until Backstop asks a human
 *     await races.decide({ id: detail.id, choice: 'ours' }); // answers
 *     races.writesTo(path); // the writes that reached the document
 *
 * The `dependency` selects the strategy: `merged`, `latest`, `asked`, `advised` (a function) or `orders` (none).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { createWaker } from '../../lambdas/adapters/conflict/wake.ts';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { Question } from '../../lambdas/contract/conflict-record.ts';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { answerQuestion, type Decision } from '../../lambdas/use-cases/conflict/answer-question.ts';
import type { HttpDependencyConfig } from '../../lib/config/dependency-config.ts';
import type { Write } from '../../tools/demo/documents.ts';
import { type MessageBox, messageBox } from './strikes.ts';
import { failure, startWorld, type World } from './world.ts';

/** Leaves enough time for any test to answer, but is short for the test without an answer. */
const decisionTimeout = Duration.seconds(12);

/** The custom resolver: the larger count wins. A negative count asks a human; a missing count throws. */
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

/** One dependency per strategy. `orders`, which every world has, names none. */
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
  /** The other writer's version. Undefined: the document was deleted. */
  readonly theirs?: unknown;
  readonly operation?: Readonly<Record<string, unknown>>;
  readonly statusCode?: number;
}

export class Races {
  /** All messages to the alert topic. */
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

  /** Two writers start from the same version. Theirs arrives first. @returns the document's path and our failure */
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

  /** Versions that the dependency has refused, each with the number of writes that one failure made on it. */
  refusals(): readonly { readonly write: string; readonly times: number }[] {
    const nameOf = ({ correlationId, ifMatch }: Write) => `${correlationId} ${ifMatch}`;
    const { writes } = this.documents;
    return writes
      .filter(({ status }) => status === 409 || status === 412)
      .map(nameOf)
      .map((write) => ({ write, times: writes.filter((each) => nameOf(each) === write).length }));
  }

  /** Waits until a failure's question is open and the machine waits for the answer. */
  async questionOn(id: string, number = 1): Promise<Question> {
    return this.world.clock.until(async () => {
      const question = (await this.world.entry(id))?.question;
      if (question?.token === undefined || !question.id.endsWith(`.${number}`)) throw new Error(`${id} asks nothing`);
      return question;
    });
  }

  /** Answers a question like `backstop decide`. */
  async decide(
    decision: Omit<Decision, 'key' | 'by' | 'why'>,
    wake = createWaker(this.world.sfn),
  ): Promise<LedgerEntry> {
    const { dependency = '' } = (await this.world.entry(decision.id)) ?? {};
    const key = failureKey({ dependency, id: decision.id });
    const { dynamodb: client } = this.world;
    const options = { client, table: this.world.output('LedgerTableName'), reconcileAfterMs: 1_000 };
    const ways = { ledger: new DynamoDBLedger(options), wake };
    return answerQuestion({ ...decision, key, by: 'ops', why: 'they said so' }, ways);
  }
}
