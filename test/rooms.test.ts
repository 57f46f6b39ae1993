import { join, posix } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { hidesImports, type Import, importsOf, sourcesBelow } from './support/imports.ts';

const ROOT = join(import.meta.dirname, '..');

interface Room {
  /** Other rooms that it may import from. */
  readonly imports: readonly string[];
  /** Packages that it may import, including their subpaths. @default - any */
  readonly packages?: readonly string[];
  /** Packages that it must not import. @default - none */
  readonly not?: readonly string[];
  /** Whether its files import no others of their room. @default false */
  readonly isApart?: boolean;
}

const CONTRACT = 'lambdas/contract';
const DOMAIN = 'lambdas/domain';
const USE_CASES = 'lambdas/use-cases';
const ADAPTERS = 'lambdas/adapters';

/** Rooms by folder. A file belongs to the room with the longest matching folder. */
const ROOMS: Readonly<Record<string, Room>> = {
  [CONTRACT]: { imports: [], packages: [] },
  // Only Smithy's predicates on errors, which load nothing else.
  [DOMAIN]: { imports: [CONTRACT], packages: ['node:crypto', 'valibot', 'rfc6902'] },
  [USE_CASES]: { imports: [CONTRACT, DOMAIN], packages: ['node:crypto', 'valibot'] },
  [ADAPTERS]: { imports: [CONTRACT, DOMAIN, USE_CASES] },
  lambdas: { imports: [CONTRACT, DOMAIN, USE_CASES, ADAPTERS], isApart: true },
  lib: { imports: [CONTRACT], packages: ['aws-cdk-lib', 'constructs', 'esbuild', 'valibot', 'node:'] },
  // The console's page checks patches by the published schemas.
  'docs/schemas': { imports: [] },
  bin: { imports: [CONTRACT, DOMAIN, USE_CASES, ADAPTERS, 'docs/schemas'], not: ['aws-cdk-lib', 'constructs'] },
  'bin/app.ts': { imports: ['lib', 'backstop.config.ts'] },
};

const FOLDERS = ['lambdas', 'lib', 'bin'];
const sources = sourcesBelow(ROOT, FOLDERS);
const imports = importsOf(sources);

function roomOf(path: string): string {
  const rooms = Object.keys(ROOMS).filter((room) => path === room || path.startsWith(`${room}/`));
  return rooms.toSorted((a, b) => b.length - a.length)[0] ?? path;
}

function isForbidden({ from, to, isPackage }: Import): boolean {
  const room = roomOf(from);
  const { imports: others, packages, not = [], isApart = false } = ROOMS[room] ?? { imports: [] };
  if (!isPackage) return ![...(isApart ? [] : [room]), ...others].includes(roomOf(to));
  const isOf = (each: string) => to === each || to.startsWith(below(each));
  return not.some(isOf) || (packages !== undefined && !packages.some(isOf));
}

function below(name: string): string {
  return name.endsWith(':') ? name : `${name}/`;
}

const arrow = ({ from, to }: Import) => `${from} -> ${to}`;

describe('every file', () => {
  it('imports only what its room may import', () => {
    expect(imports.length).toBeGreaterThan(1_500);
    expect(imports.filter(isForbidden).map(arrow)).toEqual([]);
  });

  it.each([
    [`${CONTRACT}/planted.ts`, "import { classify } from '../domain/classification/classify.ts';"],
    [`${CONTRACT}/planted.ts`, "import { createHash } from 'node:crypto';"],
    [`${DOMAIN}/undo/planted.ts`, "import type { Ledger } from '../../use-cases/ledger/ledger.ts';"],
    [`${DOMAIN}/undo/planted.ts`, "import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';"],
    [`${DOMAIN}/undo/planted.ts`, "import { readFileSync } from 'node:fs';"],
    [`${USE_CASES}/undo/planted.ts`, "import { logger } from '../../adapters/telemetry.ts';"],
    [`${USE_CASES}/undo/planted.ts`, "export { handler } from '../../undo.ts';"],
    [`${ADAPTERS}/undo/planted.ts`, "const lazy = () => import('../../undo.ts');"],
    ['lib/lane/planted.ts', "import type { Rule } from '../../lambdas/domain/classification/rule.ts';"],
    ['lib/lane/planted.ts', "type Client = import('@aws-sdk/client-sqs').SQSClient;"],
    ['bin/session/planted.ts', "import { FailureStore } from '../../lib/parts/failure-store.ts';"],
    ['bin/session/planted.ts', "import { handler } from '../../lambdas/worker.ts';"],
    ['bin/session/planted.ts', "import { Stack } from 'aws-cdk-lib';"],
    ['lambdas/planted.ts', "import { handler } from './undo.ts';"],
    [`${DOMAIN}/undo/planted.ts`, "const { readFileSync } = require('node:fs');"],
  ])('would be detected: %s with %s', (file, text) => {
    expect(importsOf(new Map([[file, text]])).filter(isForbidden)).toHaveLength(1);
  });
});

