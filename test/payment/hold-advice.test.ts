/** The advice for a hold: what release and reject do, which is advised, and that the core then acts so. */
import { describe, expect, it } from 'vitest';
import { HOLD_EXPLAINED } from '../../shared/payment/explained.ts';
import { HOLD_REASONS, holdAdvice, paymentKey } from '../../shared/payment/index.ts';
import type { Payment } from '../../shared/payment/types.ts';
import { Shop } from './shop.ts';
import { KEY, normalizedOf, own, sum } from './synthetic.ts';

const FIRST = paymentKey(KEY);
const SECOND = paymentKey({ ...KEY, id: '701' });
const credited = (id = '700', amount = '100') =>
  normalizedOf([own('completed'), sum('credit', `c${id}`, amount)], {}, id);

function shopOf(...received: readonly ReturnType<typeof normalizedOf>[]): Shop {
  const shop = new Shop();
  shop.register();
  for (const each of received) shop.receive(each);
  return shop;
}

it.each(HOLD_REASONS)(
  'the hold reason %s advises an answer or says why none, and each answer says its effect',
  (reason) => {
    const { advised, why, release, reject } = HOLD_EXPLAINED[reason];
    expect(['release', 'reject', 'none']).toContain(advised);
    for (const sentence of [why, release ?? reject, reject]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    if (release === undefined) expect(advised).toBe('reject');
    // If Payhooks cannot know the right answer, none is advised: the sentence says what the answer depends on.
    if (advised === 'none') expect(why).toMatch(/\b(ask|wait|compare|look|register|give|release it if)\b/i);
  },
);

describe('the advice about a second payment for a paid order', () => {
  const shop = shopOf(credited(), credited('701'));
  const [advice] = holdAdvice(shop.payment(SECOND), shop.order());

  it('holdAdvice of order_already_paid advises reject and names the payment that claims the order', () => {
    expect(advice).toMatchObject({
      ...{ reason: 'order_already_paid', advised: 'reject', other: FIRST },
      release: expect.stringContaining('goods go out a second time'),
      reject: expect.stringMatching(/No more goods go out, .* give the money of this payment back/),
    });
    expect(holdAdvice(shop.payment(SECOND))[0]).not.toHaveProperty('other');
  });

  it('a released second payment is granted too; a rejected second payment is not', () => {
    const released = shopOf(credited(), credited('701'));
    const hold = released.hold('order_already_paid', released.payment(SECOND));
    released.decide(hold, 'release', released.payment(SECOND));
    const granted = [...released.payments.values()].filter(({ grant }) => grant.state === 'granted');
    expect(granted).toHaveLength(2);
    const rejected = shopOf(credited(), credited('701'));
    rejected.decide(hold, 'reject', rejected.payment(SECOND));
    expect(rejected.types.at(-1)).toBe('payment.rejected');
    expect(rejected.payment(SECOND).grant.state).toBe('none');
  });
});

it('holdAdvice of granted goods says that release keeps the goods and reject revokes, and both do so', () => {
  const held = () => {
    const shop = new Shop({ unknownOrder: 'trust' });
    shop.receive(credited());
    shop.register({ amounts: [{ currency: 'EUR', exact: '250' }] });
    return shop;
  };
  const [advice] = holdAdvice(held().only());
  expect(advice).toMatchObject({
    reason: 'amount_differs',
    release: expect.stringContaining('stay given'),
    reject: expect.stringContaining('are taken back'),
  });
  const answered = (verdict: 'release' | 'reject') => {
    const shop = held();
    const { effects } = shop.decide(shop.hold('amount_differs'), verdict);
    return { grant: shop.only().grant, holds: shop.reasons(), sent: effects.map(({ type }) => type) };
  };
  expect(answered('release')).toEqual({ grant: { epoch: 1, state: 'granted' }, holds: [], sent: [] });
  expect(answered('reject')).toEqual({
    grant: { epoch: 1, state: 'revoked' },
    holds: [],
    sent: ['payment.rejected', 'revoke'],
  });
});

const held = (over: Partial<Payment>): Payment => ({
  ...shopOf(credited()).only(),
  holds: [{ reason: 'contradictory_evidence', digest: 'd' }],
  ...over,
});

it('a denied payment and incomplete evidence cannot be released: holdAdvice advises reject as the only answer', () => {
  const denied = holdAdvice(held({ status: 'denied' }))[0];
  expect(denied).toMatchObject({
    advised: 'reject',
    why: expect.stringMatching(/^It is the only answer: its status stays denied/),
  });
  expect(denied).not.toHaveProperty('release');
  const conflicts = Array.from({ length: 20 }, (_, index) => `c${index}`);
  const many = holdAdvice(held({ conflicts, holds: [{ reason: 'conflicting_duplicate', digest: 'd' }] }))[0];
  expect(many?.why).toBe('It is the only answer: its evidence is incomplete.');
  expect(many).not.toHaveProperty('release');
});

it('holdAdvice of a payout or an authorization says that no goods and no money move and nothing is stopped', () => {
  const { reading } = held({});
  const out = holdAdvice(held({ reading: { ...reading, direction: 'out' } }))[0];
  expect(out).toMatchObject({ advised: 'none', reject: expect.stringContaining('not stopped') });
  const { direction: _, ...undirected } = reading;
  const authorization = holdAdvice(held({ reading: { ...undirected, kind: 'authorization' } }))[0];
  expect(authorization?.release).toContain('This moves no money and no goods');
});
