import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { toSettings } from '../../../lib/config/config.ts';
import { bundleHandlers } from '../../../lib/parts/handler-bundle.ts';
import { bundleAhead, handlerFiles } from '../../../lib/parts/handler-files.ts';
import { HANDLERS } from '../../../lib/parts/handler-names.ts';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import { unzipped } from '../../../tools/local/unzip.ts';
import { standIns, temporaryFolder, testConfig } from '../templates.ts';

/** Synthesizes a function with this code and finds its only asset. */
function bundle(handlers: string) {
  const app = new App({ outdir: temporaryFolder() });
  const settings = Object.entries(testConfig.dependencies).map(([name, dependency]) => toSettings(name, dependency));
  const code = bundleHandlers(settings, handlers);
  new LambdaFunction(new Stack(app, 'Stack'), 'Function', { code, handler: 'x.handler', runtime: Runtime.NODEJS_24_X });
  const { directory } = app.synth();
  const [asset = '', ...others] = readdirSync(directory).filter((name) => name.startsWith('asset.'));
  expect(others).toEqual([]);
  const folder = unzipped(join(directory, asset));
  return {
    asset,
    folder,
    files: readdirSync(folder),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
  };
}

describe('the bundle of handlers', () => {
  const folder = standIns();
  const standIn = bundle(folder);

  it('exports each handler from a file of its name', () => {
    // In a separate process, because the test runner would look for the source maps' sources.
    const script = `
      const called = ${JSON.stringify(HANDLERS)}.map(async (name) => (await import('${standIn.folder}/' + name + '.mjs')).handler());
      console.log(JSON.stringify(await Promise.all(called)));
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual(HANDLERS);
  });

  it('holds the settings of every dependency by its name', () => {
    const { payments, 'stock-levels': stockLevels } = testConfig.dependencies;
    expect(JSON.parse(standIn.read('dependencies.json'))).toEqual({
      payments: payments && toSettings('payments', payments),
      'stock-levels': stockLevels && toSettings('stock-levels', stockLevels),
    });
  });

  it('is the same when it is made ahead', async () => {
    const known = handlerFiles(HANDLERS, folder);
    const ahead = await bundleAhead(HANDLERS, folder);
    expect(ahead).toEqual(known);
    expect(handlerFiles(HANDLERS, folder)).toBe(ahead);
  });

  it('has the same hash wherever it is written', () => {
    expect(bundle(folder).asset).toBe(standIn.asset);
  });
});

describe('the bundle of the real handlers', () => {
  const real = bundle(join(packageRoot(), 'lambdas'));
  const modules = real.files.filter((name) => name.endsWith('.mjs'));

  it('maps every file with code of its own to the source, without the source', () => {
    const mapped = modules.filter((name) => real.read(name).includes(`//# sourceMappingURL=${name}.map`));
    expect(mapped).toEqual(expect.arrayContaining(HANDLERS.map((name) => `${name}.mjs`)));
    expect(mapped.map((name) => `${name}.map`)).toEqual(real.files.filter((name) => name.endsWith('.map')));
    for (const name of mapped) {
      const map = JSON.parse(real.read(`${name}.map`));
      expect(map).not.toHaveProperty('sourcesContent');
      expect(map.sources).toEqual(expect.arrayContaining([expect.not.stringContaining('node_modules/')]));
    }
  });

  it('links no map that is missing', () => {
    const linked = modules.flatMap((name) => /\/\/# sourceMappingURL=(\S+)/.exec(real.read(name))?.[1] ?? []);
    expect(linked.filter((name) => !real.files.includes(name))).toEqual([]);
  });

  it('requires nothing at run time, which an ES module cannot', () => {
    for (const name of modules) expect(real.read(name)).not.toContain('Dynamic require of');
  });

  it.each(HANDLERS)('starts %s without the builtins that are slow to load', (handler) => {
    const loaded = loadedAtStart(`${handler}.mjs`, real.read);
    expect(loaded).toContain('node:https');
    for (const slow of ['node:http', 'http', 'node:http2', 'http2']) expect(loaded).not.toContain(slow);
  });
});

/** All modules that a module imports statically, directly or indirectly. */
function loadedAtStart(name: string, read: (name: string) => string, loaded = new Set<string>()): ReadonlySet<string> {
  for (const [, imported = ''] of read(name).matchAll(
    /(?:^|[;}\n])\s*(?:import|export)[^"';]*?from\s*"([^"]+)"|(?:^|[;\n])import"([^"]+)"/g,
  )) {
    if (loaded.has(imported)) continue;
    loaded.add(imported);
    if (imported.startsWith('./')) loadedAtStart(imported.slice(2), read, loaded);
  }
  return loaded;
}
