import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { GatewayVpcEndpointAwsService, InterfaceVpcEndpointAwsService, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import { StateStack } from '../../lib/pipeline/state-stack.ts';
import { failure, startWorld, type World } from './world.ts';

/* A pipeline in isolated subnets, with the endpoints that synth and docs/network.md name, and without one of them. */

const ALL = ['dynamodb', 'secretsmanager', 'sqs', 'states'];
const BY_GATEWAY = ['dynamodb', 's3'];

/** Synthesizes the pipeline with these endpoints. @returns those that synth asks for */
function synthesize(outdir: string, baseUrl: string, endpoints: readonly string[]): readonly string[] {
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'));
  const app = new App({ context, outdir, analyticsReporting: false });
  const network = new Stack(app, 'Network');
  const subnetConfiguration = [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }];
  const vpc = new Vpc(network, 'Vpc', { natGateways: 0, restrictDefaultSecurityGroup: false, subnetConfiguration });
  for (const name of endpoints)
    if (BY_GATEWAY.includes(name)) vpc.addGatewayEndpoint(name, { service: new GatewayVpcEndpointAwsService(name) });
    else vpc.addInterfaceEndpoint(name, { service: new InterfaceVpcEndpointAwsService(name) });
  const { store } = new StateStack(app, 'BackstopState', {});
  const retry = { hotAttempts: 1, durableAttempts: 5 };
  const auth = { scheme: 'bearer', secretName: 'books' } as const;
  const stack = new PipelineStack(app, 'BackstopPipeline', {
    pipeline: {
      store,
      vpc,
      subnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      dashboards: false,
      dependencies: { books: { kind: 'http', baseUrl, retry, auth, accepts: { paths: ['/'] } } },
    },
  });
  app.synth();
  const [warning] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('VPC endpoints only'));
  const [, names = ''] = /those of (.*) \(docs/.exec(String(warning?.entry.data)) ?? [];
  return names.split(', ').map((name) => name.replace(' (gateway)', ''));
}

let world: World;
let folder: string;
let asked: readonly string[] = [];
beforeAll(async () => {
  world = await startWorld(
    {},
    {
      secrets: { books: 's1' },
      first: (first, url) => {
        folder = first;
        asked = synthesize(first, url, ALL);
      },
    },
  );
  world.cloud.inject(({ caller, service }) => {
    if (/Worker|Attempt|Resolve|Degrade|Undo/.test(caller)) answered.add(service);
    return undefined;
  });
});
afterAll(() => world?.stop());

/** Services that answered a function in the VPC. */
const answered = new Set<string>();

/** A failure that the Recovery machine repeats, and an event that the worker rejects. */
async function sendBoth(): Promise<string> {
  const detail = failure('', { dependency: 'books', operation: { method: 'PUT', path: '/flaky/1/:id' } });
  const { id } = detail;
  const operation = { method: 'PUT', path: `/flaky/1/${id}` };
  await world.send({ ...detail, operation }, { ...detail, id: `${id}-rejected`, operation: { method: 'NONE' } });
  return id;
}

async function endsWell(id: string): Promise<void> {
  expect(await world.settled(id)).toMatchObject({ outcome: 'recovered' });
  await world.take(world.output('RejectsQueueUrl'), (all) => all.some(({ Body }) => Body?.includes(`${id}-rejected`)));
}

it('synth and the document name the endpoints of this config', () => {
  expect(asked).toEqual(ALL);
  const text = readFileSync(join(import.meta.dirname, '../../docs/network.md'), 'utf8');
  const listed = [...text.matchAll(/^\| `(\w+)`(?: \(gateway\))? \|/gm)].map(([, name]) => name);
  expect(listed).toEqual(expect.arrayContaining(ALL));
});

it('recovers failures in isolated subnets with these endpoints, and calls no other service', async () => {
  await endsWell(await sendBoth());
  expect([...answered].toSorted()).toEqual(ALL);
});

it.each(ALL)('loses nothing while the endpoint of %s is missing, which then answers no function', async (name) => {
  const without = `${folder}-without-${name}`;
  const others = ALL.filter((each) => each !== name);
  synthesize(without, world.dependency.url, others);
  await world.clock.run(world.cloud.deploy(without));
  answered.clear();
  const id = await sendBoth();
  await world.clock.sleep(60_000);
  expect(answered).not.toContain(name);
  await world.clock.run(world.cloud.deploy(folder));
  await endsWell(id);
  await endsWell(await sendBoth());
  expect(answered).toContain(name);
});
