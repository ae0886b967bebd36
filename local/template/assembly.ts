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

/** Writes the cloud assembly into a folder. */
type Synthesize = (config: Config, folder: string) => Promise<unknown>;

/**
 * The cloud assembly of this configuration; made when none exists for exactly these sources.
 * @param cache, synthesize only tests give others
 */
export async function assemblyOf(
  config: Config,
  cache = CACHE,
  synthesize: Synthesize = synthesizeInto,
): Promise<string> {
  const folder = join(cache, fingerprint(config));
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  try {
    await synthesize(config, unfinished);
    moveInto(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  removeOld(cache);
  return folder;
}

/** CDK is imported only here: an unchanged stack does not need it. */
async function synthesizeInto(config: Config, folder: string): Promise<void> {
  const { synthesize } = await import('../../infra/synth.ts');
  synthesize(config, folder, { withoutWarnings: true, withoutTemplateRules: true });
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

function removeOld(cache: string): void {
  const byAge = readdirSync(cache)
    .map((name) => join(cache, name))
    .map((path) => ({ path, usedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((left, right) => right.usedAt - left.usedAt);
  for (const { path } of byAge.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}
