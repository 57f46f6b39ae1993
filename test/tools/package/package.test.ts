import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HANDLERS } from '../../../lib/parts/handler-names.ts';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import { handlerArchive } from '../../../lib/parts/packaged-handler-files.ts';
import { zipOf } from '../../../lib/parts/zip.ts';
import { constructs } from '../../../tools/package/bundles.ts';
import { ENTRIES, ENTRY_POINTS, fileOf, manifestFields } from '../../../tools/package/entries.ts';
import { notices, packagesOf } from '../../../tools/package/notices.ts';
import { temporaryFolder } from '../../lib/templates.ts';

const json = (path: string) => JSON.parse(readFileSync(join(packageRoot(), path), 'utf8'));
const manifest = json('package.json');

describe('the manifest', () => {
  it('has the entries of the table', () => {
    const advice = 'package.json is out of date: run npm run package:exports';
    expect(manifest, advice).toMatchObject(manifestFields());
    expect(Object.keys(manifest.exports), advice).toEqual([...Object.keys(ENTRIES), './package.json']);
  });

  it('installs no other package', () => {
    expect(manifest).not.toHaveProperty('dependencies');
    const peers = Object.keys(manifest.peerDependencies);
    expect(Object.keys(manifest.peerDependenciesMeta)).toEqual(peers);
    for (const peer of peers) expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
  });

  it('ships the build, the documents and no source', () => {
    expect(manifest.files).toEqual([
      'dist',
      'docs',
      // What only contributors read.
      '!docs/images',
      '!docs/threat-model.md',
      '!docs/architecture.md',
      '!docs/benchmarks.md',
      '!docs/simulation.md',
      '!docs/failure-modes.md',
      '!docs/decisions',
      '!docs/api',
      'CHANGELOG.md',
      'SECURITY.md',
    ]);
    expect(json('tsconfig.build.json').files).toEqual(Object.values(ENTRY_POINTS));
  });

  it('is public, and refuses to be published by accident', () => {
    expect(manifest).not.toHaveProperty('private');
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(manifest.scripts.prepublishOnly).toContain('may-publish.ts');
  });

  it.each([
    ['.', 'index'],
    ['./circuit', 'circuit'],
  ])('names the files of %s', (subpath, name) => {
    expect(fileOf(subpath)).toBe(name);
  });
});

describe('the constructs of the package', () => {
  const bundled = constructs('index', ENTRIES['.'].source);

  it('load the CDK and modules of Node, and nothing else', async () => {
    const { files } = await bundled;
    const code = Buffer.from(files.get('index.cjs') ?? '').toString();
    const loaded = new Set([...code.matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(([, name = '']) => name));
    expect(loaded).toContain('aws-cdk-lib');
    expect([...loaded].filter((name) => !/^(?:aws-cdk-lib(?:\/.*)?|constructs|node:.*)$/.test(name))).toEqual([]);
  });

  it('are the same objects as an ES module', async () => {
    expect((await bundled).files.get('index.js')).toBe("export * from './index.cjs';\n");
  });

  it('read the bundled handlers, and hold no bundler', async () => {
    const { sources } = await bundled;
    expect(sources).toContain('lib/parts/packaged-handler-files.ts');
    expect(sources).not.toContain('lib/parts/handler-files.ts');
  });

  it('have the licence of each package that they contain', async () => {
    const { sources } = await bundled;
    expect(packagesOf(sources)).toEqual(['node_modules/valibot']);
    expect(notices(sources)).toMatch(/^valibot 1\.5\.0 \(MIT\)\n\nMIT License\n\nCopyright/m);
  });
});

describe('the handlers of the package', () => {
  it('are one archive', () => {
    const folder = temporaryFolder();
    const archive = zipOf([{ name: 'worker.mjs', contents: Buffer.from('export {};') }]);
    writeFileSync(join(folder, 'handlers.zip'), archive);
    expect(handlerArchive(HANDLERS, folder)).toEqual(archive);
  });

  it('must be there', () => {
    expect(() => handlerArchive(HANDLERS, join(temporaryFolder(), 'none'))).toThrow('ENOENT');
  });
});
