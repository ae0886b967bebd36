/** Several payments of one order: captures of one authorization, or two attempts of which the first ends late. */
import type { AmountTerm, Order } from '../../shared/payment/types.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import type { Random } from './random.ts';
import {
  americasEvents,
  europeWriter,
  paymentwallWriter,
  type Setting,
  type Step,
  type Story,
} from './stories.ts';
import { sentAt, type Write } from './wire.ts';

/** One payment of a series, with the settings of its story. */
export interface Member {
  readonly setting: Setting;
  readonly story: Story;
  readonly worth?: string;
  /** For a capture: the id of its authorization. */
  readonly authorization?: string;
}

export interface Series {
  readonly members: readonly Member[];
  /** The terms of the order. */
  readonly order: Pick<Order, 'amounts' | 'use'> & Partial<Pick<Order, 'instalments'>>;
  /** The provider's id as a second alias of the order. */
  readonly id?: string;
  /** Other orders for a part of the series or for all of it, registered at other times. */
  readonly others?: readonly OtherOrder[];
}

interface OtherOrder extends Pick<Order, 'reference' | 'amounts' | 'aliases'> {
  readonly instalments?: true;
}

const exact = (amount: string): readonly AmountTerm[] => [{ currency: 'EUR', exact: amount }];
const CAPTURED: readonly Step[] = [
  ['Authorize', '2'],
  ['Process', '3'],
  ['Complete', '4'],
];

/** Amounts of the captures of an authorization of 100.00: their sum is 100.00, less or more. */
const SHIPMENTS: readonly (readonly string[])[] = [
  ['60.00', '40.00'],
  ['60.00', '40.00'],
  ['60.00', '40.00', '80.00'],
  ['50.00', '30.00', '20.00'],
  ['60.00', '30.00'],
  ['60.00', '100.00'],
];

/** Captures of one authorization. Each capture has its own reference; the main order names the authorization's only. */
export function capturesOf(random: Random, settings: readonly Setting[]): Series {
  const [authorization, ...captures] = settings;
  if (authorization === undefined) throw new Error('a series of captures needs an authorization');
  const amounts = random.pick(SHIPMENTS);
  const events = americasEvents(authorization);
  const authorized = events({ steps: [['Authorize', '2']], type: '1' });
  const shipped = amounts.flatMap((worth, index): Member[] => {
    const setting = captures[index];
    if (setting === undefined) return [];
    const own = { ...setting, reference: `${authorization.reference}-shipment-${index + 1}` };
    const back: readonly Step[] = random.chance(0.2) ? [['Reverse', '10']] : [];
    const steps = [...CAPTURED, ...back];
    const messages = americasEvents(own)({ steps, type: '3', parent: authorization.id, worth });
    return [{ setting: own, story: { kind: 'payment', messages }, worth, authorization: authorization.id }];
  });
  const order: Series['order'] = {
    ...{ amounts: exact('100.00'), use: 'once' as const },
    ...(random.chance(0.5) ? { instalments: true as const } : {}),
  };
  const id = random.chance(0.5) ? authorization.id : undefined;
  return {
    members: [{ setting: authorization, story: { kind: 'payment', messages: authorized } }, ...shipped],
    order,
    ...(id === undefined ? {} : { id }),
    others: random.chance(0.5) ? otherOrders(random, { shipped, order, id, authorization }) : [],
  };
}

/** Own orders for one or two captures, by id or reference; sometimes also another order for the authorization. */
function otherOrders(
  random: Random,
  of: Pick<Series, 'order'> & {
    readonly id: string | undefined;
    readonly shipped: readonly Member[];
    readonly authorization: Setting;
  },
): readonly OtherOrder[] {
  const { shipped, order, authorization } = of;
  const parts = shipped.slice(0, random.between(1, 2)).map(({ setting, worth = '0' }): OtherOrder => {
    const byId = random.chance(0.5);
    const reference = byId ? `${setting.reference}-own` : setting.reference;
    return {
      ...{ reference, amounts: exact(worth) },
      aliases: [
        ...(byId ? [{ type: 'id', value: setting.id } as const] : []),
        { type: 'reference', value: reference },
      ],
    };
  });
  if (of.id !== undefined || random.chance(0.6)) return parts;
  const reference = `${authorization.reference}-anew`;
  const aliases = [
    { type: 'id', value: authorization.id } as const,
    { type: 'reference', value: reference } as const,
  ];
  const { amounts, instalments } = order;
  return [{ reference, amounts, aliases, ...(instalments === undefined ? {} : { instalments }) }];
}

/** The end of an attempt: refused, or paid and then reversed. */
type End = 'refused' | 'reversed';

const PAID_AT = 0.3;
const LATE = 0.9;

function attempt(provider: ProviderName, setting: Setting, end: End | 'paid', endsAt: number): Story {
  const first = endsAt / 2;
  const at = (when: number, write: Write): Write => sentAt(when, write);
  if (provider === 'trustly-europe') {
    const write = europeWriter(setting);
    const credit = at(first, write(['credit', '100.00'], 2));
    const messages = [
      at(first, write(['pending', '100.00'], 1)),
      ...(end === 'refused' ? [at(endsAt, write(['cancel', '100.00'], 3))] : [credit]),
      ...(end === 'reversed' ? [at(endsAt, write(['debit', '100.00'], 4))] : []),
    ];
    return { kind: 'payment', messages };
  }
  if (provider === 'paymentwall') {
    const write = paymentwallWriter(setting);
    const messages = [
      at(first, write(end === 'refused' ? '200' : '0')),
      ...(end === 'refused' ? [at(endsAt, write('202'))] : []),
      ...(end === 'reversed' ? [at(endsAt, write('2', { reason: '1' }))] : []),
    ];
    return { kind: 'payment', messages };
  }
  const step = americasEvents(setting);
  const one = (when: number, steps: readonly Step[]): readonly Write[] =>
    step({ steps, type: '3' }).map((write) => at(when, write));
  const messages = [
    ...one(first, end === 'refused' ? CAPTURED.slice(0, 2) : CAPTURED),
    ...(end === 'refused' ? one(endsAt, [['Deny', '8']]) : []),
    ...(end === 'reversed' ? one(endsAt, [['Reverse', '10']]) : []),
  ];
  return { kind: 'payment', messages };
}

/**
 * Two attempts of a shopper. The first attempt is refused long after the second attempt was paid (the most common fault
 * in practice), or the first attempt is paid and reversed before or after the second payment.
 */
export function attemptsOf(random: Random, provider: ProviderName, settings: readonly Setting[]): Series {
  const [one, other] = settings;
  if (one === undefined || other === undefined) throw new Error('a series of attempts needs two settings');
  const end: End = random.chance(0.6) ? 'refused' : 'reversed';
  const endsAt = end === 'refused' ? LATE : random.pick([PAID_AT, LATE]);
  const worth = '100.00';
  return {
    members: [
      { setting: one, story: attempt(provider, one, end, endsAt), worth },
      {
        setting: other,
        story: attempt(provider, other, 'paid', 2 * (endsAt === LATE ? PAID_AT : 0.7)),
        worth,
      },
    ],
    order: { amounts: exact('100.00'), use: 'once' },
  };
}
