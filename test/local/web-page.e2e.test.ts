/**
 * Attacks of a web page that the developer visits while the local stack runs. The page may send anything to any port of
 * this computer; the browser adds its Origin, or, after DNS rebinding, the page's own host name. The test reads every
 * listening port of the stack from the kernel's list, so that future listeners are included.
 */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { everything } from '../infra/everything.ts';

interface Listener {
  readonly address: string;
  readonly port: number;
}

/** The ids of this process and of all its descendants. */
function family(): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // The process ended after the listing.
    }
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || isOurs(parents.get(pid)));
  return [...parents.keys()].filter(isOurs);
}

/** The targets of all open files, such as "socket:[123]". */
function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

const LISTEN = '0A';

function listeners(): readonly Listener[] {
  const ours = new Set(family().flatMap(socketsOf));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN && ours.has(`socket:[${fields[9]}]`))
      .map((fields): Listener => {
        const [hex = '', port = ''] = (fields[1] ?? '').split(':');
        const address =
          hex.length === 8
            ? (hex.match(/../g) ?? [])
                .map((byte) => parseInt(byte, 16))
                .reverse()
                .join('.')
            : hex;
        return { address, port: parseInt(port, 16) };
      }),
  );
}

const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });

const EVIL = 'http://evil.example';

/** The requests that a page can make the browser send, to a path that answers programs. */
const attacks = (port: number): readonly (readonly [string, string, Record<string, string>])[] => [
  ['a form', 'POST', { origin: EVIL, 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' }],
  ['a sandboxed frame', 'POST', { origin: 'null' }],
  ['a preflight', 'OPTIONS', { origin: EVIL, 'access-control-request-method': 'PUT' }],
  ['fetch, read by CORS', 'GET', { origin: EVIL, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ['an image', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['another server of this computer', 'POST', { origin: 'http://localhost:3000' }],
  ['DNS rebinding', 'GET', { host: `evil.example:${port}` }],
  ['DNS rebinding, by POST', 'POST', { host: `evil.example:${port}`, origin: `${EVIL}:${port}` }],
];

const answerTo = (port: number, method: string, headers: Record<string, string>) =>
  new Promise<{ status: number; allows: unknown }>((done, fail) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/_local/api/accounts', method, headers, agent: false },
      (response) => {
        response.resume();
        const allows = response.headers['access-control-allow-origin'];
        done({ status: response.statusCode ?? 0, allows });
      },
    );
    sent.once('error', fail);
    sent.end();
  });

describe.skipIf(process.platform !== 'linux')('a web page on the developer’s computer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-page-'));
  const data = join(folder, 'data');
  let stack: LocalStack;
  let before: readonly Listener[];
  let found: readonly Listener[];
  beforeAll(async () => {
    before = listeners();
    const target = { type: 'https', url: 'https://shop.example/payhooks' };
    stack = await startLocalStack({ config: parseConfig({ ...everything, target }), dataDir: data });
    found = listeners().filter(({ port }) => !before.some((other) => other.port === port));
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true });
  });

  it('a web page finds the gateway, the AWS endpoint, the shop, the decider and the providers: each answers 403', async () => {
    const reachable = found.filter(({ address }) => address === '127.0.0.1');
    expect(reachable.map(({ port }) => `http://127.0.0.1:${port}`)).toEqual(
      expect.arrayContaining([stack.baseUrl, stack.awsEndpoint]),
    );
    expect(reachable).toHaveLength(6);
    for (const { port } of reachable) {
      for (const [what, method, headers] of attacks(port)) {
        const answer = await answerTo(port, method, headers);
        expect(answer, `${what} to port ${port}`).toEqual({ status: 403, allows: undefined });
      }
    }
    // The same request without the headers of a page is answered.
    expect((await fetch(`${stack.baseUrl}/_local/api/accounts`)).status).toBe(200);
  });

  it('a web page cannot reach the DynamoDB engine: no address that a page can guess accepts a connection', async () => {
    const engines = found.filter(({ address }) => address !== '127.0.0.1');
    expect(engines.map(({ address, port }) => `http://${address}:${port}`)).toEqual([stack.engine.endpoint]);
    const { port } = new URL(stack.engine.endpoint);
    for (const host of ['127.0.0.1', '127.0.1.1', '::1', 'localhost']) {
      expect(await accepts(host, Number(port)), host).toBe(false);
    }
  });

  it('the AWS endpoint refuses a request that is not signed with the key of the running stack', async () => {
    const send = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
      new SQSClient({ endpoint: stack.awsEndpoint, region: 'us-east-1', credentials, maxAttempts: 1 }).send(
        new SendMessageCommand({
          QueueUrl: `${stack.awsEndpoint}/000000000000/payhooks-sandbox-notifications-dlq`,
          MessageBody: '{}',
        }),
      );
    await expect(send({ accessKeyId: 'local', secretAccessKey: 'local' })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(send({ ...stack.awsCredentials, secretAccessKey: 'local' })).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    await expect(send(stack.awsCredentials)).resolves.toMatchObject({ MessageId: expect.any(String) });
  });

  it('the stack shares no file with another user: every kept file is 0600, every folder 0700', () => {
    const modes = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => {
      const info = statSync(join(data, name));
      return [name, info.isDirectory() ? '0700' : '0600', `0${(info.mode & 0o777).toString(8)}`];
    });
    expect(modes.length).toBeGreaterThan(3);
    for (const [name, expected, mode] of modes) expect(mode, name).toBe(expected);
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });
});
