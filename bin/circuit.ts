import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Circuit, standing } from '../lambdas/shared/circuit/circuit.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../lambdas/shared/circuit/circuit-policy.ts';
import { KEPT_SECONDS, type Snapshot } from '../lambdas/shared/circuit/circuit-store.ts';
import { DynamoDBCircuitStore } from '../lambdas/shared/circuit/dynamodb-circuit-store.ts';
import {
  DecisionError,
  type ForceContext,
  forceCircuit,
  releaseCircuit,
} from '../lambdas/shared/circuit/force-circuit.ts';
import { tallySince } from '../lambdas/shared/circuit/tally.ts';
import { UsageError } from './arguments.ts';
import { type Command, readCommand, USAGE } from './circuit-arguments.ts';

if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) console.log(USAGE);
else await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  try {
    await run(readCommand(args), Date.now());
  } catch (error) {
    const isMistake = error instanceof UsageError || error instanceof DecisionError;
    console.error(isMistake ? error.message : `Not done: ${(error as Error).message}`);
    process.exitCode = isMistake ? 2 : 1;
  }
}

async function run(command: Command, now: number): Promise<void> {
  const { circuit, table } = command;
  const client = new DynamoDBClient();
  const store = new DynamoDBCircuitStore({ client, table });
  const before = await store.read(circuit, now).catch((error: Error) => {
    if (error.name !== 'ResourceNotFoundException') throw error;
    throw new Error(`there is no table '${table}' in this account and region`, { cause: error });
  });
  if (await isFailure(client, command))
    throw new UsageError(`'${table}' is the ledger: --table must be that of circuits`);
  if (before.version + before.traffic === 0) {
    console.error(`Nobody has used the circuit ${circuit} so far: is that its name?`);
  }
  // What else the policy says means nothing to a decision, and the outbox of the table tells of the change.
  const watcher = { changed: () => undefined, unreachable: () => undefined };
  const after = await carryOut(command, before, { store, watcher, policy: DEFAULT_CIRCUIT_POLICY, now });
  console.log(`${circuit} is ${described(after, now)}`);
}

/** The ledger's items have keys of the same name: a decision would be written into one. */
async function isFailure(client: DynamoDBClient, { table: TableName, circuit }: Command): Promise<boolean> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: circuit } } }));
  return Item?.fingerprint !== undefined;
}

async function carryOut(command: Command, before: Snapshot, context: ForceContext): Promise<Snapshot> {
  switch (command.action) {
    case 'show':
      return before;
    case 'auto':
      return releaseCircuit(command.circuit, context);
    case 'open':
    case 'close': {
      const { circuit, reason, by, forMs } = command;
      const to = command.action === 'open' ? 'open' : 'closed';
      return forceCircuit(circuit, { to, reason, by, until: context.now + forMs }, context);
    }
    default:
      return command satisfies never;
  }
}

function described({ circuit: stored, buckets }: Snapshot, now: number): string {
  const circuit = standing(stored, now);
  const { successes, failures } = tallySince(buckets, now - KEPT_SECONDS * 1_000);
  const since = circuit.since > 0 ? ` since ${time(circuit.since)}` : '';
  return [
    `${circuit.kind}${since}: ${meaning(circuit, now)}`,
    `counted lately: successes ${successes}, failures ${failures}`,
  ].join('\n');
}

function meaning(circuit: Circuit, now: number): string {
  switch (circuit.kind) {
    case 'closed':
      return 'every call passes';
    case 'open':
      return circuit.until > now
        ? `no call passes until ${time(circuit.until)}`
        : 'the next call that comes is a probe';
    case 'half-open':
      return `probes under way ${circuit.probes.filter(({ until }) => until > now).length}, succeeded ${circuit.succeeded}`;
    case 'recovering':
      return 'a share of the calls passes, which grows';
    case 'forced-open':
    case 'forced-closed': {
      const calls = circuit.kind === 'forced-open' ? 'no call passes' : 'every call passes';
      return `${calls} until ${time(circuit.until)}, by ${circuit.by}: ${circuit.reason}`;
    }
    default:
      return circuit satisfies never;
  }
}

function time(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
