/**
 * The synthesized stack as a folder. Synthesizing takes seconds, most of them for CDK's own checks, and the result
 * depends only on the sources and the configuration: unchanged sources are not synthesized again.
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

/** All sources of a template and its bundles. */
const SOURCES = ['infra', 'functions', 'shared', 'cdk.json', 'package-lock.json'];

/** Number of assemblies to keep, more than the tests have; older ones are removed. A running stack uses the folder it started with. */
const KEPT = 24;

/** The cloud assembly of this configuration; made when none exists for exactly these sources. */
export async function assemblyOf(config: Config): Promise<string> {
  const folder = join(CACHE, fingerprint(config));
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  // CDK is imported only here: an unchanged stack does not need it.
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

/** If another process was faster with the same sources, its folder is used. */
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
