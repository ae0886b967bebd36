/** The commands for a merchant's engineer, against one local stack: `listen`, `requests` and `trigger`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { against } from '../../local/demo/against.ts';
import type { SignedRequest } from '../../local/demo/samples.ts';
import type { LocalStack } from '../../local/stack.ts';
import { copies, newRef, paid, pingback, requestsOf, settled, startStack, WAIT } from './stack.ts';
import { announce, type Desk, deskAt } from './terminal.ts';

let stack: LocalStack;
let folder: string;
let desk: Desk;
beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(join(tmpdir(), 'payhooks-develop-'));
  announce(folder, stack);
  desk = deskAt(folder);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Taken {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The merchant's own service. */
class Service {
  readonly taken: Taken[] = [];
  /** The statuses of the next answers; after these every answer is 204. */
  answers: number[] = [];
  readonly #server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    this.taken.push({ headers: request.headers, body });
    response.writeHead(this.answers.shift() ?? 204).end();
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe('payhooks listen', () => {
  it('listen forwards only the events of --events, signed, and after its end the demo shop gets all events again', async () => {
    const service = new Service();
    const forwardTo = await service.start();
    const listening = desk.start([
      ...['listen', '--forward-to', forwardTo, '--events', 'fulfil,revoke', '--print-json'],
    ]);
    try {
      await expect.poll(() => listening.printed.out, WAIT).toContain('until Ctrl-C');
      const secret = /whsec_\S+/.exec(listening.printed.out)?.[0] ?? '';
      service.answers = [410];
      const key = await paid(stack, { ref: newRef() });
      await expect.poll(() => listening.printed.out, WAIT).toMatch(/fulfil +\S+ +410 .*attempt 1, given up/);
      await desk.json(['redeliver', '--failed', '--note', 'the service works now']);
      await expect.poll(() => listening.printed.out, WAIT).toMatch(/fulfil +\S+ +204 /);

      expect(service.taken).toHaveLength(2);
      // --print-json prints each event as the stack sends it. The line of a refusal says what to check.
      expect(listening.printed.out).toContain(
        JSON.stringify(JSON.parse(service.taken[0]?.body ?? ''), null, 2),
      );
      expect(listening.printed.out).toContain('410: your service reports that this address no longer exists');
      const verify = new Webhook(secret);
      for (const { headers, body } of service.taken) {
        const event = verify.verify(body, headers as Record<string, string>);
        expect(event).toMatchObject({ type: 'fulfil', payment: key });
        expect(headers['idempotency-key']).toBe(`${key}#1#fulfil`);
      }
      expect(service.taken[0]?.body).toBe(service.taken[1]?.body);
      // The merchant received the events that the service took. The demo shop received the types that --events leaves
      // out.
      const types = stack.shop.list().flatMap(({ payment, type }) => (payment === key ? [type] : []));
      expect(types.sort()).toEqual(['fulfil', 'payment.paid']);

      expect(await desk.run(['listen', '--forward-to', forwardTo])).toMatchObject({ code: 4 });
      // The demo refuses such a stack, because its shop would not receive the events.
      await expect(against(stack.baseUrl, folder)).rejects.toThrow(`sends events to ${forwardTo}`);
      expect((await listening.stop()).code).toBe(0);
      await paid(stack, { ref: newRef() });
      expect(service.taken).toHaveLength(2);
      expect((await against(stack.baseUrl, folder)).accounts).toHaveLength(4);
    } finally {
      await listening.stop();
      service.stop();
    }
  });
});

describe('payhooks requests', () => {
  it('requests says the reason of a refusal, which the sender does not get', async () => {
    const following = desk.start(['requests', '--follow', '--status', '401']);
    try {
      const refused = await pingback(stack, { ref: newRef(), secretKey: 'another-secret-key' });
      expect(refused).toMatchObject({ status: 401, body: 'unauthorized' });
      const sentence =
        /401 +paymentwall\/goods +wrong_signature: version 3 as pinned.*; secret set before the start, second key not set/;
      await expect.poll(() => following.printed.out, WAIT).toMatch(sentence);
      await fetch(`${stack.baseUrl}/paymentwall/goods2/pingback?uid=1`);
      const why = async () => (await desk.run(['requests', '--status', '404'])).out;
      await expect
        .poll(why, WAIT)
        .toContain('unknown_account: unknown account goods2; there are goods, strict');
      expect((await following.stop()).out).not.toContain('goods2');
    } finally {
      await following.stop();
    }
  });
});

describe('payhooks trigger', () => {
  it.each(['regular', 'trustly-europe/credit', 'trustly-americas/Complete'])(
    'trigger sends %s as its provider does, and with --tamper every answer is 401',
    async (story) => {
      const sent = await desk.run(['trigger', story, '--order', 'my-42']);
      expect(sent).toMatchObject({ code: 0, err: '' });
      // The printed next command works, also where the id of the payment is not the `--order`.
      const [, payment = ''] = /npx payhooks payments show (\S+)/.exec(sent.out) ?? [];
      const shown = async () => (await desk.run(['payments', 'show', payment])).code;
      await expect.poll(shown, WAIT).toBe(0);
      const { answers } = await desk.json<{ answers: { status: number }[] }>(['trigger', story, '--tamper']);
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
    },
  );

  it('trigger says that an order is not registered, and names the most similar story for a mistyped story', async () => {
    const words = ['trigger', 'trustly-europe/credit', '--set', 'amount=12.00', '--order'];
    const hint = 'is not registered, so events have no orderReference';
    expect((await desk.run([...words, 'my-43'])).out).toContain(`Order my-43 ${hint}`);
    const order = { reference: 'my-44', amounts: [{ currency: 'EUR', exact: '12.00' }] };
    await desk.json(['orders', 'register', '-'], JSON.stringify(order));
    expect((await desk.run([...words, 'my-44'])).out).not.toContain(hint);
    for (const [story, meant] of Object.entries({
      regulr: 'regular',
      'paymentwall/regulr': 'paymentwall/regular',
    }))
      expect((await desk.run(['trigger', story])).err).toContain(`Did you mean "${meant}"?`);
  });

  it('trigger --repeat 3 is answered 200 three times and causes one fulfil', async () => {
    interface Sent {
      readonly payment: string;
      readonly answers: readonly { readonly status: number }[];
    }
    const { payment, answers } = await desk.json<Sent>(['trigger', 'regular', '--repeat', '3']);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await settled(stack, payment);
    expect(copies(stack, `${payment}#1#fulfil`)).toBe(1);
  });

  it('trigger --retry-schedule sends a notification again after 503 until the answer is 200', async () => {
    const fault = `${stack.baseUrl}/_local/api/faults/sqs`;
    await fetch(fault, { method: 'PUT', body: 'failing' });
    const words = ['trigger', 'trustly-americas/Complete', '--retry-schedule', '--speed', '1000'];
    const sending = desk.start(words);
    try {
      await expect
        .poll(() => sending.printed.err, WAIT)
        .toContain('not accepted; sent again after 300 s, here 300 ms');
    } finally {
      await fetch(fault, { method: 'DELETE' });
    }
    const { code, out } = await sending.ended;
    const statuses = [...out.matchAll(/^(\d{3}) /gm)].map(([, status]) => status);
    expect([code, statuses[0], statuses.at(-1)]).toEqual([0, '503', '200']);
  });

  it('trigger --set names a field that the story does not have', async () => {
    const sent = await desk.run(['trigger', 'trustly-europe/credit', '--set', 'amount=12.00,ammount=13.00']);
    expect(sent.out).toContain('"ammount" is no field of this story');
    expect(sent.out).not.toContain('"amount" is no field');
  });

  it('trigger --curl prints a curl command and sends nothing', async () => {
    const { out } = await desk.run(['trigger', 'regular', '--curl']);
    expect(out).toContain(`curl -sS '${stack.baseUrl}/paymentwall/`);
    expect(out).not.toContain('\ufffd');
    const [request] = await desk.json<readonly SignedRequest[]>(['trigger', 'regular', '--curl']);
    const ref = new URL(request?.url ?? '').searchParams.get('ref') ?? 'none';
    // What the command had sent would be listed before this one.
    const later = newRef();
    await pingback(stack, { ref: later });
    const ids = async () => (await requestsOf(stack)).map(({ summary }) => summary?.id);
    await expect.poll(ids, WAIT).toContain(later);
    expect(ref).toMatch(/^b\d+$/);
    expect(await ids()).not.toContain(ref);
  });
});
