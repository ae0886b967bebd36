/** Negative controls of refunds, changed orders, captures, confirmations and the content of events. */
import { LEDGER_PREFIX, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import type { Effect, Order, Payment } from '../../shared/payment/types.ts';
import {
  type Control,
  isEffect,
  isRow,
  keyOf,
  normalizing,
  reading,
  readingRows,
  type StoreWrapper,
  storeOf,
  withData,
  withEffect,
  withProviders,
  writing,
} from './tools.ts';

const isOrder = (key: Parameters<typeof isRow>[0]): boolean => isRow(key, 'order');
const isPayment = (key: Parameters<typeof isRow>[0]): boolean => isRow(key, 'payment');

/** Changes effects when they are written; an effect without a result is not written. */
const effectsWritten = (change: (effect: Effect) => Effect | undefined): StoreWrapper =>
  writing((write) => {
    if (!('put' in write) || !isEffect(write.put)) return write;
    const changed = change(effectOf(write.put).effect);
    return changed === undefined ? undefined : { ...write, put: withEffect(write.put, () => changed) };
  });

const DECIDERS = ['transition', 'operator'] as const;

const refunds: readonly Control[] = [
  {
    name: 'registered refund ignored',
    breaks: 'derives the payment without the refund that the merchant registered',
    danger: 'the returned refund counts as new money, and a failed refund is not matched',
    make: () => ({
      store: storeOf(['transition'], (store) => ({
        get: async (key) => (key.sk === 'refund' ? undefined : store.get(key)),
      })),
    }),
  },
  {
    name: 'failed refund not announced',
    breaks: 'sends no refund.failed for a refund that failed or came back',
    danger: 'the shopper waits for money that the merchant has',
    make: () => ({
      store: storeOf(
        DECIDERS,
        effectsWritten((effect) => (effect.type === 'refund.failed' ? undefined : effect)),
      ),
    }),
  },
  {
    name: 'one notice for several refunds',
    breaks: 'announces only the first refund of a payment',
    danger: "the merchant's books show less than the refunded sum",
    make: () => {
      const announced = new Set<string>();
      return {
        store: storeOf(
          DECIDERS,
          effectsWritten((effect) => {
            if (!effect.type.endsWith('.refunded')) return effect;
            const isFirst = !announced.has(effect.payment);
            announced.add(effect.payment);
            return isFirst ? effect : undefined;
          }),
        ),
      };
    },
  },
  {
    name: 'refund announced again',
    breaks: 'counts a refund as a new refund each time that its payment is derived',
    danger: 'the merchant books one refund several times',
    make: () => {
      let derived = 0;
      return {
        providers: withProviders(
          reading((read, facts, context) => {
            derived += 1;
            const known = read(facts, context);
            if (known.refundsSeen === undefined) return known;
            const seen = known.refundsSeen.map((refund) => ({ ...refund, key: `${refund.key}~${derived}` }));
            return { ...known, refundsSeen: seen };
          }),
        ),
      };
    },
  },
  {
    name: 'returned refund announced as payment.refunded',
    breaks: 'announces a returned refund as payment.refunded',
    danger: 'the merchant books a second refund for the refund that failed',
    make: () => ({
      store: storeOf(
        DECIDERS,
        effectsWritten((effect) => {
          if (effect.type !== 'refund.failed' && effect.event.refund !== undefined) return effect;
          const isAboutRefund = effect.type === 'payment.refund_updated' || effect.type === 'refund.failed';
          if (!isAboutRefund) return effect;
          const { refund: _removed, ...event } = effect.event;
          return { ...effect, type: 'payment.refunded', event: { ...event, type: 'payment.refunded' } };
        }),
      ),
    }),
  },
];

const isOrderLedger = ({ pk, sk }: { readonly pk: string; readonly sk: string }): boolean =>
  pk.startsWith('order#') && sk.startsWith(LEDGER_PREFIX);

const orders: readonly Control[] = [
  {
    name: 'closed order granted',
    breaks: 'does not check whether an order is closed',
    danger: 'an order that the merchant closed is granted when a shopper pays it late',
    make: () => ({
      store: storeOf(
        ['transition'],
        readingRows<Order>(isOrder, ({ closedAt: _ignored, ...order }) => order),
      ),
    }),
  },
  {
    name: 'claim overwritten by an order change',
    races: true,
    breaks: 'writes a changed order without comparing its version',
    danger: 'the claim of a concurrent payment is lost, and the next payment is granted too',
    make: () => ({
      store: storeOf(['operator'], (store) => ({
        write: (writes) => {
          const isChange = writes.some((write) => isOrderLedger(keyOf(write)));
          return store.write(
            writes.map((write) => (isChange && isOrder(keyOf(write)) ? { ...write, when: 'always' } : write)),
          );
        },
      })),
    }),
  },
  {
    name: 'waiting payments not derived anew for a changed order',
    breaks: 'changes an order without deriving its waiting payments anew',
    danger: "a payment waits although the order's amount or date was corrected",
    make: () => ({
      queue: (queue, { role }) => ({
        send: async (body, options) => {
          const { kind, cause = '' } = JSON.parse(body) as {
            readonly kind?: string;
            readonly cause?: string;
          };
          const isChange = role === 'operator' && kind === 'reevaluate' && cause.startsWith('order ');
          if (!isChange) await queue.send(body, options);
        },
      }),
    }),
  },
  {
    name: 'change not ledgered',
    breaks: 'changes an order without a ledger row',
    danger: 'nobody can find out later who changed the order and why',
    make: () => ({
      store: storeOf(
        ['operator'],
        writing((write) => (isOrderLedger(keyOf(write)) ? undefined : write)),
      ),
    }),
  },
  {
    name: 'paid order announced as open',
    breaks: 'announces every order as open, also a claimed order',
    danger: 'the shop cancels a paid order when an earlier attempt is refused late',
    make: () => ({
      store: storeOf(
        DECIDERS,
        effectsWritten((effect) => {
          const { order } = effect.event;
          if (order === undefined) return effect;
          return {
            ...effect,
            event: { ...effect.event, order: { reference: order.reference, state: 'open' } },
          };
        }),
      ),
    }),
  },
  {
    name: 'duplicate of a reversed payment',
    breaks: 'does not check whether the claimant of an order still has its goods',
    danger: 'a shopper who paid again after a reversal gets a refund instead of the goods',
    make: () => ({ store: storeOf(DECIDERS, claimantsGranted) }),
  },
];

/** Shows every payment that an order names as `paidBy` as granted. */
const claimantsGranted: StoreWrapper = (store) => {
  let payer: string | undefined;
  return {
    get: async (key) => {
      const item = await store.get(key);
      const isClaimant = isPayment(key) && payer !== undefined && key.pk === paymentKeyOf(payer).pk;
      payer = item !== undefined && isOrder(key) ? (item.data as Order).paidBy : undefined;
      if (item === undefined || !isClaimant) return item;
      return withData<Payment>(item, (payment) => ({
        ...payment,
        grant: { ...payment.grant, state: 'granted' },
      }));
    },
  };
};

const captures: readonly Control[] = [
  {
    name: 'captures not summed',
    breaks: 'compares each capture of an authorization with the whole order',
    danger: 'an order that is captured in parts is paid but never granted',
    make: () => ({
      store: storeOf(
        DECIDERS,
        readingRows<Order>(isOrder, ({ captures: _others, ...order }) => order),
      ),
    }),
  },
  {
    name: 'captures beyond the ordered amount not held',
    breaks: 'accepts any sum of several captures that is at least the ordered amount',
    danger: 'a shopper pays 180.00 for 100.00, and no operator learns of it',
    make: () => ({
      store: storeOf(
        DECIDERS,
        readingRows<Order>(isOrder, (order) =>
          order.captures === undefined
            ? order
            : {
                ...order,
                amounts: order.amounts.map((term) =>
                  'exact' in term ? { currency: term.currency, min: term.exact, max: '100000.00' } : term,
                ),
              },
        ),
      ),
    }),
  },
  {
    name: 'capture counted in two orders',
    breaks: 'keeps a capture in the sum of an order after the capture matched its own order',
    danger: 'goods of two orders are granted for the same money',
    make: () => ({
      store: storeOf(DECIDERS, (store) => ({
        write: async (writes) => {
          const isLeft = await Promise.all(
            writes.map(async (write) => {
              if (!('put' in write) || !isOrder(write.put)) return false;
              const before = (await store.get(write.put))?.data as Order | undefined;
              const { captures = [] } = write.put.data as Order;
              return (before?.captures ?? []).some(
                ({ payment }) => !captures.some((each) => each.payment === payment),
              );
            }),
          );
          return store.write(writes.filter((_, index) => isLeft[index] !== true));
        },
      })),
    }),
  },
  {
    name: 'waiting captures not derived anew',
    breaks:
      'does not derive waiting captures anew when their authorization matches an order later, or another order',
    danger: 'an order that was paid by captures is never granted',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => {
          const isRederiving =
            'put' in write &&
            write.put.sk === 'renew' &&
            (write.put.data as { readonly cause?: string }).cause?.startsWith('order ') === true;
          return isRederiving ? undefined : write;
        }),
      ),
    }),
  },
  {
    name: 'held capture not listed',
    breaks:
      'does not list a held capture in the order, so that the capture is not derived anew when the sum changes',
    danger: 'the operator sees an outdated hold, and every answer to it is refused',
    make: () => ({
      store: storeOf(
        DECIDERS,
        writing((write) => {
          if (!('put' in write) || !isOrder(write.put)) return write;
          const counted = (order: Order): Order => ({
            ...order,
            ...(order.captures && { captures: order.captures.filter(({ held }) => held !== true) }),
          });
          return { ...write, put: withData<Order>(write.put, counted) };
        }),
      ),
    }),
  },
];

