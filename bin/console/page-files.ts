import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that the console serves. */
interface PageFile {
  readonly type: string;
  readonly body: Uint8Array | string;
}

/** The files of the page by path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** The page's sources, or in the package its bundles. */
const FOLDER = join(import.meta.dirname, 'page');
const SCRIPT = 'page.js';
const STYLE = 'page.css';

/** The document about rules, to which the page links. */
const RULES = 'docs/classification.md';

/**
 * Reads the page that the package was built with, or bundles it, in a checkout.
 *
 * @param packaged reads a file of the package
 */
export async function pageFiles(packaged: (path: string) => string): Promise<PageFiles> {
  const isBuilt = existsSync(join(FOLDER, SCRIPT));
  const [script, style] = isBuilt
    ? await Promise.all([SCRIPT, STYLE].map((name) => readFile(join(FOLDER, name))))
    : [...(await bundlePage()).files.values()];
  return new Map<string, PageFile>([
    ['/', { type: 'text/html; charset=utf-8', body: HTML }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: script ?? '' }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: style ?? '' }],
    [`/${RULES}`, { type: 'text/plain; charset=utf-8', body: packaged(RULES) }],
  ]);
}

interface PageBundles {
  /** Script and style, by their paths beside the tool's bundle. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths of the files that went into them, relative to the working folder. */
  readonly sources: readonly string[];
}

/** Bundles script and style of the page. */
export async function bundlePage(): Promise<PageBundles> {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: { script: join(FOLDER, 'main.tsx'), style: join(FOLDER, 'style.css') },
    outdir: FOLDER,
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  const file = (name: string) => outputFiles.find(({ path }) => path.endsWith(name))?.contents ?? new Uint8Array();
  return {
    files: new Map([
      [`page/${SCRIPT}`, file('script.js')],
      [`page/${STYLE}`, file('style.css')],
    ]),
    sources: Object.keys(metafile.inputs),
  };
}

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Backstop</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"><header><span class="brand">Backstop</span></header></div><noscript>The console needs JavaScript.</noscript></body>
</html>
`;
