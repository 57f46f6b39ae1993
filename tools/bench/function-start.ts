import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import type { ChannelSettings } from '../../lambdas/adapters/escalation/channels.ts';
import { toSettings } from '../../lib/config/config.ts';
import { handlerFiles } from '../../lib/parts/handler-files.ts';
import { HANDLERS } from '../../lib/parts/handler-names.ts';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { median } from './stopwatch.ts';

const ROUNDS = 5;
const DEPENDENCY = 'payments';
const QUEUES = ['ALERTS', 'DEAD_LETTER', 'LANE', 'LAST_RESORT', 'ORDERED', 'PARKED', 'REDRIVES', 'REJECTS'];
const TABLES = ['AUDIT', 'CIRCUITS', 'EFFECTS', 'LEDGER'];
const NUMBERS = ['DEADLINE_MS', 'DECISION_MS', 'RECONCILE_AFTER_MS', 'RETENTION_MS'];

/** What any of the functions must find at its start. It says so by name if something is missing. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(QUEUES.map((name) => [`${name}_QUEUE_URL`, `https://sqs.us-east-1.amazonaws.com/1/${name}`])),
  ...Object.fromEntries(TABLES.map((name) => [`${name}_TABLE`, name])),
  ...Object.fromEntries(NUMBERS.map((name) => [name, '1000'])),
  ACCOUNT: '123456789012',
  AUDIT_ARCHIVE_BUCKET: 'archive',
  AWS_REGION: 'us-east-1',
  DEPENDENCY,
  ESCALATION: JSON.stringify({
    stack: 'Backstop',
    service: 'backstop',
    account: '123456789012',
    region: 'us-east-1',
    operatorCommand: 'backstop',
    runbookUrl: 'https://wiki.example.com/runbook',
    topics: { P1: 'arn', P2: 'arn' },
  } satisfies ChannelSettings),
  EVENT_BUS_NAME: 'bus',
  LANES_PATH: '/lanes',
  RECOVERY_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:Recovery',
  RUNBOOK_URL: 'https://wiki.example.com/runbook',
  SHARED_QUEUES: '{}',
};
const run = promisify(execFile);

export const PEER_START = 'logger, idempotency and DynamoDB';
const NOTHING = 'nothing';

/** What a function of this kind loads that its author writes in a day. */
const PEER = `
  import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
  import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
  import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
  import { Logger } from '@aws-lambda-powertools/logger';
  export const logger = new Logger();
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'table', awsSdkV3Client: new DynamoDBClient({}) });
  export const handler = makeIdempotent(async () => undefined, { persistenceStore });
`;

/**
 * Median milliseconds of computing to load each function as it is deployed, in turns with a peer, each in a process of
 * its own. The start of Node itself doesn't count.
 */
export async function functionStarts(): Promise<Readonly<Record<string, number>>> {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-bench-'));
  try {
    for (const { name, contents } of handlerFiles(HANDLERS)) writeFileSync(join(folder, name), contents);
    const settings = toSettings(DEPENDENCY, { kind: 'http', baseUrl: 'https://payments.example.com' });
    writeFileSync(join(folder, 'dependencies.json'), JSON.stringify({ [DEPENDENCY]: settings }));
    writeFileSync(join(folder, 'runbook.json'), '{}');
    writeFileSync(join(folder, 'peer.cjs'), bundledPeer());
    writeFileSync(join(folder, 'nothing.mjs'), '');
    const ours = Object.fromEntries(HANDLERS.map((name) => [name, `${name}.mjs`]));
    const modules: Record<string, string> = { [NOTHING]: 'nothing.mjs', [PEER_START]: 'peer.cjs', ...ours };
    const times = new Map<string, number[]>(Object.keys(modules).map((name) => [name, []]));
    // Skips the first round, which reads the files into the cache of the system.
    for (let round = -1; round < ROUNDS; round++)
      for (const [name, module] of Object.entries(modules)) {
        const time = await timed(folder, module);
        if (round >= 0) times.get(name)?.push(time);
      }
    const { [NOTHING]: own = 0, ...medians } = Object.fromEntries([...times].map(([name, all]) => [name, median(all)]));
    return Object.fromEntries(Object.entries(medians).map(([name, ms]) => [name, ms - own]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One file, as `NodejsFunction` makes it by default, but minified. */
function bundledPeer(): Uint8Array {
  const [file] = buildSync({
    stdin: { contents: PEER, resolveDir: packageRoot(), loader: 'ts' },
    absWorkingDir: packageRoot(),
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'silent',
  }).outputFiles;
  return file?.contents ?? new Uint8Array();
}

async function timed(folder: string, module: string): Promise<number> {
  const program = `await import('./${module}'); const { user, system } = process.cpuUsage(); console.log(user + system);`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, args, {
    cwd: folder,
    env: { ...ENVIRONMENT, LAMBDA_TASK_ROOT: folder },
  });
  return Number(stdout.trim().split('\n').at(-1)) / 1_000;
}
