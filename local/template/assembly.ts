/**
 * The synthesized stack as a folder. Synthesizing takes seconds, most of them CDK's own checks, and the result
 * follows from the sources and the configuration alone: unchanged sources are not synthesized again.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../../infra/config.ts';

const root = resolve(import.meta.dirname, '../..');
const CACHE = join(root, 'node_modules', '.cache', 'payhooks');

/** Everything that a template and its bundles are made of. */
const SOURCES = ['infra', 'functions', 'shared', 'cdk.json', 'package-lock.json'];

/** Older ones are removed; a running stack uses the folder it was started with. */
const KEPT = 8;

/** The cloud assembly of this configuration; made when there is none for these very sources. */
export async function assemblyOf(config: Config): Promise<string> {
  const folder = join(CACHE, fingerprint(config));
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  // CDK is loaded here and not before: with an unchanged stack it isn't needed.
  const { synthesize } = await import('../../infra/synth.ts');
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  try {
    synthesize(config, unfinished, { withoutWarnings: true, withoutTemplateRules: true });
    moveInto(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  removeOld();
  return folder;
}

function fingerprint(config: Config): string {
  const hash = createHash('sha256').update(`${process.version}\0${JSON.stringify(config)}\0`);
  for (const path of SOURCES.flatMap(filesOf))
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest('hex').slice(0, 32);
}

function filesOf(path: string): readonly string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();
}

/** Another process may have been faster with the same sources: then its folder is as good. */
function moveInto(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function removeOld(): void {
  const byAge = readdirSync(CACHE)
    .map((name) => join(CACHE, name))
    .map((path) => ({ path, usedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((left, right) => right.usedAt - left.usedAt);
  for (const { path } of byAge.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}