const confirmations: readonly Control[] = [
  {
    name: 'confirmation stored without its amount',
    breaks: "stores an operator's confirmation without the confirmed amount",
    danger: 'the confirmed amount is lost: the payment waits for ever, or is granted for any amount',
    make: () => ({
      store: storeOf(
        ['operator'],
        writing((write) => {
          if (!('put' in write) || !isPayment(write.put)) return write;
          const withoutAmount = (payment: Payment): Payment => ({
            ...payment,
            decisions: payment.decisions.map(({ paid: _paid, ...decision }) => decision),
          });
          return { ...write, put: withData<Payment>(write.put, withoutAmount) };
        }),
      ),
    }),
  },
  {
    name: 'confirmation lost at the next notification',
    breaks: "derives a payment from its provider's notifications alone, without the operator's confirmation",
    danger: 'the grant after a confirmation is lost with the next notification',
    make: () => ({
      store: storeOf(
        ['transition'],
        readingRows<Payment>(isPayment, (payment) => ({
          ...payment,
          decisions: payment.decisions.filter(({ verdict }) => verdict !== 'confirm'),
        })),
      ),
    }),
  },
  {
    name: 'confirmation not bound to the evidence',
    breaks: 'applies a confirmation whatever notifications came since the operator read the payment',
    danger: 'the operator confirmed the paid amount, but the payment was reversed since',
    make: () => ({
      answer: (answer, { world }) => {
        if (answer.reason !== 'waiting') return answer;
        const row = world.row(paymentKeyOf(answer.payment));
        const now = row === undefined ? undefined : waitingOf(row.data as Payment);
        return now === undefined ? answer : { ...answer, digest: now.digest };
      },
    }),
  },
];

const content: readonly Control[] = [
  {
    name: 'details taken from the first message alone',
    breaks: 'takes the details of a fulfil from the first message alone',
    danger: 'goodwill of 20 coins that comes before a purchase of 200 coins makes a fulfil for 20 coins',
    make: () => {
      let arrived = 0;
      const ranks = new Map<string, number>();
      return {
        providers: withProviders(
          normalizing((normalized) => {
            const { key, precedence } = normalized;
            if (!ranks.has(key)) {
              arrived += 1;
              ranks.set(key, arrived);
            }
            const rank = ranks.get(key) ?? arrived;
            const side = precedence?.side ?? 'for';
            return { ...normalized, precedence: { side, rank, describes: precedence?.describes ?? 'all' } };
          }),
        ),
      };
    },
  },
];

export const money: readonly Control[] = [...refunds, ...orders, ...captures, ...confirmations, ...content];
