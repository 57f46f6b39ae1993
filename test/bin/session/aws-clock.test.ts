import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { awsClock } from '../../../bin/session/aws-clock.ts';
import { createClients } from '../../../bin/session/clients.ts';
import { openSession } from '../../../bin/session/session.ts';
import { captured } from '../../support/operator.ts';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const header = (at: number) => new Date(at).toUTCString();

describe('the clock of AWS', () => {
  it.each([
    ['ahead', 300_000],
    ['behind', -600_000],
  ])('counts where this machine is minutes %s', (_, ahead) => {
    const clock = awsClock(() => NOON + ahead);
    // The answer takes 100 ms.
    clock.learn(header(NOON), NOON + ahead - 50, NOON + ahead + 50);
    expect(Math.abs(clock.now() - NOON)).toBeLessThanOrEqual(550);
  });

  it.each([0, 500, 999, -40])('corrects nothing that a header does not tell: %i ms', (ahead) => {
    const clock = awsClock(() => NOON + ahead);
    clock.learn(header(NOON), NOON + ahead - 50, NOON + ahead + 50);
    expect(clock.now()).toBe(NOON + ahead);
  });

  it('gets more exact with each answer', () => {
    const clock = awsClock(() => NOON + 300_000);
    for (const at of [0, 250, 500, 750, 990]) {
      const sent = NOON + 300_000 + at;
      clock.learn(header(NOON + at), sent, sent + 5);
    }
    expect(Math.abs(clock.now() - NOON)).toBeLessThan(10);
  });

  it('is that of this machine until AWS has answered, and where an answer has no time', () => {
    const clock = awsClock(() => NOON);
    expect(clock.now()).toBe(NOON);
    clock.learn(undefined, NOON, NOON);
    clock.learn('yesterday', NOON, NOON);
    expect(clock.now()).toBe(NOON);
  });

  it('begins again after somebody has set the clock of this machine', () => {
    let own = NOON + 300_000;
    const clock = awsClock(() => own);
    clock.learn(header(NOON), own, own);
    own = NOON;
    clock.learn(header(NOON), own, own);
    expect(clock.now()).toBe(NOON);
  });
});

/** An AWS whose clock is ten minutes behind. */
const BEHIND_MS = 600_000;
const NAMES = ['BusName', 'LedgerTableName', 'CircuitsTableName', 'AuditTableName', 'OperatorUrl', 'RejectsQueueUrl'];
const MORE = ['LastResortQueueUrl', 'ParkedQueueUrl', 'RecoveryMachineArn', 'LanesPath'];
const OUTPUTS = [...NAMES, ...MORE]
  .map((name) => `<member><OutputKey>${name}</OutputKey><OutputValue>/x</OutputValue></member>`)
  .join('');
const STACK = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>${OUTPUTS}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

describe('the tool', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function aws(status = 200): Promise<string> {
    server = createServer({ keepAliveTimeout: 1 }, (request, response) => {
      const isQuery = request.headers['x-amz-target'] === undefined;
      const type = isQuery ? 'text/xml' : 'application/x-amz-json-1.0';
      response.writeHead(status, { date: header(Date.now() - BEHIND_MS), 'content-type': type });
      response.end(isQuery ? STACK : '{"Parameters":[]}');
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const isBehind = (now: number) => Math.abs(Date.now() - BEHIND_MS - now) < BEHIND_MS / 2;

  it('goes by the clock of AWS', async () => {
    const globals = { endpoint: await aws(), stack: 'Backstop', color: false };
    const { now } = await openSession({ globals, streams: captured().streams, signal: new AbortController().signal });
    expect(isBehind(now())).toBe(true);
  });

  it('learns it from errors, too', async () => {
    const clock = awsClock();
    const { sqs } = createClients({ endpoint: await aws(403), clock });
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toThrow();
    expect(isBehind(clock.now())).toBe(true);
  });
});
