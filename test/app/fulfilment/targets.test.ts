import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isOurs } from '../../../examples/bus/verify-event.ts';
import {
  httpsTarget,
  parseSigningKeys,
  type SigningKeys,
} from '../../../shared/app/fulfilment/targets/https.ts';
import { parseBusKeys } from '../../../shared/app/fulfilment/targets/signed-detail.ts';
import { eventBridgeTarget } from '../../../shared/aws/eventbridge-target.ts';
import { canonicalText } from '../../../shared/payment/index.ts';
import type { MerchantEvent } from '../../../shared/payment/types.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

const signal = () => AbortSignal.timeout(5_000);
const secret = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;

async function someEvent(payment = 'p1'): Promise<MerchantEvent> {
  const bench = workerBench();
  await bench.apply(bench.envelope({ payment }));
  await bench.deliverAll();
  const event = bench.target.received.find(({ type }) => type === 'fulfil');
  if (event === undefined) throw new Error('no fulfil');
  return event;
}

describe('the EventBridge target', () => {
  const busWith = (
    send: (command: PutEventsCommand) => unknown,
    options: { readonly keys?: () => Promise<SigningKeys> } = {},
  ) =>
    eventBridgeTarget({
      client: { send: async (command: PutEventsCommand) => send(command) } as unknown as EventBridgeClient,
      busName: 'bus',
      clock: () => START,
      ...options,
    });
  /** The detail as the target of a rule gets it: parsed, because the bus does not keep the bytes of the JSON. */
  async function signedDetailOf(event: MerchantEvent, secretOf: object, webhookId?: string) {
    let detail = '';
    const keys = async () => parseBusKeys(secretOf);
    const target = busWith(
      ({ input }) => {
        detail = input.Entries?.[0]?.Detail ?? '';
        return { FailedEntryCount: 0 };
      },
      { keys },
    );
    await target.deliver(event, signal(), webhookId);
    return JSON.parse(detail) as MerchantEvent & { readonly signature: Record<string, string> };
  }
  const GENERATED = 'aB3'.repeat(22).slice(0, 64);

  it('an event on EventBridge has a signature that verify-event.ts and the official library verify', async () => {
    const event = await someEvent();
    const detail = await signedDetailOf(event, { current: GENERATED });
    const { signature, ...rest } = detail;
    expect(rest).toEqual(JSON.parse(JSON.stringify(event)));
    expect(isOurs(detail, [`whsec_${GENERATED}`])).toBe(true);
    expect(isOurs({ ...detail, orderReference: 'another' }, [`whsec_${GENERATED}`])).toBe(false);
    expect(isOurs(detail, [secret(1)])).toBe(false);
    expect(isOurs(rest, [`whsec_${GENERATED}`])).toBe(false);
    vi.useFakeTimers({ now: START });
    expect(new Webhook(`whsec_${GENERATED}`).verify(canonicalText(rest), signature)).toBeTruthy();
    vi.useRealTimers();
  });

  it('an event on EventBridge is signed with current and next, under the given webhook-id', async () => {
    const event = await someEvent();
    const detail = await signedDetailOf(event, { current: secret(1), next: secret(2) }, 'again-1');
    for (const key of [secret(1), secret(2)]) expect(isOurs(detail, [key])).toBe(true);
    expect(detail.signature['webhook-id']).toBe('again-1');
  });

  it('an event on EventBridge verifies in whatever order the bus sends the members', async () => {
    const { signature, ...rest } = await signedDetailOf(await someEvent(), { current: GENERATED });
    const turned = Object.fromEntries(Object.entries(rest).reverse());
    expect(isOurs({ signature, ...turned }, [`whsec_${GENERATED}`])).toBe(true);
  });

  it.each([[undefined], ['text'], [{}], [{ current: 'short' }], [{ current: 'x'.repeat(63) }]])(
    'the bus secret %j is refused with UnusableSecretError',
    (value) => {
      expect(() => parseBusKeys(value)).toThrow(UnusableSecretError);
    },
  );

  it('an event on EventBridge has the event as Detail and the event’s type as DetailType', async () => {
    const event = await someEvent();
    let entry: unknown;
    await busWith(({ input }) => {
      entry = input.Entries?.[0];
      return { FailedEntryCount: 0 };
    }).deliver(event, signal());
    expect(entry).toMatchObject({
      EventBusName: 'bus',
      Source: 'payhooks',
      DetailType: 'fulfil',
      Detail: JSON.stringify(event),
    });
  });

  it('a delivery to EventBridge fails as rejected when its entry failed although the call succeeded', async () => {
    await expect(
      busWith(() => ({ FailedEntryCount: 1 })).deliver(await someEvent(), signal()),
    ).rejects.toMatchObject({
      failure: 'rejected',
    });
  });

  it('a delivery to EventBridge fails as unavailable when the call throws', async () => {
    const target = busWith(() => {
      throw new Error('throttled');
    });
    await expect(target.deliver(await someEvent(), signal())).rejects.toMatchObject({
      failure: 'unavailable',
    });
  });
});

