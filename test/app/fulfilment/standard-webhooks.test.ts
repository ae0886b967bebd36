/** The official library of Standard Webhooks verifies Payhooks' signatures. */
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  httpsTarget,
  parseSigningKeys,
  standardWebhook,
} from '../../../shared/app/fulfilment/targets/https.ts';
import type { Deliverable } from '../../../shared/app/fulfilment/targets/target.ts';
import { httpsAsk } from '../../../shared/app/http/decision-hook.ts';
import { effectId, paymentKey, webhookIdOf } from '../../../shared/payment/index.ts';
import type { Question } from '../../../shared/providers/question.ts';

const NOW = 1_700_000_000_000;
const CURRENT = `whsec_${Buffer.from('a key that is made of 32 letters').toString('base64')}`;
const NEXT = `whsec_${Buffer.from('and another one of twenty-nine').toString('base64')}`;
const KEYS = parseSigningKeys({ current: CURRENT, next: NEXT });

/** A request to the endpoint. */
interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

function endpoint() {
  const received: Received[] = [];
  const fetch = async (_: unknown, init?: RequestInit) => {
    received.push({ headers: init?.headers as Record<string, string>, body: String(init?.body) });
    return new Response('{}');
  };
  return { received, fetch };
}

async function sent(event: Deliverable, webhookId?: string): Promise<Received> {
  const { received, fetch } = endpoint();
  const target = httpsTarget({
    url: 'https://shop.example/',
    keys: async () => KEYS,
    clock: () => NOW,
    fetch,
  });
  await target.deliver(event, AbortSignal.timeout(5_000), webhookId);
  const [first] = received;
  if (first === undefined) throw new Error('nothing was sent');
  return first;
}

const event = (id: string): Deliverable => ({
  id,
  type: 'payment.refunded',
  occurredAt: '2026-11-29T00:00:00.000Z',
});

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the official library of Standard Webhooks', () => {
  it('the official library verifies an event with any id and with each of the two keys of a rotation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (id) => {
        const { headers, body } = await sent(event(id));
        for (const secret of [CURRENT, NEXT]) {
          expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
        }
        expect(() => new Webhook(CURRENT).verify(`${body} `, headers)).toThrow('No matching signature');
      }),
      // The library is slow: a hundred runs took as long as all other tests of this folder.
      { numRuns: 25 },
    );
  });

  it('the official library verifies a question to the decision hook', async () => {
    const { received, fetch } = endpoint();
    const question = { id: 'trustly-europe:shop:1', account: 'shop' } as Question;
    await httpsAsk({ shop: 'https://shop.example/' }, () => NOW, fetch)(question, KEYS, 1_000);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(new Webhook(CURRENT).verify(body, headers)).toEqual(question);
  });

  it('standardWebhook and the official library make the same signature over the library’s test vector', () => {
    // The vector is from the library's tests (javascript/src/webhook.test.ts): the specification has no complete one.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const vector = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      now: 1_614_265_330_000,
    };
    const headers = standardWebhook(parseSigningKeys({ current: secret }), vector);
    expect(headers).toMatchObject({
      'webhook-id': vector.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
    expect(new Webhook(secret).sign(vector.id, new Date(vector.now), vector.body)).toBe(
      headers['webhook-signature'],
    );
  });
});

describe('webhook-id', () => {
  it('webhook-id contains no full stop, so that the signed text splits in one way only', async () => {
    const id = 'paymentwall:goods:b.1#n3#payment.refunded';
    const { headers } = await sent(event(id));
    expect(headers['webhook-id']).toBe('paymentwall:goods:b%2E1#n3#payment%2Erefunded');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (any) => {
        expect((await sent(event(any))).headers['webhook-id']).not.toContain('.');
      }),
    );
  });

  it('Idempotency-Key and the id in the body keep the full stops of the id', async () => {
    const id = 'paymentwall:goods:b.1#n3#payment.refunded';
    const { headers, body } = await sent(event(id));
    expect(headers['idempotency-key']).toBe(id);
    expect(JSON.parse(body)).toMatchObject({ id });
  });

  it('webhook-id is different for any two effects', () => {
    const id = fc.string({ unit: fc.constantFrom('.', '%', '2', 'E', ':', '#', 'a'), minLength: 1 });
    fc.assert(
      fc.property(id, id, (one, other) => {
        fc.pre(one !== other);
        const nameOf = (ref: string) =>
          webhookIdOf(
            effectId(paymentKey({ provider: 'paymentwall', account: 'goods', id: ref }), '1#fulfil'),
          );
        expect(nameOf(one)).not.toBe(nameOf(other));
      }),
    );
  });
});

describe('a signing key', () => {
  it.each([
    ['all zero', Buffer.alloc(32)],
    ['shorter than 24 bytes', Buffer.alloc(23, 1)],
    ['longer than 64 bytes', Buffer.alloc(65, 1)],
  ])('a signing key that is %s is refused', (_, key) => {
    const text = `whsec_${key.toString('base64')}`;
    expect(() => parseSigningKeys({ current: text })).toThrow('target: "current"');
    expect(() => parseSigningKeys({ current: CURRENT, next: text })).toThrow('target: "next"');
  });
});
