import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommand } from '../../bin/circuit-arguments.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/shared/circuit/circuit-policy.ts';
import { DynamoDBCircuitStore } from '../../lambdas/shared/circuit/dynamodb-circuit-store.ts';
import { forceCircuit } from '../../lambdas/shared/circuit/force-circuit.ts';
import { Ledger } from '../../lambdas/shared/ledger/ledger.ts';
import { sampleEntry } from '../support/samples.ts';
import { startTables, type Tables } from '../support/tables.ts';

let tables: Tables;
let endpoint: string;
beforeAll(async () => {
  tables = await startTables();
  const { protocol, hostname, port } = (await tables.client.config.endpoint?.()) ?? {};
  endpoint = `${protocol}//${hostname}:${port}`;
});
afterAll(async () => tables.stop());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function circuit(...args: readonly string[]): Promise<Ended> {
  const env = {
    ...{ PATH: process.env.PATH, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1' },
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, '../../bin/circuit.ts'), ...args],
      { env },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

const stored = async (key: string) =>
  (await new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits }).read(key, Date.now())).circuit;

describe('npm run circuit', { timeout: 30_000 }, () => {
  it('forces a circuit, shows it, and lets it go on by itself', async () => {
    const key = `payments/${randomUUID()}`;
    const table = ['--table', tables.circuits];
    const opened = await circuit('open', key, ...table, '--reason', 'they move house', '--for', '2h', '--by', 'ops');
    expect(opened).toMatchObject({ code: 0, out: expect.stringContaining(`${key} is forced-open since`) });
    expect(opened.err).toContain('is that its name?');
    expect(await stored(key)).toMatchObject({ kind: 'forced-open', reason: 'they move house', by: 'ops' });

    const shown = await circuit('show', key, ...table);
    expect(shown).toMatchObject({ code: 0, out: opened.out, err: '' });
    expect(shown.out).toMatch(/no call passes until \S+Z, by ops: they move house/);

    await circuit('auto', key, ...table);
    expect(await stored(key)).toMatchObject({ kind: 'open' });
    await circuit('close', key, ...table, '--reason', 'they are back');
    expect(await stored(key)).toMatchObject({ kind: 'forced-closed', by: expect.stringMatching(/./) });
    expect((await circuit('auto', key, ...table)).out).toContain('every call passes');
  });

  it.each([
    ['open', /is open since \S+: the next call that comes is a probe\n/],
    ['closed', /is closed since \S+: every call passes\n/],
  ] as const)('shows what became of a circuit that was forced %s when that is over', async (to, expected) => {
    const key = `payments/${randomUUID()}`;
    const now = Date.now() - 10_000;
    const store = new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits });
    const watcher = { changed: () => undefined, unreachable: () => undefined };
    const decision = { to, reason: 'they move house', by: 'ops', until: now + 1_000 };
    await forceCircuit(key, decision, { store, watcher, policy: DEFAULT_CIRCUIT_POLICY, now });

    const { out } = await circuit('show', key, '--table', tables.circuits);
    expect(out).toMatch(expected);
    expect(out).toContain('\ncounted lately: successes 0, failures 0\n');
    expect(out).not.toContain('they move house');
  });

  it('ends with 2, and changes nothing, where it is told what can not be', async () => {
    const args = ['open', 'payments', '--table', tables.circuits, '--reason', 'r'];
    expect(await circuit(...args, '--for', '8d')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('--for must be 1s to 7d'),
    });
    expect(await circuit(...args, '--fro', '1h')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('usage:'),
    });
    expect(await stored('payments')).toMatchObject({ kind: 'closed' });
  });

  it('ends with 2, and changes nothing, where the table is the ledger', async () => {
    const ledger = new Ledger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 60_000 });
    await ledger.claim(sampleEntry({ id: 'order-1' }));
    const before = await ledger.get('order-1');
    expect(await circuit('open', 'order-1', '--table', tables.ledger, '--reason', 'r')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`'${tables.ledger}' is the ledger: --table must be that of circuits\n`),
    });
    expect(await ledger.get('order-1')).toEqual(before);
  });

  it('ends with 1 where the table is not there', async () => {
    expect(await circuit('show', 'payments', '--table', 'nope')).toMatchObject({
      code: 1,
      out: '',
      err: "Not done: there is no table 'nope' in this account and region\n",
    });
  });
});

describe('what npm run circuit is told', () => {
  const force = ['open', 'payments/acme', '--table', 't', '--reason', 'r'];

  it('is complete with what has to be said', () => {
    const by = userInfo().username;
    const command = { action: 'open', circuit: 'payments/acme', table: 't', reason: 'r', forMs: 3_600_000, by };
    expect(readCommand(force)).toEqual(command);
    expect(readCommand([...force, '--for', '90s', '--by', 'ops'])).toEqual({ ...command, forMs: 90_000, by: 'ops' });
  });

  it.each<[string, readonly string[], string]>([
    ['nothing', [], 'say show, open, close or auto, got nothing'],
    ['an action that is none', ['force', 'payments'], "say show, open, close or auto, got 'force'"],
    ['no circuit', ['show', '--table', 't'], 'CIRCUIT is missing'],
    ['a circuit that is none', ['show', 'a/b/c', '--table', 't'], "got 'a/b/c'"],
    ['a dependency that no config can have', ['show', 'Payments', '--table', 't'], "got 'Payments'"],
    ['a dependency that is too long', ['show', 'a'.repeat(41), '--table', 't'], 'at most 39 lower-case letters'],
    ['a tenant that has no circuit', ['show', 'payments/a b', '--table', 't'], "got 'payments/a b'"],
    ['two circuits', ['show', 'a', 'b', '--table', 't'], 'one CIRCUIT at a time, got a b'],
    ['no table', ['show', 'payments'], '--table is missing'],
    ['no reason', ['open', 'payments', '--table', 't'], '--reason is missing'],
    [
      'a reason to show',
      ['show', 'payments', '--table', 't', '--reason', 'r'],
      '--reason goes with open and close only',
    ],
    ['an option that is none', ['show', 'payments', '--tabel', 't'], "Unknown option '--tabel'"],
    [
      'a time that is none',
      [...force, '--for', 'ever'],
      "--for must be a number and s, m, h or d, such as 30m, got 'ever'",
    ],
    ['no time', [...force, '--for', '0s'], "--for must be 1s to 7d, got '0s'"],
    ['too long a time', [...force, '--for', '169h'], "--for must be 1s to 7d, got '169h'"],
    ['an empty reason', [...force, '--reason', ' '], "--reason must be 1 to 200 characters, got ' '"],
    ['too long a reason', [...force, '--reason', 'r'.repeat(201)], '--reason must be 1 to 200 characters, got 201'],
    ['an empty name', [...force, '--by', ''], "--by must be 1 to 64 characters, got ''"],
    ['too long a name', [...force, '--by', 'n'.repeat(65)], '--by must be 1 to 64 characters, got 65'],
  ])('is refused where it says %s', (_, args, message) => {
    expect(() => readCommand(args)).toThrow(message);
  });
});
