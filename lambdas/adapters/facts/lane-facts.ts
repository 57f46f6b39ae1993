import { GetParameterCommand, GetParametersByPathCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import * as v from 'valibot';
import { type LaneFacts, laneParameter } from '../../contract/lane-facts.ts';
import type { Clock } from '../../contract/time.ts';
import { SECRETS, within } from '../budgets.ts';
import { env } from '../environment.ts';

/** The facts that functions use. */
type Known = Pick<
  LaneFacts,
  'name' | 'queueUrl' | 'deadLetterQueueUrl' | 'orderedQueueUrl' | 'sourceId' | 'target' | 'resolverArn'
>;

const Facts = v.object({
  name: v.string(),
  queueUrl: v.string(),
  deadLetterQueueUrl: v.string(),
  orderedQueueUrl: v.optional(v.string()),
  sourceId: v.string(),
  target: v.optional(v.string()),
  resolverArn: v.optional(v.string()),
});

export interface LaneReader {
  /** @returns undefined if the pipeline has no such lane */
  of(dependency: string): Promise<Known | undefined>;
  /** Facts of all lanes. */
  all(): Promise<readonly Known[]>;
}

/** A deployment may replace a queue or a function, and a warm instance must notice. In milliseconds. */
const FRESH_MS = 300_000;

/** Opens the reader of the pipeline's lanes, as the function's environment says. A look-up may be part of a lease. */
export function openLanes(): LaneReader {
  return laneReader(new SSMClient(within(SECRETS)), env('LANES_PATH'));
}

/**
 * Reads what only the deployment knows of lanes, and keeps it for five minutes.
 *
 * @param path of the lanes' SSM parameters
 */
export function laneReader(client: SSMClient, path: string, now: Clock = Date.now): LaneReader {
  const kept = new Map<string, { readonly until: number; readonly value: Promise<unknown> }>();
  const fresh = <Value>(key: string, read: () => Promise<Value>): Promise<Value> => {
    const known = kept.get(key);
    if (known && known.until > now()) return known.value as Promise<Value>;
    const value = read();
    kept.set(key, { until: now() + FRESH_MS, value });
    // Don't keep a failed look-up or a lane that the deployment has yet to create: retries end before the entry
    // expires.
    const drop = () => kept.delete(key);
    value.then((found) => found === undefined && drop(), drop);
    return value;
  };
  return {
    of: (dependency) => fresh(dependency, () => readOne(client, laneParameter(path, dependency))),
    all: () => fresh('', async () => (await lanesBelow(client, path)).map((value) => v.parse(Facts, value))),
  };
}

async function readOne(client: SSMClient, Name: string): Promise<Known | undefined> {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name }));
    return v.parse(Facts, JSON.parse(Parameter?.Value ?? ''));
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** Reads the parameters of all lanes, sorted by dependency. Their shape is the caller's to check. */
export async function lanesBelow(client: SSMClient, path: string): Promise<readonly unknown[]> {
  const found: { readonly name: string; readonly value: unknown }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetParametersByPathCommand({ Path: path, MaxResults: 10, NextToken }));
    for (const { Name: name = '', Value } of page.Parameters ?? [])
      found.push({ name, value: JSON.parse(Value ?? 'null') });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ value }) => value);
}
