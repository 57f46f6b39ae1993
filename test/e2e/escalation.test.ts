import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetOpsItemCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from './world.ts';

interface Posted {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** Imitates PagerDuty and Teams. Rejects messages about `orders`. */
let humans: Server;
const posted: Posted[] = [];
/** Subjects that the notifier published to the topics. */
const mails: string[] = [];
let world: World;

beforeAll(async () => {
  humans = createServer(async (request, response) => {
    const body = (await json(request)) as Record<string, unknown>;
    const isRefused = request.url === '/teams' && JSON.stringify(body).includes('"orders"');
    if (!isRefused) posted.push({ path: request.url ?? '', body });
    response.writeHead(isRefused ? 400 : 202).end('{}');
  });
  await new Promise<void>((resolve) => humans.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(humans.address() as AddressInfo).port}`;
  world = await startWorld(
    {},
    {
      secrets: { 'pager-duty': 'k'.repeat(32), teams: `${url}/teams` },
      escalation: {
        emails: ['on-call@example.com'],
        pagerDuty: { secretName: 'pager-duty', url: `${url}/pager-duty` },
        teams: { secretName: 'teams' },
        opsItems: true,
      },
    },
  );
  world.cloud.inject(({ service, operation, body, caller }) => {
    if (service === 'sns' && operation === 'Publish' && caller.includes('Notifier')) {
      mails.push(new URLSearchParams(body).get('Subject') ?? '');
    }
    return undefined;
  });
});
afterAll(async () => {
  await world?.stop();
  humans.closeAllConnections();
  humans.close();
});

/** Publishes events as the publisher does. */
async function publish(DetailType: string, ...details: readonly object[]): Promise<void> {
  for (let from = 0; from < details.length; from += 10) {
    const Entries = details.slice(from, from + 10).map((detail) => ({
      EventBusName: world.output('OutcomeBusName'),
      Source: 'backstop',
      DetailType,
      Detail: JSON.stringify(detail),
    }));
    await world.events.send(new PutEventsCommand({ Entries }));
  }
}

const deadLetter = (n: number, dependency = 'payments') => ({
  id: `order-${n}`,
  correlationId: `trace-${n}`,
  dependency,
  priority: 'P1',
  reason: 'exhausted',
  rule: 'http-503',
  attempts: 8,
  compensation: 'none',
});
let changes = 0;
const circuit = (to: string) => ({
  circuit: 'payments',
  dependency: 'payments',
  to,
  at: new Date().toISOString(),
  sequence: ++changes,
});
const about = (dependency: string) => ({
  pages: posted.filter(
    ({ path, body }) => path === '/pager-duty' && String(body.dedup_key).includes(`/${dependency}/`),
  ),
  cards: posted.filter(({ path, body }) => path === '/teams' && JSON.stringify(body).includes(`"${dependency}"`)),
  mails: mails.filter((subject) => subject.includes(dependency)),
});

it('tells of five hundred failures of one cause once, and once that it is over', async () => {
  await publish('Operation Dead-Lettered', ...Array.from({ length: 500 }, (_, n) => deadLetter(n)));
  await publish('Circuit State Changed', circuit('open'));
  const count = async () => {
    const { Item } = await world.item('incidents#payments');
    return JSON.parse(Item?.incidents?.S ?? '{}').state?.incidents.unreachable?.count;
  };
  await world.clock.until(async () => expect(await count()).toBeGreaterThanOrEqual(501));
  await publish('Operator Acted', {
    action: 'redrive',
    dependency: 'payments',
    by: 'anna',
    why: 'w',
    acknowledges: ['unreachable'],
    at: new Date().toISOString(),
  });
  await world.clock.until(() => expect(about('payments').pages).toHaveLength(2));
  await publish('Circuit State Changed', circuit('half-open'), circuit('recovering'), circuit('closed'));
  await world.clock.until(() => {
    const { pages, cards, mails } = about('payments');
    expect([pages.length, cards.length, mails.length]).toEqual([3, 2, 2]);
  });

  const ssm = new SSMClient({ ...world.cloud, region: 'us-east-1' });
  await world.clock.until(async () => {
    const { OpsItem } = await ssm.send(new GetOpsItemCommand({ OpsItemId: 'oi-000000000001' }));
    expect(OpsItem).toMatchObject({ Title: expect.stringContaining('payments'), Status: 'Resolved' });
  });
  ssm.destroy();
  const { pages, cards, mails: subjects } = about('payments');
  expect(pages.map(({ body }) => body.event_action)).toEqual(['trigger', 'acknowledge', 'resolve']);
  expect(new Set(pages.map(({ body }) => body.dedup_key)).size).toBe(1);
  expect(pages[0]?.body.routing_key).toBe('k'.repeat(32));
  expect(JSON.stringify(cards[1]?.body)).toContain('backstop dlq redrive payments');
  expect(subjects).toEqual([
    'P1: payments is unreachable: its failures become dead letters',
    'Resolved: payments is unreachable: its failures become dead letters',
  ]);
});

it("keeps an alert that can't be delivered, and still alerts all others once", async () => {
  await publish('Operation Dead-Lettered', deadLetter(1_000, 'orders'));
  const [kept] = await world.take(world.output('AlertDeadLettersQueueUrl'), (messages) => messages.length > 0);
  expect(JSON.parse(kept?.Body ?? '{}').detail).toMatchObject({ id: 'order-1000' });
  expect(about('orders').pages.map(({ body }) => body.event_action)).toEqual(['trigger']);
  expect(about('orders').mails).toHaveLength(1);
  const refused = world.logs.find((line) => line.includes('alert not delivered'));
  expect(JSON.parse(refused ?? '{}')).toMatchObject({ dependency: 'orders', channel: 'Teams', statusCode: 400 });
  // No log line contains the key or the address.
  expect(world.logs.join('\n')).not.toMatch(/kkkkkkkk|\/teams/);
});
