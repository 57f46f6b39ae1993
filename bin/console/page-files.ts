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

const FOLDER = join(import.meta.dirname, 'page');

/** Reads the page that the package was built with, or bundles it, in a checkout. */
export async function pageFiles(): Promise<PageFiles> {
  const isBuilt = existsSync(join(FOLDER, 'page.js'));
  const [script, style] = isBuilt
    ? await Promise.all([readFile(join(FOLDER, 'page.js')), readFile(join(FOLDER, 'page-style.css'))])
    : await bundlePage();
  return new Map<string, PageFile>([
    ['/', { type: 'text/html; charset=utf-8', body: HTML }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: script }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: style }],
  ]);
}

/** Bundles script and style of the page. */
export async function bundlePage(): Promise<readonly [script: Uint8Array, style: Uint8Array]> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { page: join(FOLDER, 'main.tsx'), 'page-style': join(FOLDER, 'page.css') },
    outdir: FOLDER,
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  const file = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.contents ?? new Uint8Array();
  return [file('.js'), file('.css')];
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
<body><div id="page"></div><noscript>The console needs JavaScript.</noscript></body>
</html>
`;
