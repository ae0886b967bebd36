/** The intake's client of AWS and the SDK's, against a server that fails in many ways: both must behave alike. */
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once as event } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answer, CLIENTS, type FakeAws, fakeAws, type Respond, UNHURRIED } from './support.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const accept: Respond = ({ body }, response) => {
  const { MessageBody = '' } = JSON.parse(body) as { MessageBody?: string };
  answer(response, 200, { MessageId: 'm', MD5OfMessageBody: md5(MessageBody) });
};

let aws: FakeAws | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await aws?.close();
});
/** Fake timers: a test reaches the time limit of an attempt with `reachLimit`; shorter pauses pass in real time. */
const useTestTime = () =>
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
const reachLimit = () => void vi.advanceTimersByTime(UNHURRIED.requestTimeoutMs);
const start = async (respond: Respond) => {
  aws = await fakeAws(respond);
  return aws;
};
/** The first request fails as `fail` says; the following ones are accepted. */
const once =
  (fail: Respond): Respond =>
  (seen, response, count) =>
    count === 1 ? fail(seen, response, count) : accept(seen, response, count);

describe.each(CLIENTS)('$name', ({ callsTo }) => {
  it('send resolves when SQS has accepted the text for its queue', async () => {
    const { url, seen } = await start(accept);
    await callsTo(url).send('héllo "wörld" \u2028');
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
      { QueueUrl: `${url}/000000000000/queue`, MessageBody: 'héllo "wörld" \u2028' },
    ]);
    expect(seen[0]?.request.headers).toMatchObject({
      'x-amz-target': 'AmazonSQS.SendMessage',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-security-token': 'session',
    });
  });

  it('send passes the trace id of the invocation to SQS as X-Amzn-Trace-Id', async () => {
    const { url, seen } = await start(accept);
    const { send } = callsTo(url);
    await send('before');
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'intake');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
    try {
      await send('traced');
    } finally {
      vi.unstubAllEnvs();
    }
    const traces = seen.map(({ request }) => request.headers['x-amzn-trace-id']);
    expect(traces).toEqual([undefined, 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1']);
  });

  it('a secret is read with version 1.1 of the JSON protocol', async () => {
    const { url, seen } = await start((_seen, response) => answer(response, 200, { SecretString: 'text' }));
    await callsTo(url).secret('payhooks/live/target', new AbortController().signal);
    expect(seen[0]?.body).toBe('{"SecretId":"payhooks/live/target"}');
    expect(seen[0]?.request.headers).toMatchObject({
      'x-amz-target': 'secretsmanager.GetSecretValue',
      'content-type': 'application/x-amz-json-1.1',
    });
  });

  it('a client reuses its connection for the next call', async () => {
    const { url, connections } = await start(accept);
    const { send } = callsTo(url);
    for (const text of ['a', 'b', 'c']) await send(text);
    expect(connections()).toBe(1);
  });

  it.each<[string, Respond]>([
    ['500', (_seen, response) => answer(response, 500, { __type: 'InternalFailure' })],
    ['503 with a page of HTML', (_seen, response) => response.writeHead(503).end('<html>')],
    ['429', (_seen, response) => answer(response, 429, {})],
    [
      'throttling',
      (_seen, response) => answer(response, 400, { __type: 'com.amazonaws.sqs#RequestThrottled' }),
    ],
    ['a closed connection', (_seen, response) => response.destroy()],
    [
      'an answer whose connection closes early',
      (_seen, response) => {
        response.writeHead(503, { 'content-length': '1000' }).write('{');
        setImmediate(() => response.destroy());
      },
    ],
  ])('send tries once more after %s', async (_name, fail) => {
    const { url, seen } = await start(once(fail));
    await callsTo(url).send('text');
    expect(seen).toHaveLength(2);
  });

  it('send tries once more after an attempt without an answer times out', async () => {
    useTestTime();
    const { url, seen } = await start(once(reachLimit));
    await callsTo(url).send('text');
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['AccessDeniedException', 400],
    ['QueueDoesNotExist', 400],
    ['KmsAccessDenied', 400],
  ])('send does not retry after AWS refused with %s', async (code, status) => {
    const { url, seen } = await start((_seen, response) =>
      answer(response, status, { __type: `com.amazonaws.sqs#${code}`, message: 'no' }),
    );
    await expect(callsTo(url).send('text')).rejects.toMatchObject({ name: code });
    expect(seen).toHaveLength(1);
  });

  it('send fails after 2 attempts that AWS answered with InternalFailure', async () => {
    const { url, seen } = await start((_seen, response) =>
      answer(response, 500, { __type: 'InternalFailure' }),
    );
    await expect(callsTo(url).send('text')).rejects.toThrow();
    expect(seen).toHaveLength(2);
  });

  it('send fails with ECONNREFUSED when no server accepts the connection', async () => {
    const { url, close } = await start(accept);
    await close();
    aws = undefined;
    await expect(callsTo(url).send('text')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('send fails when the MD5 in the answer of SQS is that of another text', async () => {
    const { url } = await start((_seen, response) =>
      answer(response, 200, { MessageId: 'm', MD5OfMessageBody: md5('another') }),
    );
    await expect(callsTo(url).send('text')).rejects.toThrow();
  });

  it('send fails with an AbortError at the deadline of its request, without another attempt', async () => {
    const end = new AbortController();
    const { url, seen } = await start(() => end.abort());
    await expect(callsTo(url).send('text', end.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toHaveLength(1);
  });

  it('send makes no call for a request that has ended', async () => {
    const { url, seen } = await start(accept);
    await expect(callsTo(url).send('text', AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(seen).toHaveLength(0);
  });

  it('a client signs the second attempt with the time of AWS when its own clock is wrong', async () => {
    const hour = 3_600_000;
    const times: string[] = [];
    const { url } = await start((seen, response, count) => {
      times.push(String(seen.request.headers['x-amz-date']));
      const date = new Date(Date.now() + hour).toUTCString();
      if (count === 1) answer(response, 403, { __type: 'InvalidSignatureException' }, { date });
      else accept(seen, response, count);
    });
    await callsTo(url).send('text');
    const [first = '', second = ''] = times.map((time) => time.slice(0, 11));
    const at = (offset: number) => new Date(Date.now() + offset).toISOString().replace(/[-:]/g, '');
    expect([at(0), at(-hour)].map((time) => time.slice(0, 11))).toContain(first);
    expect(second).not.toBe(first);
  });
});

/** Counts the requests that arrived, and accepts each. */
const COUNTING_SERVER = `
const { createHash } = require('node:crypto');
const { createServer } = require('node:http');
const { parentPort, workerData: arrived } = require('node:worker_threads');
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    const { MessageBody } = JSON.parse(text);
    Atomics.add(arrived, 0, 1);
    Atomics.notify(arrived, 0);
    response.end(JSON.stringify({ MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') }));
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
/** The test waits this long only if the request was not written. */
const PATIENCE_MS = 20_000;

describe('the client of the intake, unlike the SDK', () => {
  const [{ callsTo } = { callsTo: undefined }] = CLIENTS;

  it('an attempt times out when the body of the answer does not end', async () => {
    useTestTime();
    const { url, seen } = await start((_seen, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{');
    });
    // The client has received the head of the answer, and waits for the body.
    const begun = 'http.client.response.finish';
    const reachAfterHead = () => void setImmediate(reachLimit);
    subscribe(begun, reachAfterHead);
    try {
      await expect(callsTo?.(url).send('text')).rejects.toMatchObject({ name: 'TimeoutError' });
    } finally {
      unsubscribe(begun, reachAfterHead);
    }
    expect(seen).toHaveLength(2);
  });

  it('send has written the request by the next tick when a connection is open', async () => {
    const arrived = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const server = new Worker(COUNTING_SERVER, { eval: true, workerData: arrived });
    const [port] = (await event(server, 'message')) as [number];
    const client = callsTo?.(`http://127.0.0.1:${port}`);
    await client?.send('opens the connection');
    const sending = client?.send('uses it');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    // Blocks this thread, as a signature does: the client cannot write during the wait.
    Atomics.wait(arrived, 0, 1, PATIENCE_MS);
    expect(arrived[0]).toBe(2);
    await sending;
    await server.terminate();
  });

  it('a binary secret is refused: the secret holds no text', async () => {
    const { url } = await start((_seen, response) => answer(response, 200, { SecretBinary: 'AAAA' }));
    const reading = callsTo?.(url).secret('s', new AbortController().signal);
    await expect(reading).rejects.toThrow('holds no text');
  });
});
