/** The rig of `certify` sends to a stack, waits for the stack and reads the rows that the stack stores. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventOf } from '../../../cli/certify/americas.ts';
import { connectedRig } from '../../../cli/certify/connected.ts';
import type { Connection } from '../../../cli/connect.ts';
import { eventKey, paymentKeyOf } from '../../../shared/app/table/keys.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { AMERICAS_SECRET, americasAccount, americasBench } from './bench.ts';

let server: Server;
let url: string;
/** The answers of the stack, one after another; the last answer repeats. */
let answers: readonly { readonly status: number; readonly body?: string; readonly location?: string }[] = [];
let received: { readonly method: string | undefined; readonly body: string }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const answer = answers[Math.min(received.length, answers.length - 1)];
    received.push({ method: request.method, body });
    response.writeHead(answer?.status ?? 500, answer?.location ? { location: answer.location } : {});
    response.end(answer?.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
});
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(() => {
  received = [];
});

const account = americasAccount();

function rigOn(connection: object = {}) {
  const [times, pauses]: number[][] = [[], []];
  const rig = connectedRig({
    ...{ account, secret: AMERICAS_SECRET, now: () => 0, times: times ?? [] },
    connection: { store: new MemoryStore(), ...connection } as unknown as Connection,
    sleep: async (ms) => pauses?.push(ms),
  });
  return { rig, times, pauses };
}

describe('a message', () => {
  it('a message is sent again after 503, five times in all, and then 503 is the answer', async () => {
    answers = [{ status: 503 }, { status: 503 }, { status: 200, body: 'OK' }];
    const { rig, pauses } = rigOn();
    expect(await rig.send({ method: 'POST', url, headers: {}, body: 'a' })).toEqual({
      status: 200,
      body: 'OK',
    });
    expect(received.map(({ body }) => body)).toEqual(['a', 'a', 'a']);
    expect(pauses).toEqual([1_000, 1_000]);
    received = [];
    answers = [{ status: 503 }];
    expect((await rig.send({ method: 'GET', url, headers: {} })).status).toBe(503);
    expect(received).toHaveLength(5);
  });

  it('a redirect is the answer to a message and is not followed', async () => {
    answers = [{ status: 303, location: 'https://shop.example/a' }];
    const answer = await rigOn().rig.send({ method: 'GET', url, headers: {} });
    expect(answer).toEqual({ status: 303, body: '', location: 'https://shop.example/a' });
    expect(received).toHaveLength(1);
  });

  it('a message without a connection has the answer 0 with the reason ECONNREFUSED', async () => {
    const answer = await rigOn().rig.send({ method: 'GET', url: 'http://127.0.0.1:2/', headers: {} });
    expect(answer).toEqual({ status: 0, body: 'ECONNREFUSED' });
  });

  it('only a message that is answered 200 counts in the answer times', async () => {
    const { rig, times } = rigOn();
    for (const status of [200, 401, 200]) {
      answers = [{ status }];
      received = [];
      await rig.send({ method: 'GET', url, headers: {} });
    }
    expect(times).toHaveLength(2);
  });

  it('a message whose answer is cut off reaches the stack whole', async () => {
    answers = [{ status: 200, body: 'OK' }];
    await rigOn().rig.sendAndHangUp({ method: 'POST', url, headers: {}, body: 'whole' });
    expect(received).toEqual([{ method: 'POST', body: 'whole' }]);
  });
});

describe('waits of the rig', () => {
  it('waitUntil pauses 250 ms between checks and ends when the check is true', async () => {
    const { rig, pauses } = rigOn();
    let checks = 0;
    expect(await rig.waitUntil(async () => ++checks === 3)).toBe(true);
    expect(pauses).toEqual([250, 250]);
  });

  it('waitUntil gives up after two minutes, and after a failure the next wait gives up after five seconds', async () => {
    const { rig, pauses } = rigOn();
    const sum = () => pauses?.splice(0).reduce((all, ms) => all + ms, 0);
    expect(await rig.waitUntil(async () => false)).toBe(false);
    expect(sum()).toBe(120_000);
    expect(await rig.waitUntil(async () => false)).toBe(false);
    expect(sum()).toBe(5_000);
  });

  it('emptiesQueue needs the count 0 twice in a row, because SQS counts approximately', async () => {
    const counts = [2, 0, 1, 0, 0, 9];
    const sqs = {
      send: async () => ({ Attributes: { ApproximateNumberOfMessages: String(counts.shift()) } }),
    };
    const { rig } = rigOn({ clients: { sqs }, queueUrl: async () => 'queue' });
    expect(await rig.emptiesQueue()).toBe(true);
    expect(counts).toEqual([9]);
  });
});

describe('stored rows', () => {
  const bench = { ...americasBench(undefined as never, account), url: 'https://pay.example.com/events' };

  it('isRecorded finds the event row of a message by the eventId of the message', async () => {
    const store = new MemoryStore();
    const { rig } = rigOn({ store });
    const [message, other] = [eventOf(bench, { objectId: '7' }), eventOf(bench, { objectId: '7' })];
    const { eventId = '' } = Object.fromEntries(new URLSearchParams(message.body));
    const put = { ...eventKey(account, eventId), schema: 1, data: {} };
    await store.write([{ put, when: 'always' }]);
    expect(await rig.isRecorded(message)).toBe(true);
    expect(await rig.isRecorded(other)).toBe(false);
  });

  it('isRecorded rejects a message that does not verify with the stored secret', async () => {
    const forged = { ...eventOf(bench, { objectId: '7' }), body: 'eventId=1' };
    await expect(rigOn().rig.isRecorded(forged)).rejects.toThrow('does not verify with the stored secret');
  });

  it('storedText gives every row of a payment as text, and nothing for an unknown payment', async () => {
    const store = new MemoryStore();
    const { rig } = rigOn({ store });
    const { pk } = paymentKeyOf('trustly-americas:shop:7');
    const put = { pk, sk: 'note', schema: 1, data: { note: 'a word' } };
    await store.write([{ put, when: 'always' }]);
    expect(await rig.storedText('7')).toContain('a word');
    expect(await rig.storedText('8')).toBe('');
    expect(await rig.payment('8')).toBeUndefined();
  });
});

describe('an attempt to pay', () => {
  const rigAnswering = (answer: { readonly FunctionError?: string; readonly Payload: object }) => {
    const calls: { readonly FunctionName: string; readonly Payload: Uint8Array }[] = [];
    const send = async ({ input }: { readonly input: (typeof calls)[number] }) => {
      calls.push(input);
      return { ...answer, Payload: new TextEncoder().encode(JSON.stringify(answer.Payload)) };
    };
    const resource = (name: string) => `payhooks-sandbox-${name}`;
    return { calls, rig: rigOn({ clients: { lambda: { send } }, resource }).rig };
  };

  it('an attempt to pay invokes the function behind POST /checkout/orders', async () => {
    const { rig, calls } = rigAnswering({ Payload: { statusCode: 201, body: '{}' } });
    expect(await rig.checkout({ reference: 'r' })).toEqual({ status: 201, body: '{}' });
    expect(calls[0]?.FunctionName).toBe('payhooks-sandbox-checkout');
    const event = JSON.parse(new TextDecoder().decode(calls[0]?.Payload));
    expect(event).toMatchObject({ routeKey: 'POST /checkout/orders', body: '{"reference":"r"}' });
  });

  it('an attempt to pay fails when the checkout function fails', async () => {
    const { rig } = rigAnswering({ FunctionError: 'Unhandled', Payload: {} });
    await expect(rig.checkout({})).rejects.toThrow('the checkout function failed: Unhandled');
  });
});