describe('an import', () => {
  it('names its file', () => {
    expect([...sources].filter(([, text]) => hidesImports(text)).map(([path]) => path)).toEqual([]);
  });

  it.each([
    'const module = await import(name);',
    'const module = require(name);',
    "import { createRequire } from 'node:module';",
    "const fs = process.getBuiltinModule('node:fs');",
  ])('would be detected: %s', (text) => {
    expect(hidesImports(text)).toBe(true);
  });

  it.each(["const lazy = () => import('./undo.ts');", '// Keeps require(name) out.'])('may be %s', (text) => {
    expect(hidesImports(text)).toBe(false);
  });
});

it('no folder is imported by what it imports, by whatever detour', () => {
  const arrows = new Map<string, Set<string>>();
  for (const { from, to, isPackage } of imports) {
    const [a, b] = [posix.dirname(from), posix.dirname(to)];
    if (!isPackage && a !== b) arrows.set(a, (arrows.get(a) ?? new Set()).add(b));
  }
  const reach = (start: string, seen = new Set<string>()): Set<string> => {
    for (const next of arrows.get(start) ?? []) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  expect([...arrows.keys()].filter((folder) => reach(folder).has(folder))).toEqual([]);
});

describe('a pure room', () => {
  /** Clock, randomness, timers, network, environment. A dash before a name is part of a file's name. */
  const IMPURE =
    /\bDate\.now\b|\bnew Date\b(?!\([^)])|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|(?<![-\w])process\.\w|\bset(?:Timeout|Interval|Immediate)\b|\bAbortSignal\.timeout\b|\bperformance\.now\b|\bgetRandomValues\b|\bfetch\(/;

  it.each([
    [CONTRACT, 20],
    [DOMAIN, 50],
    [USE_CASES, 40],
  ])('has nothing impure: %s', (room, count) => {
    const files = [...sources].filter(([path]) => roomOf(path) === room);
    expect(files.length).toBeGreaterThan(count);
    expect(files.filter(([, text]) => IMPURE.test(text)).map(([path]) => path)).toEqual([]);
  });

  it.each([
    'const { now = Date.now } = options;',
    'const at = new Date();',
    'const at = new Date;',
    'const { random = Math.random } = options;',
    "import { randomUUID } from 'node:crypto';",
    'const table = process.env.LEDGER_TABLE;',
    'await new Promise((resolve) => setTimeout(resolve, 10));',
    'const signal = AbortSignal.timeout(10);',
    'const reply = await fetch(url);',
  ])('would be detected: %s', (text) => {
    expect(IMPURE.test(text)).toBe(true);
  });

  it.each(['new Date(now)', "import { undoInProcess } from './undo-in-process.ts';", '// Retries in process.'])(
    'may have %s',
    (text) => {
      expect(IMPURE.test(text)).toBe(false);
    },
  );
});

it('the library loads no AWS SDK and no Powertools where an app imports it', () => {
  const { outputs, inputs } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['lib/index.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'nowhere',
    write: false,
    metafile: true,
    logLevel: 'silent',
  }).metafile;
  const loaded = Object.values(outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(loaded).toContain('aws-cdk-lib');
  // Each further package takes time at every synth: `npm run bench` measures the import.
  const others = loaded.filter((name) => !/^(?:aws-cdk-lib|node:)/.test(name));
  expect([...new Set(others)].toSorted()).toEqual(['constructs', 'esbuild', 'valibot']);
  expect(loaded.filter((name) => /^(?:@aws-sdk|@smithy|@aws-lambda-powertools)\//.test(name))).toEqual([]);
  expect([...new Set(Object.keys(inputs).map(roomOf))].toSorted()).toEqual([CONTRACT, 'lib']);
});
