/** Serves pages of docs/, so that the runbook that a view names can be read beside it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lexer } from 'marked';
import { EXIT, Problem } from '../../cli/problem.ts';
import { root } from '../../local/project.ts';
import type { DocumentView } from '../contract.ts';
import type { Backend } from './backend.ts';

/** Names of files and folders without dots: no path leads out of docs/. */
const PATH = /^(?:[a-z0-9-]+\/)*[A-Za-z0-9-]+\.md$/;

/** @throws Problem when the page does not exist */
export async function documentView(_: Backend, path: string): Promise<DocumentView> {
  const missing = () =>
    new Problem(EXIT.notFound, `There is no page docs/${path.slice(0, 200)} in this version.`);
  if (!PATH.test(path)) throw missing();
  const text = await readFile(join(root, 'docs', path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw missing();
    throw error;
  });
  return { path, tokens: lexer(text) };
}