describe('the HTTPS target', () => {
  let close: (() => void) | undefined;
  afterEach(() => close?.());

  async function endpoint(
    answer: (response: ServerResponse, request: IncomingMessage, body: string) => void,
  ) {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      answer(response, request, body);
    });
    close = () => server.close();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
    const keys = async () => parseSigningKeys({ current: secret(1), next: secret(2) });
    return httpsTarget({ url, keys, clock: () => 1_700_000_000_000 });
  }

  it('the HTTPS target signs by Standard Webhooks with current and next, and sends idempotency-key', async () => {
    let seen: { headers: IncomingMessage['headers']; body: string } | undefined;
    const target = await endpoint((response, { headers }, body) => {
      seen = { headers, body };
      response.end();
    });
    const event = await someEvent();
    await target.deliver(event, signal());
    const content = `${event.id}.1700000000.${seen?.body}`;
    const sign = (byte: number) =>
      `v1,${createHmac('sha256', Buffer.alloc(32, byte)).update(content).digest('base64')}`;
    expect(seen?.headers).toMatchObject({
      'webhook-id': event.id,
      'idempotency-key': event.id,
      'webhook-timestamp': '1700000000',
      'webhook-signature': `${sign(1)} ${sign(2)}`,
    });
    expect(JSON.parse(seen?.body ?? '')).toEqual(event);
  });

  it('the HTTPS target percent-encodes an id outside ASCII in webhook-id', async () => {
    let id: unknown;
    const target = await endpoint((response, { headers }) => {
      id = headers['webhook-id'];
      response.end();
    });
    await target.deliver({ ...(await someEvent()), id: 'ref Å😀\ud800#1' }, signal());
    expect(id).toBe('ref%20%C3%85%F0%9F%98%80%EF%BF%BD#1');
  });

  const classes: [number, string][] = [
    [500, 'unavailable'],
    [503, 'unavailable'],
    [408, 'unavailable'],
    [429, 'unavailable'],
    [400, 'rejected'],
    [401, 'rejected'],
    [404, 'rejected'],
    [302, 'rejected'],
    [410, 'gone'],
  ];
  for (const [status, failure] of classes) {
    it(`the HTTPS target reports the answer ${status} as ${failure}`, async () => {
      const target = await endpoint((response) => response.writeHead(status, { location: '/' }).end());
      await expect(target.deliver(await someEvent(), signal())).rejects.toMatchObject({ failure });
    });
  }

  it('the HTTPS target reads Retry-After as seconds and as a date', async () => {
    for (const [value, seconds] of [
      ['120', 120],
      [new Date(1_700_000_060_000).toUTCString(), 60],
      ['Wednesday, 15-Nov-23 22:14:20 GMT', 1_700_086_460 - 1_700_000_000],
      ['soon', undefined],
      // The target reads a pause of any length. The worker limits the pause.
      ['99999999', 99_999_999],
      ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
      // Date.parse reads dates in these texts.
      ['-5', undefined],
      ['1.5', undefined],
    ] as const) {
      const target = await endpoint((response) => response.writeHead(503, { 'retry-after': value }).end());
      await expect(target.deliver(await someEvent(), signal())).rejects.toMatchObject({
        retryAfterSeconds: seconds,
      });
      close?.();
    }
  });

  it('the HTTPS target ends a request without an answer as unavailable when the signal aborts', async () => {
    const target = await endpoint(() => undefined);
    await expect(target.deliver(await someEvent(), AbortSignal.timeout(50))).rejects.toMatchObject({
      failure: 'unavailable',
    });
  });

  it('parseSigningKeys names the member of the secret that is wrong, without a value of the secret', () => {
    for (const [member, wrong] of [
      ['current', {}],
      ['current', { current: 'short' }],
      ['current', { current: 'whsec_QUJD' }],
      ['next', { current: secret(1), next: 777 }],
    ] as const) {
      const parse = () => parseSigningKeys(wrong);
      expect(parse).toThrow(`target: "${member}" must be "whsec_"`);
      expect(parse).not.toThrow(/short|QUJD|777|AQEB/);
    }
  });

  it.each([
    ['a text that is no base64', `whsec_${'zz!!'.repeat(15)}`],
    ['base64 with a space', `${secret(1).slice(0, 20)} ${secret(1).slice(20)}`],
    ['a line break at its end', `${secret(1)}\n`],
    ['base64url', `whsec_${Buffer.alloc(32, 0xfb).toString('base64url')}`],
    ['base64 without its padding', secret(1).replace(/=+$/, '')],
    ['more than its padding', `${secret(1)}=`],
    ['bits that no byte has', secret(1).replace(/E=$/, 'F=')],
    ['two secrets', `${secret(1)},${secret(2)}`],
  ])('parseSigningKeys refuses a malformed key with the name of its member: %s', (_, wrong) => {
    for (const [name, keys] of Object.entries({
      current: { current: wrong },
      next: { current: secret(2), next: wrong },
    })) {
      const parse = () => parseSigningKeys(keys);
      expect(parse).toThrow(`target: "${name}" must be "whsec_" and 24 to 64 bytes in base64, padded`);
      // The error names the member and does not contain its value.
      expect(parse).not.toThrow(wrong.slice(6, 18));
    }
  });

  it('parseSigningKeys reads exactly the bytes that were encoded', () => {
    for (const bytes of [24, 25, 26, 64]) {
      const key = Buffer.alloc(bytes, 0xfb);
      const [read] = parseSigningKeys({ current: `whsec_${key.toString('base64')}` });
      expect(Buffer.from(read ?? []).equals(key)).toBe(true);
    }
  });
});
