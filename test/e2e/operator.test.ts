import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from '../support/operator.ts';
import { toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

const TOOL = join(import.meta.dirname, '../../bin/backstop.ts');
let world: World;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backstop-operator-'));
  world = await startWorld(
    { asking: { conflict: { strategy: 'ask' } }, tidy: { ordered: true } },
    { dashboards: true },
  );
});
afterAll(async () => {
  await world?.stop();
  await rm(folder, { recursive: true });
});

const backstop = (...args: readonly string[]) => toolIn(world, ...args);

/** Runs the tool in its own process, without a terminal. */
function tool(...args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, HOME: folder, AWS_ENDPOINT_URL: world.cloud.endpoint };
  return new Promise((resolve) => {
    execFile(process.execPath, [TOOL, ...args], { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

async function eventFile(detail: object): Promise<string> {
  const file = join(folder, `${'id' in detail ? detail.id : 'event'}.json`);
  await writeFile(file, JSON.stringify(detail));
  return file;
}

describe('the tool, on a running stack', () => {
  it('sends an event, and tells its story', async () => {
    const { occurredAt: _, ...detail } = failure('/status/422');
    const file = await eventFile(detail);
    expect(await backstop('send', file, '--dry-run')).toMatchObject({
      code: 0,
      out: `${detail.id} is valid. Nothing was sent.\n`,
    });
    expect(await world.entry(detail.id)).toBeUndefined();
    const sent = await backstop('send', file);
    expect(sent.out).toBe(`Sent.\nnext: backstop trace ${detail.id} --endpoint ${world.cloud.endpoint}\n`);
    await world.settled(detail.id);

    const { code, out } = await backstop('trace', detail.id);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^${detail.id} {2}in the dead-letter queue of its lane: permanent\n`));
    expect(out).toMatch(/ received .*statusCode 429\n/);
    expect(out).toMatch(/ attempt-failed .*verdict permanent/);
    expect(out).toMatch(/ settled .*outcome dead-lettered/);
    expect(out).toContain(`next: backstop dlq show ${detail.id} --endpoint`);
    // The write's body stays in the ledger.
    expect(out).not.toContain('total');
  });

  it('finds all failures of one correlation id, oldest first', async () => {
    const details = [failure('/ok'), failure('/ok')].map((detail) => ({ ...detail, correlationId: 'both' }));
    for (const detail of details) {
      await world.send(detail);
      await world.settled(detail.id);
    }
    const { failures } = JSON.parse((await backstop('trace', 'both', '--json')).out);
    expect(failures.map(({ id, where }: { id: string; where: string }) => [id, where])).toEqual(
      details.map(({ id }) => [id, 'settled: recovered']),
    );
    expect(failures[0].links).toBeUndefined();
    expect(await backstop('trace', 'nobody')).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining("No failure has the id or correlation id 'nobody'"),
    });
  });

  it.each<[string, object, number, string]>([
    ['names no dependency that is registered', { dependency: 'paymnts' }, 3, "Unknown dependency 'paymnts'"],
    ['lacks what it needs', { operation: { method: 'PUT' } }, 4, 'Not sent: operation.path'],
    ['would leave its dependency', { operation: { method: 'GET', path: '//evil.example' } }, 4, 'unsafe-path'],
  ])('sends no event that %s', async (_, change, code, message) => {
    const file = await eventFile({ ...failure('/ok'), ...change });
    expect(await backstop('send', file)).toMatchObject({ code, out: '', err: expect.stringContaining(message) });
  });

  it('pauses a lane, shows that, and resumes it', async () => {
    expect(await backstop('pause', 'accounts', '--yes', '--why', 'their data is repaired')).toMatchObject({ code: 0 });
    const detail = failure('/ok', { dependency: 'accounts' });
    await world.send(detail);
    const status = async () => JSON.parse((await backstop('status', '--json')).out).lanes;
    await world.clock.until(async () => {
      expect(await status()).toContainEqual(expect.objectContaining({ lane: 'accounts', paused: true, waiting: 1 }));
    });
    expect((await backstop('status')).out).toMatch(/\n {2}accounts {2}paused +1 /);
    expect((await backstop('pause', 'accounts', '--yes', '--why', 'w')).out).toBe('accounts is already paused.\n');
    expect(await world.entry(detail.id)).toBeUndefined();
    expect(await backstop('resume', 'accounts', '--yes', '--why', 'it is repaired')).toMatchObject({ code: 0 });
    await world.settled(detail.id);
  });

  it('counts the outcomes of the last hour, and the failures that wait', async () => {
    const detail = failure('/ok', { dependency: 'tidy' });
    await world.send(detail);
    await world.settled(detail.id);
    await world.clock.until(async () => {
      const { lanes } = JSON.parse((await backstop('status', '--json')).out);
      expect(lanes).toContainEqual(expect.objectContaining({ lane: 'tidy', outcomes: { recovered: 1 } }));
    });
    expect((await backstop('status')).out).toMatch(/^BackstopPipeline in us-east-1\n/);
  });

  it('shows a conflict, and takes the decision', async () => {
    const path = '/documents/strong/asked';
    world.dependency.documents.put(path, { city: 'Bonn' });
    const ifMatch = world.dependency.documents.etag(path);
    world.dependency.documents.put(path, { city: 'Ulm' });
    const operation = { method: 'PUT', path, body: { city: 'Trier' }, base: { city: 'Bonn' }, ifMatch };
    const detail = failure(path, { dependency: 'asking', operation });
    await world.send(detail);
    await world.clock.until(async () => expect((await backstop('decisions')).out).toContain(detail.id));
    const shown = await backstop('decisions', 'show', detail.id);
    expect(shown.out).toMatch(/\/city +"Bonn" +"Trier" +"Ulm"/);
    const why = ['--yes', '--why', 'she has moved twice'];
    expect(await backstop('decide', detail.id, 'ours', '--question', '1.1', ...why)).toMatchObject({ code: 0 });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(world.dependency.documents.get(path)).toEqual({ city: 'Trier' });
  });

  it('lists the incident of a dead letter, and takes it on', async () => {
    const detail = failure('/status/422', { dependency: 'accounts' });
    await world.send(detail);
    await world.clock.until(async () =>
      expect((await backstop('incidents')).out).toMatch(/P2 accounts, open for .*\n.*\n {5}1 failure, last/),
    );
    const taken = await backstop('incidents', 'ack', 'accounts', '--yes', '--why', 'I am on it', '--by', 'ada');
    expect(taken).toMatchObject({ code: 0, out: expect.stringMatching(/^Acknowledged by demo as ada\./) });
    await world.clock.until(async () =>
      expect((await backstop('incidents')).out).toContain('acknowledged by demo as ada'),
    );
  });

  it('forces a circuit, which the bus and the audit trail tell of', async () => {
    const forced = await backstop('circuits', 'open', 'payments', '--yes', '--why', 'they move house', '--for', '1m');
    expect(forced).toMatchObject({ code: 0, out: expect.stringMatching(/^payments is forced-open: /) });
    expect((await backstop('circuits')).out).toMatch(/\n {2}payments {2}forced-open /);
    await world.clock.sleep(1_000);
    const closed = await backstop('circuits', 'close', 'payments', '--yes', '--why', 'they are there', '--for', '1m');
    expect(closed).toMatchObject({ code: 0, out: expect.stringMatching(/^payments is forced-closed: /) });
    await world.clock.sleep(1_000);
    await backstop('circuits', 'auto', 'payments', '--yes', '--why', 'they are back');
    const { out } = await backstop('audit', '--since', '1h');
    const acts = out.split('\n').filter((line) => line.includes(' circuit-'));
    expect(acts.join('\n')).toMatch(
      /circuit-released .*they are back\n.*circuit-forced .*they are there\n.*circuit-forced .*they move house/,
    );
    const documents = JSON.parse((await backstop('audit', '--json')).out);
    expect(documents[0]).toMatchObject({
      action: 'circuit-released',
      dependency: 'payments',
      principal: 'arn:aws:iam::000000000000:user/demo',
      why: 'they are back',
      end: { result: 'done' },
    });
  });

  it('makes a dashboard of Grafana of the one that is deployed', async () => {
    const { title, panels } = JSON.parse((await backstop('grafana', 'overview', '--json')).out);
    expect(title).toBe('Backstop: overview (BackstopPipeline)');
    expect(panels.map((panel: { title: string }) => panel.title)).toContain('orders: outcomes');
  });

  it('says what is wrong and which command comes next, as a process without a terminal', async () => {
    const [help, mistyped, refused, nowhere] = await Promise.all([
      tool('status', '--help'),
      tool('stauts'),
      tool('pause', 'orders', '--why', 'w'),
      tool('status', '--stack', 'Mine'),
    ]);
    expect(help).toMatchObject({
      code: 0,
      out: expect.stringContaining('Example:\n  node bin/backstop.ts status'),
      err: '',
    });
    expect(mistyped).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Did you mean status?') });
    expect(refused).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/^Pause the lane of orders\. .*\n.*\nNothing was done: no terminal/),
    });
    expect(nowhere).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining("There is no stack 'Mine' in us-east-1: pass --stack"),
    });
  });
});

describe('the API of the operator function', () => {
  it('takes no request that nobody signed, and no other request', async () => {
    const url = world.output('OperatorUrl');
    const body = JSON.stringify({ operation: 'acknowledge', args: { why: 'w' } });
    const sent = [fetch(url, { method: 'POST', body }), fetch(url), fetch(`${url}health`, { method: 'POST', body })];
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([403, 404, 404]);
  });
});

describe('the health', () => {
  it('can be asked for at its URL', async () => {
    const url = world.output('HealthUrl');
    const health = await fetch(`${url}health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      dependencies: { orders: 'connected' },
      circuitBreakers: { orders: { state: 'closed' } },
    });
    const metrics = await fetch(`${url}metrics`);
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await metrics.text()).toMatch(
      /\nbackstop_queue_messages\{lane="orders",queue="dead-letters",state="waiting"\} \d/,
    );
    expect((await fetch(`${url}nothing`)).status).toBe(404);
  });
});
