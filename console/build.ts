/**
 * The console's page, built from console/page by esbuild at the first request. It takes some tens of milliseconds, and
 * needs no generated file that could be stale.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PageFiles } from './server/http.ts';

const folder = join(import.meta.dirname, 'page');
let built: ReturnType<PageFiles> | undefined;

/** Built once per process. A failed build is tried again. */
export const pageFiles: PageFiles = () => {
  built ??= build().catch((error: unknown) => {
    built = undefined;
    throw error;
  });
  return built;
};

const build: PageFiles = async () => {
  // Imported only when somebody opens the page.
  const esbuild = await import('esbuild');
  const [{ outputFiles }, html] = await Promise.all([
    esbuild.build({
      entryPoints: [{ in: join(folder, 'main.tsx'), out: 'page' }],
      outdir: folder,
      write: false,
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'silent',
    }),
    readFile(join(folder, 'index.html')),
  ]);
  const named = (end: string): Uint8Array => {
    const file = outputFiles.find(({ path }) => path.endsWith(end));
    if (file === undefined) throw new Error(`esbuild made no ${end} of the console's page`);
    return file.contents;
  };
  return new Map([
    ['', { type: 'text/html; charset=utf-8', body: html }],
    ['page.js', { type: 'text/javascript; charset=utf-8', body: named('.js') }],
    ['page.css', { type: 'text/css; charset=utf-8', body: named('.css') }],
  ]);
};
