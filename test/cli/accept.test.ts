/** `payhooks accept`: the example shops pass every scenario, and each flawed shop fails the scenario of its flaw. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { resolve } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accept } from '../../cli/accept/accept.ts';
import { commandObserver, endpointObserver } from '../../cli/accept/observer.ts';
import { scenarios } from '../../cli/accept/scenarios.ts';
import { sender } from '../../cli/accept/sender.ts';
import { type HangUp, hangUp } from '../../cli/hang-up.ts';
import { main } from '../../cli/main.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import { shopApp } from '../../examples/shop-node/app.ts';
import { ShopStore } from '../../examples/shop-node/store.ts';
import { parseSigningKeys } from '../../shared/app/fulfilment/targets/https.ts';
import { FLAWS, flawedShop } from './flawed-shops.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;

const run = (send: typeof fetch, base: string, only?: readonly string[]) =>
  accept({
    sender: sender({
      url: `${base}/hooks`,
      keys: parseSigningKeys({ current: SECRET }),
      forgedKeys: [randomBytes(32)],
      now: Date.now,
      fetch: send,
      hangUp: send === fetch ? hangUp : hangUpOf(send),
      sleep: async () => {},
    }),
    observer: endpointObserver(`${base}/orders`, send),
    run: randomBytes(4).toString('hex'),
    now: Date.now,
    notice: () => {},
    only,
  });

/** A caller that hangs up before the handler answers: the request is cancelled as soon as the handler has begun. */
const hangUpOf =
  (send: typeof fetch): HangUp =>
  async ({ url, headers, body = '' }) => {
    const caller = new AbortController();
    const answer = send(url, { method: 'POST', headers, body, signal: caller.signal });
    caller.abort();
    await answer;
  };

/** Calls the app directly: no port is needed. */
const inProcess = (app: Hono): typeof fetch =>
  (async (input, init) => app.fetch(new Request(input as string, init))) as typeof fetch;

describe('the example shops', () => {
  it('the Node shop passes every scenario', async () => {
    const store = new ShopStore(':memory:');
    const results = await run(inProcess(shopApp(store, SECRET)), 'http://shop.test');
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results).toHaveLength(scenarios.length);
    store.close();
  });

  const python = spawnSync('python3', ['--version']).status === 0;
  describe.skipIf(!python)(`the Python shop${python ? '' : ' (skipped: no python3 on the PATH)'}`, () => {
    let child: ChildProcess;
    let base: string;
    let complained = '';
    beforeAll(async () => {
      child = spawn('python3', [resolve(import.meta.dirname, '../../examples/shop-python/shop.py')], {
        env: { ...process.env, WEBHOOK_SECRET: SECRET, PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        complained += chunk.toString();
      });
      base = await new Promise<string>((done, fail) => {
        child.once('error', fail);
        child.once('exit', (code) => fail(new Error(`the shop ended with ${code}`)));
        child.stdout?.on('data', (chunk: Buffer) => {
          const url = /http:\/\/127\.0\.0\.1:\d+/.exec(chunk.toString())?.[0];
          if (url !== undefined) done(url);
        });
      });
    });
    afterAll(() => {
      child.kill();
    });

    /** The caller resets the connection in the middle of the announced body. Reading the body then throws an error. */
    const goneInTheMiddle = () =>
      new Promise<void>((done) => {
        const socket = connect(Number(new URL(base).port), '127.0.0.1');
        const head = ['POST /hooks HTTP/1.1', 'host: shop', 'content-length: 10', '', '{'].join('\r\n');
        socket.once('connect', () => socket.write(head, () => socket.resetAndDestroy()));
        socket.once('close', () => done());
      });

    it('the Python shop passes every scenario, and prints no traceback when a caller hangs up', async () => {
      await goneInTheMiddle();
      const results = await run(fetch, base);
      expect(results.filter(({ passed }) => !passed)).toEqual([]);
      const ended = new Promise((done) => child.once('close', done));
      child.kill();
      await ended;
      expect(complained).toBe('');
    });
  });
});

