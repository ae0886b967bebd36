/** Negative controls of refunds, changed orders, captures, confirmations, and the content of events. */
import { LEDGER_PREFIX, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import type { Effect, Order, Payment } from '../../shared/payment/types.ts';
import {
  type Control,
  isEffect,
  isRow,
  keyOf,
  reading,
  readingRows,
  type StoreWrapper,
  storeOf,
  telling,
  withData,
  withEffect,
  withProviders,
  writing,
} from './tools.ts';

const isOrder = (key: Parameters<typeof isRow>[0]): boolean => isRow(key, 'order');
const isPayment = (key: Parameters<typeof isRow>[0]): boolean => isRow(key, 'payment');

/** Changes or leaves out effects when they are written. */
const effectsWritten = (change: (effect: Effect) => Effect | undefined): StoreWrapper =>
  writing((write) => {
    if (!('put' in write) || !isEffect(write.put)) return write;
    const changed = change(effectOf(write.put).effect);
    return changed === undefined ? undefined : { ...write, put: withEffect(write.put, () => changed) };
  });

const DECIDERS = ['transition', 'operator'] as const;

const refunds: readonly Control[] = [
  {
    name: 'registered refund not looked for',
    breaks: 'derives the payment anew without the refund that was registered for it',
    danger: 'what comes back is taken for new money, and a failed refund belongs to nobody',
    make: () => ({
      store: storeOf(['transition'], (store) => ({
        get: async (key) => (key.sk === 'refund' ? undefined : store.get(key)),
      })),
    }),
  },
  {
    name: 'failed refund not announced',
    breaks: 'keeps to itself that a refund failed or came back',
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
    breaks: 'announces the first refund of a payment alone',
    danger: 'books that are kept by the notices show less than went back',
    make: () => {
      const said = new Set<string>();
      return {
        store: storeOf(
          DECIDERS,
          effectsWritten((effect) => {
            if (!effect.type.endsWith('.refunded')) return effect;
            const isFirst = !said.has(effect.payment);
            said.add(effect.payment);
            return isFirst ? effect : undefined;
          }),
        ),
      };
    },
  },
  {
    name: 'refund announced again',
    breaks: 'takes a refund for a new one each time that its payment is derived',
    danger: 'one refund is booked several times',
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
    breaks: 'says payment.refunded where a refund came back',
    danger: 'the merchant books a second refund for the one that failed',
    make: () => ({
      store: storeOf(
        DECIDERS,
        effectsWritten((effect) => {
          if (effect.type !== 'refund.failed' && effect.event.refund !== undefined) return effect;
          const isLearnt = effect.type === 'payment.refund_updated' || effect.type === 'refund.failed';
          if (!isLearnt) return effect;
          const { refund: _unsaid, ...event } = effect.event;
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
    breaks: 'does not look whether an order was closed',
    danger: 'an order that the merchant gave up is fulfilled when somebody pays it late',
    make: () => ({
      store: storeOf(
        ['transition'],
        readingRows<Order>(isOrder, ({ closedAt: _unseen, ...order }) => order),
      ),
    }),
  },
  {
    name: 'order changed over a claim',
    races: true,
    breaks: 'writes a changed order without comparing its version',
    danger: 'the claim of the payment that came meanwhile is lost, and the next one is granted, too',
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
    breaks: 'changes an order without deriving anew who stands still under it',
    danger: 'money waits for the amount or date that has long been corrected',
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
    breaks: 'changes an order without a row that says who did it and why',
    danger: 'nobody can tell afterwards why an order was paid with another amount',
    make: () => ({
      store: storeOf(
        ['operator'],
        writing((write) => (isOrderLedger(keyOf(write)) ? undefined : write)),
      ),
    }),
  },
  {
    name: 'paid order announced as open',
    breaks: 'says of every order that it is open, whoever paid it',
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
    breaks: 'does not look whether the payment that has an order still has its goods',
    danger: 'the shopper paid again after a reversal, and is refunded instead of served',
    make: () => ({ store: storeOf(DECIDERS, claimantsStand) }),
  },
];

/** Makes every payment that an order names as `paidBy` look granted. */
const claimantsStand: StoreWrapper = (store) => {
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
    danger: 'an order that ships in parts is paid and never fulfilled',
    make: () => ({
      store: storeOf(
        DECIDERS,
        readingRows<Order>(isOrder, ({ captures: _others, ...order }) => order),
      ),
    }),
  },
  {
    name: 'captures beyond the amount not held',
    breaks: 'takes whatever several captures bring for what was ordered, as long as it is enough',
    danger: 'a shopper pays 180 for 100, and nobody gives anything back',
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
    breaks: 'leaves a capture in the sum of the order that it leaves for one of its own',
    danger: 'goods of two orders are given for the same money',
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
    breaks: 'lets captures wait when their authorization finds its order, or another one, after them',
    danger: 'an order that was paid in parts is never fulfilled',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => {
          const isWaking =
            'put' in write &&
            write.put.sk === 'renew' &&
            (write.put.data as { readonly cause?: string }).cause?.startsWith('order ') === true;
          return isWaking ? undefined : write;
        }),
      ),
    }),
  },
  {
    name: 'held capture not listed',
    breaks: 'forgets a capture that is held, so that it is not derived anew when the sum changes',
    danger: 'the hold that an operator looks at is not there any more, and no answer to it is taken',
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
    name: 'confirmed without its sum',
    breaks: 'keeps that an operator confirmed a payment, and not how much',
    danger: 'whatever was typed is lost: the payment waits on, or is granted for any amount',
    make: () => ({
      store: storeOf(
        ['operator'],
        writing((write) => {
          if (!('put' in write) || !isPayment(write.put)) return write;
          const bare = (payment: Payment): Payment => ({
            ...payment,
            decisions: payment.decisions.map(({ paid: _paid, ...decision }) => decision),
          });
          return { ...write, put: withData<Payment>(write.put, bare) };
        }),
      ),
    }),
  },
  {
    name: 'confirmation lost at the next notification',
    breaks: 'derives a payment from what its provider says alone, as if nobody had confirmed it',
    danger: 'goods that were given on the word of an operator are in doubt with every message',
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
    breaks: 'a confirmation counts whatever was heard of the payment since',
    danger: 'somebody confirmed what had been paid, and it has been reversed by now',
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
    name: 'details of the first message alone',
    breaks: 'says in a fulfil what the first message said, whatever the others know better',
    danger: 'a courtesy of 20 coins that comes before a purchase of 200 makes it one of 20',
    make: () => {
      let arrived = 0;
      const ranks = new Map<string, number>();
      return {
        providers: withProviders(
          telling((normalized) => {
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
