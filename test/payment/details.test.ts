/** The details in fulfil and revoke do not depend on the order of arrival, for all three providers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinDetails, joinRankedDetails } from '../../shared/payment/details.ts';
import type { Details, MerchantEvent, NormalizedEvent } from '../../shared/payment/index.ts';
import { transition } from '../../shared/payment/index.ts';
import { child, dispute, own } from '../providers/trustly-americas/support.ts';
import {
  AMERICAS,
  americas,
  content,
  EUROPE,
  europe,
  goodsPingback,
  PAYMENTWALL,
  paymentStatus,
  permutations,
  pingback,
  Road,
  type Setting,
  transaction,
} from './messages.ts';

const partial = pingback({ type: '2', reason: '10', currency: '-50' });
const purchase = pingback({ type: '0', currency: '200' });
const reviewed = pingback({ type: '201', currency: '190' });
const review = pingback({ type: '200', currency: '180' });
const chargeback = pingback({ type: '2', reason: '1', currency: '-200' });
const goodwill = pingback({ type: '1', currency: '20' });

/** The fulfils of each order of arrival, when the order is registered after all messages. */
function fulfils(messages: readonly NormalizedEvent[], setting: Setting): readonly MerchantEvent[] {
  return permutations(messages).flatMap((each) =>
    new Road(setting)
      .receive(...each)
      .register()
      .events('fulfil'),
  );
}

describe('the quantity in fulfil', () => {
  it.each([
    ['a partial reversal and the purchase', [partial, purchase], '200'],
    ['a courtesy credit and the purchase', [goodwill, purchase], '200'],
    ['a review, a courtesy credit and the purchase', [review, goodwill, purchase], '200'],
    ['the purchase and its release after a review', [reviewed, purchase], '200'],
    ['a review and its release', [review, reviewed], '190'],
    ['a review that Payment Status says is over', [review, paymentStatus({ risk: 'approved' })], '180'],
    ['a courtesy credit alone', [goodwill], '20'],
  ])(
    'fulfil has the coins of the message with the highest precedence, in every order of arrival: %s',
    (_name, messages, coins) => {
      const sent = fulfils(messages, PAYMENTWALL);
      expect(sent.length).toBeGreaterThan(0);
      expect(new Set(sent.map(({ details }) => details.coins))).toEqual(new Set([coins]));
    },
  );

  it('a negative quantity is never delivered in fulfil', () => {
    const negative = { ...purchase, details: { ...purchase.details, coins: '-50' } };
    const [sent] = fulfils([negative], PAYMENTWALL);
    expect(sent?.details).toEqual({ eventType: 'regular', code: '0' });
  });

  it('fulfil has the subscription length of the purchase, not of a partial reversal', () => {
    const messages = [
      goodsPingback({ type: '2', reason: '10', slength: '-5', speriod: 'month' }),
      goodsPingback({ type: '0', slength: '5', speriod: 'month' }),
    ];
    for (const { details } of fulfils(messages, PAYMENTWALL)) {
      expect(details.subscription).toEqual({ length: '5', period: 'month' });
    }
    expect.assertions(2);
  });

  it('fulfil has the goods of the purchase, or those of a reversal when only the reversal names goods', () => {
    const reversal = goodsPingback({ type: '2', reason: '10', goodsid: 'silver' });
    const bought = goodsPingback({ type: '0' });
    const paid = paymentStatus({ risk: 'approved' });
    const goodsOf = (...messages: readonly NormalizedEvent[]) =>
      fulfils(messages, PAYMENTWALL).map(({ details }) => details.goods);
    expect(goodsOf(reversal, bought)).toEqual([['gold'], ['gold']]);
    expect(goodsOf(reversal, paid)).toEqual([['silver'], ['silver']]);
  });
});

describe('another quantity in a message after the grant', () => {
  it('a purchase after a granted courtesy credit sends payment.at_risk with the coins of the purchase', () => {
    const road = new Road(PAYMENTWALL).register().receive(goodwill, purchase);
    expect(road.events('fulfil')[0]?.details.coins).toBe('20');
    expect(road.events('payment.at_risk').map(({ details }) => details.coins)).toEqual(['200']);
  });

  it('payment.at_risk is not sent when the purchase came before the courtesy credit or the coins are equal', () => {
    expect(new Road(PAYMENTWALL).register().receive(purchase, goodwill).count('payment.at_risk')).toBe(0);
    const same = pingback({ type: '201', currency: '200' });
    expect(new Road(PAYMENTWALL).register().receive(purchase, same).count('payment.at_risk')).toBe(0);
  });
});

