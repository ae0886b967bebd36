import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder, FolderInUseError, FolderUnusableError, privateFile } from '../../local/data-folder.ts';

const module = resolve(import.meta.dirname, '../../local/data-folder.ts');
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-claim-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a data folder', () => {
  it('a data folder belongs to one stack at a time, and a second stack is refused with the process id of the owner', () => {
    const { release } = claimFolder(folder);
    expect(() => claimFolder(folder)).toThrow(FolderInUseError);
    expect(() => claimFolder(folder)).toThrow(
      `--data ${folder} is in use by another local stack (process ${process.pid}). Stop that one, or name another folder.`,
    );
    release();
    claimFolder(folder).release();
  });

  it('a data folder is free again after its stack was killed', async () => {
    const script = `const { claimFolder } = await import(${JSON.stringify(module)});
      claimFolder(${JSON.stringify(folder)});
      // No variable keeps the claim: garbage collection must not release the lock.
      globalThis.gc();
      await new Promise(setImmediate);
      globalThis.gc();
      console.log('claimed');
      setInterval(() => {}, 1_000);`;
    const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = new Promise((done) => child.once('exit', done));
    try {
      await new Promise<void>((done, fail) => {
        createInterface({ input: child.stdout }).once('line', () => done());
        child.once('exit', (code) => fail(new Error(`ended with ${code}`)));
      });
      expect(() => claimFolder(folder)).toThrow(`(process ${child.pid})`);
    } finally {
      child.kill('SIGKILL');
      await gone;
    }
    claimFolder(folder).release();
  });

  it.each(['lock.sqlite', 'owner.json'])(
    'a data folder whose %s cannot be written is refused with the name of the file',
    (name) => {
      mkdirSync(join(folder, name));
      expect(() => claimFolder(folder)).toThrow(FolderUnusableError);
      expect(() => claimFolder(folder)).toThrow(
        `--data ${folder} cannot be used: ${join(folder, name)} cannot be written (EISDIR). Start as the user that it belongs to, or name another folder.`,
      );
    },
  );

  it('a data folder and its files are readable by the present user only, also files of an older version', () => {
    const below = join(folder, 'a', 'b');
    claimFolder(below).release();
    expect([modeOf(join(folder, 'a')), modeOf(below)]).toEqual(['700', '700']);
    const old = join(folder, 'rows.sqlite');
    for (const path of [old, `${old}-wal`]) {
      writeFileSync(path, 'kept');
      chmodSync(path, 0o644);
    }
    privateFile(old);
    expect([modeOf(old), modeOf(`${old}-wal`), statSync(old).size]).toEqual(['600', '600', 4]);
  });
});
