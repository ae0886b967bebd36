/**
 * Keeps the bundled workers and the bundled sweeper of an earlier commit, so that a test runs them also in a checkout
 * without that commit: `node test/compat/previous.ts NAME COMMIT`. The bundles import today's packages.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from '../support/source-files.ts';

const FOLDER = join(import.meta.dirname, 'previous');
const MANIFEST = join(FOLDER, 'manifest.json');
const SWEEPER = `export { sweep } from './shared/app/schedules/sweep.ts';
export { dynamoStore } from './shared/aws/dynamodb-store.ts';`;

/** The entry of one kept commit in the manifest. */
export interface Kept {
  readonly commit: string;
  readonly subject: string;
  /** The git hash of the commit's folder `shared`. */
  readonly sharedTree: string;
  /** The SHA-256 (hex) of each unpacked file. */
  readonly sha256: Readonly<Record<Part, string>>;
}
type Part = 'worker' | 'sweeper';
const PARTS: readonly Part[] = ['worker', 'sweeper'];
type Manifest = Readonly<Record<string, Kept>>;

export const readManifest = (): Manifest =>
  existsSync(MANIFEST) ? (JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest) : {};

export const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

const hashOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

const fileOf = (name: string, part: Part): string => join(FOLDER, `${name}.${part}.mjs.gz`);

/** Unpacks the kept files of a name to a folder that finds the packages. @throws when the hash of a file differs */
export function unpack(name: string): { readonly worker: string; readonly sweeper: string; remove(): void } {
  const kept = readManifest()[name];
  if (kept === undefined) throw new Error(`nothing is kept under ${name}`);
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'payhooks-previous-'));
  const paths = PARTS.map((part) => {
    const code = gunzipSync(readFileSync(fileOf(name, part)));
    if (hashOf(code) !== kept.sha256[part]) throw new Error(`${fileOf(name, part)} was changed`);
    const path = join(folder, `${part}.mjs`);
    writeFileSync(path, code);
    return path;
  });
  const [worker = '', sweeper = ''] = paths;
  return { worker, sweeper, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

async function bundled(folder: string, part: Part): Promise<Buffer> {
  const entry =
    part === 'worker'
      ? { entryPoints: [join(folder, 'test/engines/worker.ts')] }
      : { stdin: { contents: SWEEPER, resolveDir: folder, loader: 'ts' as const } };
  const { outputFiles } = await build({
    ...entry,
    ...{ bundle: true, write: false, minify: true, legalComments: 'none' },
    ...{ platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild wrote nothing');
  return Buffer.from(file.contents);
}

async function keep(name: string, revision: string): Promise<void> {
  const commit = git('rev-parse', `${revision}^{commit}`);
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-previous-'));
  try {
    const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 2 ** 30 });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    mkdirSync(FOLDER, { recursive: true });
    const sha256: Record<Part, string> = { worker: '', sweeper: '' };
    for (const part of PARTS) {
      const code = await bundled(folder, part);
      sha256[part] = hashOf(code);
      writeFileSync(fileOf(name, part), gzipSync(code, { level: 9 }));
    }
    const kept: Kept = {
      commit,
      subject: git('log', '-1', '--format=%s', commit),
      sharedTree: git('rev-parse', `${commit}:shared`),
      sha256,
    };
    const manifest = { ...readManifest(), [name]: kept };
    writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const [name, revision] = process.argv.slice(2);
  if (name === undefined || revision === undefined)
    throw new Error('say a name and a commit: node test/compat/previous.ts NAME COMMIT');
  await keep(name, revision);
}