describe('the codes and reasons of fulfil and revoke', () => {
  it('fulfil has the codes of the purchase, revoke the codes of the chargeback', () => {
    const road = new Road(PAYMENTWALL).register().receive(purchase, chargeback);
    expect(road.events('fulfil')[0]?.details).toEqual({ eventType: 'regular', code: '0', coins: '200' });
    expect(road.events('revoke')[0]?.details).toEqual({
      ...{ eventType: 'negative', code: '2', reason: 'chargeback', reasonCode: '1', coins: '200' },
    });
  });

  it('a revoke after an operator’s reject has no codes and no reason', () => {
    const road = new Road({ ...PAYMENTWALL, order: { endUser: 'u' } }).register().receive(purchase);
    const other = { ...pingback({ type: '201', currency: '200' }), endUser: 'v' };
    expect(road.receive(other).reject().events('revoke')[0]?.details).toEqual({ coins: '200' });
  });

  it('a refund changes neither eventType nor paymentType nor transactionType in fulfil', () => {
    const refund = americas({ ...child('4', 'Complete', '4'), merchantReference: 'refund-1' });
    const complete = americas(own('Complete', '4', { parentObjectId: '400', paymentType: '2' }));
    for (const { details } of fulfils([refund, complete], AMERICAS)) {
      expect(details).toEqual({
        ...{ eventType: 'Complete', paymentType: '2', transactionType: '3', parentId: '400' },
      });
    }
    expect.assertions(2);
  });
});

/** For each provider the messages of one payment. Some take the money back. */
const HISTORIES: readonly (readonly [string, Setting, readonly NormalizedEvent[]])[] = [
  ['Paymentwall, virtual currency', PAYMENTWALL, [partial, purchase, review, goodwill, chargeback]],
  [
    'Paymentwall, digital goods with an amount',
    PAYMENTWALL,
    [
      goodsPingback({ type: '0', slength: '5', speriod: 'month' }),
      goodsPingback({ type: '201', slength: '3', speriod: 'month', goodsid: 'silver' }),
      goodsPingback({ type: '2', reason: '10', slength: '-5', speriod: 'month' }),
      goodsPingback({ type: '2', reason: '9' }),
      paymentStatus({ amount: '9.99', currency: 'EUR', risk: 'approved' }),
    ],
  ],
  [
    'Trustly Americas',
    AMERICAS,
    [
      americas(
        own('Authorize', '2', { parentObjectId: '400', 'paymentProviderTransaction.status': 'AC100' }),
      ),
      americas(own('Complete', '4', { parentObjectId: '400', paymentType: '2' })),
      americas(child('4', 'Complete', '4')),
      americas({ ...dispute(), objectId: '7', objectType: 'Case' }),
      americas(own('Reverse', '10', { errorCode: '331' })),
    ],
  ],
  [
    'Trustly Americas, confirmed by the API',
    { ...AMERICAS, policy: { amountCheck: 'required' } },
    [
      americas(own('Completed', '2', { 'paymentProviderTransaction.status': 'SW030' })),
      americas(child('4', 'Process', '3')),
      transaction({ transactionId: '500', transactionType: 3, status: 4, currency: 'EUR', amount: '10.00' }),
      americas(child('5', 'Complete', '4', '901')),
      americas(own('Update', '4', { paymentType: '3' })),
    ],
  ],
  [
    'Trustly Europe',
    EUROPE,
    [
      europe('pending', { notificationid: '1', amount: '100', currency: 'EUR' }),
      europe('credit', { notificationid: '2', amount: '100', currency: 'EUR' }),
      europe('payoutfailed', {
        ...{ notificationid: '3', amount: '100', currency: 'EUR' },
        errorcode: 'incorrect_account_number',
      }),
      europe('payoutconfirmation', { notificationid: '4', amount: '40', currency: 'EUR' }),
      europe('debit', { notificationid: '5', amount: '100', currency: 'EUR' }),
    ],
  ],
];

type Contents = ReadonlyMap<string, ReadonlySet<string>>;
const isAtOdds = (byEarlier: Contents): boolean => [...byEarlier.values()].some((texts) => texts.size > 1);

/**
 * The contents of each fulfil and revoke, by the set of messages before the event.
 * @param isEnough ends the search early: a control needs only one difference
 */
function contents(
  setting: Setting,
  messages: readonly NormalizedEvent[],
  core: typeof transition,
  isEnough: (found: Contents) => boolean = () => false,
): Contents {
  const contents = new Map<string, Set<string>>();
  for (const arranged of permutations(messages)) {
    // The order is registered before the messages, or after the first `known` of them.
    for (let known = 0; known <= arranged.length; known += 1) {
      const road = new Road(setting, core);
      const earlier: string[] = [];
      for (const [index, message] of [...arranged, undefined].entries()) {
        const before = road.effects.length;
        if (index === known) road.register();
        if (message !== undefined) earlier.push(message.key);
        for (const effect of road.effects.slice(before)) note(contents, earlier.slice(0, -1), effect.event);
        const then = road.effects.length;
        if (message !== undefined) road.receive(message);
        for (const effect of road.effects.slice(then)) note(contents, earlier, effect.event);
      }
      if (isEnough(contents)) return contents;
    }
  }
  return contents;
}

