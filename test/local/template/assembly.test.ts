/** A stack is synthesized once for the same configuration and sources, and old assemblies are deleted. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Config } from '../../../infra/config.ts';
import { assemblyOf } from '../../../local/template/assembly.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'payhooks-assemblies-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

const config = (account: string) => ({ accounts: [{ account }] }) as unknown as Config;
/** An empty assembly. */
const make = async (_: unknown, folder: string) => mkdirSync(folder);

it('an unchanged configuration is synthesized once, and another configuration is synthesized anew', async () => {
  const made: unknown[] = [];
  const counted = async (of: Config, folder: string) => {
    made.push(of);
    await make(of, folder);
  };
  const first = await assemblyOf(config('a'), cache, counted);
  expect(await assemblyOf(config('a'), cache, counted)).toBe(first);
  const other = await assemblyOf(config('b'), cache, counted);
  expect(other).not.toBe(first);
  expect(made).toEqual([config('a'), config('b')]);
  expect(readdirSync(cache).sort()).toEqual([first, other].map((path) => basename(path)).sort());
});

it('a failed synthesis leaves no files behind, and the next call synthesizes again', async () => {
  const failing = async (of: Config, folder: string) => {
    await make(of, folder);
    throw new Error('a check has a finding');
  };
  await expect(assemblyOf(config('a'), cache, failing)).rejects.toThrow('a check has a finding');
  expect(readdirSync(cache)).toEqual([]);
  expect(existsSync(await assemblyOf(config('a'), cache, make))).toBe(true);
});

it('the assembly of a faster process with the same sources is used', async () => {
  const folder = await assemblyOf(config('a'), cache, async (of, unfinished) => {
    const finished = unfinished.replace(/\.\d+$/, '');
    mkdirSync(join(finished, 'of-the-other'), { recursive: true });
    await make(of, unfinished);
  });
  expect(readdirSync(folder)).toEqual(['of-the-other']);
  expect(readdirSync(cache)).toEqual([basename(folder)]);
});

it('beyond 24 assemblies, the least recently used assembly is removed', async () => {
  const used = await assemblyOf(config('used'), cache, make);
  utimesSync(used, 1, 1);
  for (let at = 2; at <= 25; at += 1) {
    mkdirSync(join(cache, String(at)));
    utimesSync(join(cache, String(at)), at, at);
  }
  // The assembly is used again, so it is no longer the oldest.
  await assemblyOf(config('used'), cache, make);
  const newest = await assemblyOf(config('newest'), cache, make);
  const left = readdirSync(cache);
  expect(left).toHaveLength(24);
  expect(left).toEqual(expect.arrayContaining([basename(used), basename(newest), '4', '25']));
});
