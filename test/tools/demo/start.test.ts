import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { readScenarios } from '../../../tools/demo/scenario.ts';

const DEMO = join(import.meta.dirname, '../../../tools/demo');

function start(change: NodeJS.ProcessEnv = {}) {
  const { FORCE_COLOR: _, ...env } = process.env;
  return spawn(process.execPath, [join(DEMO, 'start.ts')], {
    env: { ...env, ...change },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

it.concurrent('shows every event coming to what its file expects, and ends with 0', async () => {
  const child = start();
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(stripVTControlCharacters(stdout));
  const lines = stdout.split('\n');
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
  const scenarios = await readScenarios(join(DEMO, 'events'));
  for (const {
    event,
    expect: { outcome },
  } of scenarios) {
    expect(lines.filter((line) => line.startsWith(`✓ ${event.id} `) && line.includes(` ${outcome} `))).not.toEqual([]);
  }
  const orders = ['order-1  completed', 'order-2  undone', 'order-3  undone'];
  for (const order of orders) expect(lines).toContain(`✓ ${order}`);
  expect(lines.filter((line) => line.startsWith('✓ '))).toHaveLength(scenarios.length + orders.length + 1);
  expect(lines).toContain('· circuit invoices: half-open → open (probe-failed)');
  expect(lines).toContainEqual(
    expect.stringMatching(/^ {2}\d+ calls until the circuit opened; probes until it recovered: \d+$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/settled +outcome dead-lettered, reason exhausted$/));
});

// The signal comes before the app is loaded, so these tests cost no synthesis.
it.concurrent.each([
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const)('stops with one last line on %s', async (signal, expected) => {
  const child = start();
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  await once(child.stdout, 'data');
  child.kill(signal);
  const [stdout, stderr, [code]] = await ended;
  expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
  expect(stdout).toMatch(/\nStopped\. .*\n$/);
});

it.concurrent('says what to do without a temporary folder', async () => {
  const child = start({ TMPDIR: '/nowhere' });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'The demo failed: the temporary folder /nowhere is missing: create it, or set TMPDIR to another\n',
  );
});
