/** The list of requests shows a summary of a text that may be unverified. */
import { describe, expect, it } from 'vitest';
import { summaryIn } from '../../console/server/summary.ts';
import { parseConfig } from '../../infra/config.ts';
import type { ProviderName } from '../../shared/providers/index.ts';

const { accounts } = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
    { provider: 'trustly-europe', account: 'demo' },
    { provider: 'trustly-americas', account: 'demo' },
  ],
});
const summary = (
  provider: ProviderName,
  text: string,
  method = provider === 'paymentwall' ? 'GET' : 'POST',
) => {
  const account = accounts.find((each) => each.provider === provider);
  if (account === undefined) throw new Error(provider);
  const isQuery = method === 'GET';
  const target = `/somewhere${isQuery ? `?${text}` : ''}`;
  return summaryIn({ method, target, rawHeaders: [], body: Buffer.from(isQuery ? '' : text) }, account);
};
const credit = (data: object) =>
  JSON.stringify({
    ...{ method: 'credit', version: '1.1' },
    params: {
      ...{ signature: 'AAAA', uuid: '3a5c9a52-60c3-4b7a-bca8-36c43de02c23' },
      data: {
        ...{ amount: '902.50', currency: 'EUR', messageid: 'order-1', orderid: '6053366731' },
        ...{ enduserid: 'shopper-7', notificationid: '4919518466', timestamp: '2026-11-30 00:00:53.793+00' },
        ...{ attributes: {}, ...data },
      },
    },
  });
const PINGBACK =
  'uid=shopper-7&goodsid=gold&slength=&speriod=&type=2&ref=b17&reason=2&refund_amount=2.50&sign_version=3&sig=00';

describe('summaryIn', () => {
  it.each([
    [
      'trustly-europe',
      credit({}),
      { event: 'credit', amount: '902.50 EUR', id: '6053366731', order: 'order-1' },
    ],
    ['paymentwall', PINGBACK, { event: 'negative', amount: '2.50', id: 'b17', order: 'gold' }],
    [
      'trustly-americas',
      'merchantId=1&merchantReference=order-4&paymentType=2&transactionType=3&eventId=7&eventType=Complete&objectId=90&objectType=Transaction&createdAt=1795996853792&status=4',
      { event: 'Complete', id: '90', order: 'order-4' },
    ],
  ] as const)(
    'summaryIn reads the event, the id and the order from a request of %s',
    (provider, text, expected) => {
      expect(summary(provider, text)).toEqual(expected);
    },
  );

  it.each([
    ['not JSON', 'trustly-europe', '{'],
    ['empty', 'trustly-americas', ''],
    ['of another provider', 'paymentwall', 'a=1'],
  ] as const)('summaryIn returns undefined for a text that is %s', (_, provider, text) => {
    expect(summary(provider, text)).toBeUndefined();
  });

  it('summaryIn returns undefined for a pingback sent with POST', () => {
    expect(summary('paymentwall', PINGBACK, 'POST')).toBeUndefined();
  });
});

describe('the summary of a text that nobody verified', () => {
  it('a summary has at most 81 characters in a value, and no invisible or direction-changing character', () => {
    const found = summary('trustly-europe', credit({ messageid: `a\u202eb\u200bc${'x'.repeat(60)}` }));
    expect(found?.order ?? '').not.toMatch(/[\u202e\u200b]/);
    for (const value of Object.values(found ?? {})) expect(value.length).toBeLessThanOrEqual(81);
  });

  it('a summary has no user, no signature and no notification id', () => {
    const text = JSON.stringify([summary('trustly-europe', credit({})), summary('paymentwall', PINGBACK)]);
    expect(text).not.toMatch(/shopper-7|AAAA|4919518466/);
  });
});