function note(contents: Map<string, Set<string>>, earlier: readonly string[], event: MerchantEvent): void {
  if (event.type !== 'fulfil' && event.type !== 'revoke') return;
  const key = `${event.type} ${[...earlier].sort().join(' ')}`;
  contents.set(key, (contents.get(key) ?? new Set()).add(JSON.stringify(content(event))));
}

describe('the details of fulfil and revoke in every permutation of the messages', () => {
  it.each(HISTORIES)(
    'every permutation of the messages gives equal details in fulfil and revoke: %s',
    (_name, setting, messages) => {
      const byEarlier = contents(setting, messages, transition);
      for (const [when, texts] of byEarlier) expect([when, [...texts]]).toEqual([when, [[...texts][0]]]);
      const kinds = new Set([...byEarlier.keys()].map((key) => key.split(' ')[0]));
      expect(kinds).toEqual(new Set(['fulfil', 'revoke']));
    },
  );

  /** The former rule: the details of the first message, with the details of the message that causes the event. */
  const firstArrived: typeof transition = (world, input, context) => {
    const made = transition(world, input, context);
    const ofMessage: Details = input.type === 'normalized' ? input.normalized.details : {};
    const { coins, subscription, goods, parentId } = ofMessage;
    const lasting = Object.fromEntries(
      Object.entries({ coins, subscription, goods, parentId }).filter(([, value]) => value !== undefined),
    );
    const details = { ...lasting, ...world.payment?.details };
    const effects = made.effects.map((effect) => ({
      ...effect,
      event: { ...effect.event, details: { ...details, ...ofMessage } },
    }));
    return { ...made, payment: { ...made.payment, details }, effects };
  };

  it.each(HISTORIES)(
    'control: %s finds a core that keeps the details of the first message',
    (_name, setting, messages) => {
      expect(isAtOdds(contents(setting, messages, firstArrived, isAtOdds))).toBe(true);
    },
  );
});

describe('joining details', () => {
  const rank = fc.constantFrom(0, 1, 20);
  const described = fc.record(
    {
      coins: fc.record({ rank, value: fc.constantFrom('1', '20', '3') }),
      goods: fc.record({ rank, value: fc.constantFrom(['a'], ['b'], ['a', 'b']) }),
      granting: fc.record({ rank, value: fc.constantFrom({ code: '1' }, { eventType: 'x' }, {}) }),
    },
    { requiredKeys: [] },
  );

  it('joinRankedDetails is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(described, described, described, (a, b, c) => {
        expect(joinRankedDetails(a, b)).toEqual(joinRankedDetails(b, a));
        expect(joinRankedDetails(joinRankedDetails(a, b), c)).toEqual(
          joinRankedDetails(a, joinRankedDetails(b, c)),
        );
        expect(joinRankedDetails(a, a)).toEqual(a);
      }),
    );
  });

  it('a row of an older version keeps its details except a negative quantity', () => {
    const old = new Road(PAYMENTWALL).receive(goodwill).payment;
    if (old === undefined) throw new Error('no payment');
    const { described: _, ...row } = old;
    const road = new Road(PAYMENTWALL);
    road.payment = { ...row, details: { coins: '-50', goods: ['gold'] } };
    expect(road.receive(purchase).payment?.details).toEqual({ coins: '200', goods: ['gold'] });
    road.payment = { ...row, details: { coins: '150' } };
    expect(road.receive(review).payment?.details).toEqual({ coins: '150' });
    expect(road.register().payment?.details).toEqual({ coins: '150' });
  });
});

describe('joinDetails: details by the precedence of a message', () => {
  const details: Details = { goods: ['gold'], coins: '5', paymentType: '2', reason: 'why' };
  const added = (precedence: NormalizedEvent['precedence'], of: Details = details) =>
    joinDetails({ details: {} }, { details: of, precedence } as NormalizedEvent).described;

  it.each([
    ['for', 'all', { goods: 7, coins: 7, paymentType: 7, granting: 7 }],
    ['for', 'kind', { goods: 7, paymentType: 7, granting: 7 }],
    ['for', 'nothing', { granting: 7 }],
    ['against', 'all', { goods: 1_007, paymentType: 1_007, ending: 7 }],
    ['against', 'kind', { goods: 1_007, paymentType: 1_007, ending: 7 }],
    ['against', 'nothing', { ending: 7 }],
  ] as const)(
    'a message %s the payment that describes %s ranks its details by its precedence',
    (side, describes, ranks) => {
      const found = Object.entries(added({ side, rank: 7, describes })).map(([name, { rank }]) => [
        name,
        rank,
      ]);
      expect(Object.fromEntries(found)).toEqual(ranks);
    },
  );

  it('the message of the smaller rank names the goods of two messages against the payment', () => {
    const of = (rank: number, goods: string) =>
      added({ side: 'against', rank, describes: 'kind' }, { goods: [goods] });
    expect(joinRankedDetails(of(1, 'b'), of(2, 'a')).goods?.value).toEqual(['b']);
  });
});