describe('flawed shops', () => {
  it('a flawed shop without its flaw passes every scenario', async () => {
    const results = await run(inProcess(flawedShop({}, SECRET)), 'http://shop.test');
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  for (const [name, { caughtBy, ...flaw }] of Object.entries(FLAWS)) {
    it(`a shop that ${name} is caught by ${caughtBy}`, async () => {
      const results = await run(inProcess(flawedShop(flaw, SECRET)), 'http://shop.test');
      const caught = results.filter(({ passed }) => !passed).map(({ id }) => id);
      expect(caught).toContain(caughtBy);
    });
  }

  it('every scenario has at least one flaw that the scenario was made for', () => {
    const caught = new Set(Object.values(FLAWS).map(({ caughtBy }) => caughtBy));
    expect(scenarios.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([]);
  });
});

describe('payhooks accept', () => {
  const terminal = (stdin = SECRET) => {
    const printed = { out: '', err: '' };
    return {
      printed,
      out: (text: string) => {
        printed.out += text;
      },
      err: (text: string) => {
        printed.err += text;
      },
      colour: false,
      stdin: async () => stdin,
      runningFolder: '/nowhere',
    };
  };

  it.each([
    [['accept'], '--shop is missing.'],
    [['accept', '--shop', 'ftp://x'], '--shop "ftp://x": allowed is an http or https URL.'],
    [['accept', '--shop', 'http://127.0.0.1:1', '--only', 'thrice'], '--only "thrice": allowed are once,'],
    [
      ['accept', '--shop', 'http://127.0.0.1:1', '--secret-variable', 'NOT_SET_ANYWHERE'],
      'NOT_SET_ANYWHERE is not set',
    ],
  ])('the words %j are refused with exit code 2 and a sentence', async (words, sentence) => {
    const screen = terminal();
    expect(await main(words, screen)).toBe(2);
    expect(screen.printed.err).toContain(sentence);
  });

  it('an unreachable shop fails the scenario once with exit code 1 and says the expected answer', async () => {
    const screen = terminal();
    expect(await main(['accept', '--shop', 'http://127.0.0.1:1/hooks', '--only', 'once'], screen)).toBe(1);
    expect(screen.printed.out).toContain('fulfil was answered none 4 times; expected 2xx');
    expect(screen.printed.out).toContain('Without an observer');
  });
});

describe('an observer', () => {
  it('an observer whose address does not answer is unreachable, and the error names the address', async () => {
    await expect(endpointObserver('http://127.0.0.1:1/orders', fetch)('o1')).rejects.toMatchObject({
      code: EXIT.unreachable,
      message: 'The observer does not answer: GET http://127.0.0.1:1/orders/o1 failed with bad port.',
      next: 'docs/accept.md shows an observer.',
    });
  });

  it.each([
    ['payhooks-no-such-command', /ENOENT/],
    ['node --eval process.exit(3)', /Command failed: node --eval process\.exit\(3\) o1/],
  ])('an observer command %j that fails is a Problem with the reason', async (command, reason) => {
    const failed = commandObserver(command, 0)('o1');
    await expect(failed).rejects.toBeInstanceOf(Problem);
    await expect(failed).rejects.toMatchObject({ code: EXIT.failed, message: expect.stringMatching(reason) });
  });

  it('an observer command that does not end is killed, and the error names the time', async () => {
    const endless = commandObserver('node --eval setInterval(String,9e6)', 20);
    await expect(endless('o1')).rejects.toMatchObject({
      code: EXIT.failed,
      message: "The observer's command failed: it did not end within 0.02 s",
    });
  });

  it('the output of an observer command is read as goods given and taken', async () => {
    const command = 'node --print JSON.stringify({given:1})';
    await expect(commandObserver(command, 0)('o1')).resolves.toEqual({ given: 1, taken: 0 });
  });
});

describe('hangUp', () => {
  it('hangUp sends the whole request and then closes the connection', async () => {
    const closed = Promise.withResolvers<string>();
    const shop = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      response.once('close', () => closed.resolve(body));
    });
    await new Promise<void>((done) => shop.listen(0, '127.0.0.1', done));
    const { port } = shop.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/hooks`;
    await hangUp({ method: 'POST', url, headers: {}, body: 'x'.repeat(2_000) }, 'sent');
    expect(await closed.promise).toHaveLength(2_000);
    shop.close();
  });

  it('hangUp to an unreachable shop resolves without an error', async () => {
    const request = { method: 'POST', url: 'http://127.0.0.1:1/', headers: {}, body: '' };
    await expect(hangUp(request, 'sent')).resolves.toBeUndefined();
  });
});
