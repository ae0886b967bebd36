/** `npm start` as another program uses it: one line of JSON, genuine signatures, a clean end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { credentialsFolder } from '../../local/project.ts';
import { forgetRunning } from '../../local/template/running.ts';
import { whySkipped } from '../support/engines.ts';

const isPosix = process.platform !== 'win32';
const cli = resolve(import.meta.dirname, '../../local/start.ts');

interface Ready {
  readonly baseUrl: string;
  readonly accounts: readonly {
    readonly provider: string;
    readonly account: string;
    readonly url: string;
    readonly credentials: {
      readonly current: Record<string, string>;
      readonly demo?: { trustlyPrivateKey: string };
    };
  }[];
  readonly credentials: Record<string, unknown>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly lines: string[];
}

/** Starts in a process group of its own, so that leftovers can be found. */
function launch(...args: string[]): ChildProcess {
  return spawn(process.execPath, [cli, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function startCli(...args: string[]): Promise<Running> {
  const child = launch('--port', '0', '--json', ...args);
  const lines: string[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ready = await new Promise<Ready>((done, fail) => {
    child.once('exit', (code) => fail(new Error(`exited with ${code}: ${errors}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (lines.push(line) === 1) done(JSON.parse(line) as Ready);
    });
  });
  return { child, ready, lines };
}

/** Ctrl-C signals the whole group, SIGTERM the process alone. */
async function end({ child }: Pick<Running, 'child'>, signal: 'SIGINT' | 'SIGTERM'): Promise<number | null> {
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
  return ended;
}

const isGroupAlive = (child: ChildProcess): boolean => {
  try {
    process.kill(-(child.pid ?? 0), 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(!isPosix)(
  `npm start${isPosix ? '' : ' (skipped: Windows has no signals; test/cli/bin.e2e.test.ts starts it there)'}`,
  () => {
    let folder: string;
    const left: ChildProcess[] = [];
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'payhooks-cli-'));
    });
    afterEach(() => {
      for (const child of left.splice(0)) if (isGroupAlive(child)) process.kill(-(child.pid ?? 0), 'SIGKILL');
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it('npm start prints keys to sign with, keeps its state in --data, refuses a second stack, and ends cleanly', async () => {
      const data = join(folder, 'data');
      const first = await startCli('--data', data);
      left.push(first.child);
      const americas = first.ready.accounts.find(({ provider }) => provider === 'trustly-americas');
      const { accessId = '', accessKey = '' } = americas?.credentials.current ?? {};
      const id = String(randomInt(1_000_000_000, 9_999_999_999));
      const body = `eventId=${id}&eventType=Complete&objectId=${id}&objectType=Transaction&transactionType=3&paymentType=2&status=4&merchantReference=r-${id}&createdAt=1701986450064`;
      const signature = createHmac('sha1', accessKey).update(body).digest('base64');
      const response = await fetch(americas?.url ?? '', {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(`${accessId}:${signature}`).toString('base64')}`,
        },
        body,
      });
      expect(response.status).toBe(200);
      expect(first.lines).toHaveLength(1);
      // A second stack on this folder would receive messages of the first stack.
      const rival = launch('--port', '0', '--data', data);
      left.push(rival);
      let refusal = '';
      rival.stderr?.on('data', (chunk: Buffer) => {
        refusal += chunk.toString();
      });
      expect(await new Promise((done) => rival.once('exit', done))).toBe(1);
      expect(refusal).toBe(
        `--data ${data} is in use by another local stack (process ${first.child.pid}). Stop that one, or name another folder.\n`,
      );
      // The stack ends at once: messages on their way must arrive after the next start.
      expect(await end(first, 'SIGINT')).toBe(0);
      expect(isGroupAlive(first.child)).toBe(false);

      const second = await startCli('--data', data);
      left.push(second.child);
      expect(second.ready.credentials).toEqual(first.ready.credentials);
      const status = async () => {
        const url = `${second.ready.baseUrl}/_local/api/payments/${encodeURIComponent(`trustly-americas:demo:${id}`)}`;
        const answer = await fetch(url);
        return answer.ok ? ((await answer.json()) as { status: string }).status : undefined;
      };
      await expect.poll(status, { timeout: 300_000 }).toBe('paid');
      expect(await end(second, 'SIGTERM')).toBe(0);
      expect(isGroupAlive(second.child)).toBe(false);
      expect(statSync(join(data, 'credentials.json')).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(data, '.gitignore'), 'utf8')).toBe('*\n');
    });

    for (const engine of ['dynoxide', 'dynamodb-local', 'built-in'] as const) {
      const missing = whySkipped(engine);
      it.skipIf(missing !== undefined)(
        `a SIGKILL of npm start ends ${engine} and the functions too ${missing ?? ''}`,
        async () => {
          const { child } = await startCli('--dynamodb', engine);
          left.push(child);
          // SIGKILL kills the process alone, not its group.
          process.kill(child.pid ?? 0, 'SIGKILL');
          await expect.poll(() => isGroupAlive(child), { timeout: 300_000 }).toBe(false);
          // The killed process could not remove its announcement.
          forgetRunning(credentialsFolder, child.pid ?? 0);
        },
      );
    }

    it.each([
      ['--config', 'no-such-file.json', /^The configuration \(no-such-file\.json\) has a problem:/],
      // Node's recursive mkdir does not end for this path.
      ['--data', '/proc/payhooks', /^--data \/proc\/payhooks is no folder that can be written to \(\w+\)\./],
      ['--data', '/etc/hostname', /^--data \/etc\/hostname is no folder that can be written to/],
    ])(
      'npm start with %s %s, which cannot be used, ends with code 1 and a sentence',
      async (option, value, sentence) => {
        const child = launch('--port', '0', option, value);
        left.push(child);
        let errors = '';
        child.stderr?.on('data', (chunk: Buffer) => {
          errors += chunk.toString();
        });
        expect(await new Promise((done) => child.once('exit', done))).toBe(1);
        expect(errors).toMatch(sentence);
        expect(errors).not.toContain('    at ');
      },
    );

    it('npm start on a port in use ends with code 1 and names --port', async () => {
      const other = createServer();
      await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
      const { port } = other.address() as AddressInfo;
      const child = launch('--port', String(port));
      left.push(child);
      let errors = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      const code = await new Promise((done) => child.once('exit', done));
      other.close();
      expect(code).toBe(1);
      expect(errors).toBe(`Port ${port} is in use. Choose another one with --port, or 0 for any.\n`);
      expect(isGroupAlive(child)).toBe(false);
    });
  },
);
