/** The signature inside an event on the bus: its signed text and its keys. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseBusKeys, signedDetail } from '../../../shared/app/fulfilment/targets/signed-detail.ts';
import { canonicalText } from '../../../shared/payment/index.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';

const GENERATED = 'aB3'.repeat(22).slice(0, 64);

describe('the canonical text', () => {
  it('the canonical text has members sorted by name at every level, and lists unchanged', () => {
    const value = {
      b: 1,
      B: 2,
      a: { d: [{ z: 1, y: null }, 'x', [3, 1, 2]], c: 'é', e: undefined },
      10: true,
    };
    expect(canonicalText(value)).toBe(
      '{"10":true,"B":2,"a":{"c":"é","d":[{"y":null,"z":1},"x",[3,1,2]]},"b":1}',
    );
  });

  it('the canonical text of a value that is no object is its JSON', () => {
    expect([null, 'x', 1.5, [], true].map(canonicalText)).toEqual(['null', '"x"', '1.5', '[]', 'true']);
  });
});

it('signedDetail signs the canonical text and puts the signature beside the members of the event', () => {
  const event = { type: 'fulfil', id: 'i.1', occurredAt: '2026-03-01T12:00:00.000Z' };
  const keys = parseBusKeys({ current: GENERATED });
  const detail = signedDetail(event, keys, { now: 1_700_000_000_500, webhookId: 'w' });
  const body = '{"id":"i.1","occurredAt":"2026-03-01T12:00:00.000Z","type":"fulfil"}';
  const hmac = createHmac('sha256', Buffer.from(GENERATED, 'base64')).update(`w.1700000000.${body}`);
  expect(JSON.parse(detail)).toEqual({
    ...event,
    signature: {
      ...{ 'webhook-id': 'w', 'webhook-timestamp': '1700000000' },
      'webhook-signature': `v1,${hmac.digest('base64')}`,
    },
  });
  expect(JSON.parse(signedDetail(event, keys, { now: 0 }))).toMatchObject({
    signature: { 'webhook-id': 'i%2E1' },
  });
});

describe('the keys of the bus', () => {
  it('a bus key is a generated text of 64 characters or a key with whsec_', () => {
    const written = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    expect(parseBusKeys({ current: GENERATED, next: written })).toEqual([
      Buffer.from(GENERATED, 'base64'),
      Buffer.alloc(24, 7),
    ]);
  });

  it.each([undefined, null, 'text', 7])(
    'the bus secret %j is refused: the secret is not an object',
    (secret) => {
      expect(() => parseBusKeys(secret)).toThrow(
        new UnusableSecretError('target: the secret is not an object'),
      );
    },
  );

  it.each([[[GENERATED]], [7], [GENERATED.slice(1)], [`${GENERATED}a`], [`${GENERATED}\n`], [null]])(
    'the bus key %j is refused with the name of its member',
    (current) => {
      expect(() => parseBusKeys({ current })).toThrow('target: "current" must be "whsec_"');
    },
  );
});
