/**
 * Negative controls: the same system with one part broken, each a mistake that occurs in real payment systems. The
 * simulation must notice every one; if it does not notice one, an invariant is missing.
 *
 * Deployed code is not changed: a control stands between the handlers and a port (table, queue, shop, provider) and
 * makes the system behave as if it had the mistake.
 */

import type { Item, Key, Write } from '../../shared/app/ports.ts';
import { EFFECT_PREFIX, paymentKeyOf } from '../../shared/app/table/keys.ts';
import type { Effect, Facts, Order, Payment, ReadFacts } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import type { ReceivedRequest } from '../../shared/providers/received.ts';
import { money } from './money.ts';
import {
  anyEvent,
  type Control,
  isEffect,
  isRow,
  keyOf,
  type ProviderChange,
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

// --- intake ----------------------------------------------------------------------------------------------------

const intake: readonly Control[] = [
  {
    name: 'ack before enqueue',
    breaks: 'answers before the queue has accepted the message',
    danger: 'a crash or a refused send in between, and the provider never comes again',
    make: () => ({
      queue: (queue, { role }) => {
        if (role !== 'intake') return queue;
        return {
          send: async (body, options) => {
            queue.send(body, options).catch(() => {});
          },
        };
      },
    }),
  },
  {
    name: '2xx on enqueue failure',
    breaks: 'swallows the error of a send that the queue refused',
    danger: 'throttling becomes lost payments',
    make: () => ({
      queue: (queue, { role }) =>
        role === 'intake' ? { send: (body, options) => queue.send(body, options).catch(() => {}) } : queue,
    }),
  },
  {
    name: 'retry dropped before enqueue',
    breaks:
      'remembers a message as seen before it is enqueued, and acknowledges the retry unseen (as a FIFO deduplication window does)',
    danger: 'the retry that would have saved the message is thrown away',
    make: () => {
      const seen = new Set<string>();
      return {
        queue: (queue, { role }) => {
          if (role !== 'intake') return queue;
          return {
            send: async (body, options) => {
              const { digest } = JSON.parse(body) as { digest: string };
              if (seen.has(digest)) return;
              seen.add(digest);
              await queue.send(body, options);
            },
          };
        },
      };
    },
  },
  {
    name: 'signature not checked',
    breaks: 'a message whose signature does not match is read all the same',
    danger: 'anybody on the internet can report a payment',
    make: () => ({ providers: withProviders(believing('everything')) }),
  },
  {
    name: 'parse before verify',
    breaks: 'looks at the content before the signature, and sets aside what does not fit the schema',
    danger: 'strangers fill the quarantine, and learn how their forgery was read',
    make: () => ({ providers: withProviders(believing('what is malformed')) }),
  },
];

/** Verifies, but accepts unsigned messages: all of them, or those whose content would be set aside. */
function believing(what: 'everything' | 'what is malformed'): ProviderChange {
  return (provider) => ({
    verify: (request: ReceivedRequest, account: Account, keys: unknown) => {
      const verdict = provider.verify(request, account, keys);
      if (verdict.authentic) return verdict;
      const message = request.method === 'GET' ? request.rawQuery : Buffer.from(request.body).toString();
      const base = { authentic: true, keyId: 'current', variant: 'sha1', message, remarks: [] } as const;
      try {
        const notification = provider.parse(message, account);
        return what === 'everything' ? { ...base, notification } : verdict;
      } catch {
        return { ...base, quarantine: 'malformed' };
      }
    },
  });
}

// --- transition ------------------------------------------------------------------------------------------------

const transition: readonly Control[] = [
  {
    name: 'check then insert',
    breaks: 'reads whether a row may be written, then writes without a condition',
    danger: 'two workers both find it free: lost facts, two grants',
    make: () => ({
      store: storeOf(['transition', 'operator'], (store) => ({
        write: async (writes) => {
          const refused: { index: number; existing?: Item }[] = [];
          for (const [index, write] of writes.entries()) {
            const existing = await store.get(keyOf(write));
            const { when } = write;
            const version = existing?.version;
            const free =
              when === 'always' ||
              (when === 'absent' && existing === undefined) ||
              (when === 'present' && existing !== undefined) ||
              (typeof when === 'object' && version === when.versionIs);
            if (!free) refused.push({ index, ...(existing === undefined ? {} : { existing }) });
          }
          if (refused.length > 0) return { ok: false, refused };
          return store.write(
            writes.filter((write) => !('check' in write)).map((write) => ({ ...write, when: 'always' })),
          );
        },
      })),
    }),
  },
  {
    name: 'unfenced version',
    breaks: 'writes the payment without comparing its version',
    danger: 'of two notifications at once, one is overwritten',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        writing((write) => (isRow(keyOf(write), 'payment') ? { ...write, when: 'always' } : write)),
      ),
    }),
  },
  {
    name: 'no event row',
    breaks: 'does not write down which notifications were processed',
    danger: 'nobody can prove what was received, and other content under a known id overwrites',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => (isRow(keyOf(write), 'event') ? undefined : write)),
      ),
    }),
  },
  {
    name: 'event row without condition',
    breaks: 'writes the event row even where one stands',
    danger: 'of two copies with different content processed at once both are applied',
    make: () => ({
      store: storeOf(['transition'], (store) => ({
        get: async (key) => (isRow(key, 'event') ? undefined : store.get(key)),
        ...writing((write) => (isRow(keyOf(write), 'event') ? { ...write, when: 'always' } : write))(
          store,
          undefined as never,
        ),
      })),
    }),
  },
  {
    name: 'last arrival wins',
    breaks: 'each message replaces what was known of the payment instead of joining it',
    danger: 'a late "processed" undoes a refund',
    make: () => ({
      store: storeOf(
        ['transition'],
        readingRows<Payment>(
          (key) => isRow(key, 'payment'),
          (payment) => ({ ...payment, facts: {} }),
        ),
      ),
    }),
  },
  {
    name: 'newest timestamp wins',
    breaks: "only the message with the latest of the provider's own times counts",
    danger: "providers' clocks and retries decide who gets goods",
    make: () => ({ providers: withProviders(newestWins) }),
  },
  {
    name: 'amount ignored',
    breaks: 'never compares what was paid with what was ordered',
    danger: 'pay 1, get the goods for 100',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        readingRows<Order>(
          (key) => isRow(key, 'order'),
          (order) => ({ ...order, amounts: order.amounts.map(({ currency }) => ({ currency, open: true })) }),
        ),
      ),
    }),
  },
  {
    name: 'returned refund counted as money',
    breaks: 'takes every credit of an order for an instalment',
    danger:
      'a deposit that is too small is refunded, the refund comes back, and the goods go out for half the money',
    make: () => ({
      providers: withProviders(
        reading((read, facts, context) => read(facts, { ...context, instalments: true })),
      ),
    }),
  },
  {
    name: 'reversal forgotten',
    breaks: 'once paid, a payment stays paid',
    danger: 'goods stay out after the money is back with the buyer',
    make: () => ({ providers: withProviders(reading(onceMorePaid)) }),
  },
  {
    name: 'revoke not written',
    breaks: 'notices the reversal, but owes the merchant no revoke',
    danger: 'the status is right and the goods are gone',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => (anyEvent(write)?.type === 'revoke' ? undefined : write)),
      ),
    }),
  },
  {
    name: 'two payments for one order',
    breaks: 'forgets which payment an order was granted to',
    danger: 'a buyer who pays twice gets the goods twice and is never refunded',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        readingRows<Order>(
          (key) => isRow(key, 'order'),
          ({ paidBy: _forgotten, ...order }) => order,
        ),
      ),
    }),
  },
  {
    name: 'duplicate not derived anew after a reversal',
    breaks: 'derives nobody anew when the payment that has an order is reversed',
    danger: 'the only payment that is left is called a duplicate, and is refunded',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        writing((write) => (keyOf(write).sk === 'renew' ? undefined : write)),
      ),
    }),
  },
  {
    name: 'order claimed without a condition',
    races: true,
    breaks: 'writes who paid an order without comparing its version',
    danger: 'two payments at the same moment both win it',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        writing((write) => (isRow(keyOf(write), 'order') ? { ...write, when: 'always' } : write)),
      ),
    }),
  },
  {
    name: 'dedupe by ref alone',
    breaks: 'Paymentwall: takes every further pingback about a ref for a copy of the first',
    danger: 'chargebacks carry the ref of their payment: none is ever heard',
    make: () => ({
      providers: withProviders(
        telling((normalized) => {
          const [ref = ''] = normalized.key.split('/');
          return normalized.key === ref ? normalized : { ...normalized, key: ref, material: {} };
        }),
      ),
    }),
  },
  {
    name: 'conflicting duplicate taken for a duplicate',
    breaks: 'looks at the id alone, never at whether the content is the same',
    danger: 'a message altered on its way, or a mistake of the provider, passes in silence',
    make: () => ({ providers: withProviders(telling((normalized) => ({ ...normalized, material: {} }))) }),
  },
  {
    name: 'one of two payments held',
    breaks: 'of two contents under one id that name two payments, holds only the one that came first',
    danger: 'the shopper of the other one has paid, and nobody who looks at that payment learns of it',
    make: () => ({
      store: storeOf(['transition'], (store) => ({
        write: async (writes) => {
          const isOfOther = writes.some(
            (write) =>
              'put' in write &&
              isRow(write.put, 'payment') &&
              (write.put.data as Payment).conflicts.length > 0 &&
              Object.keys((write.put.data as Payment).facts).length === 0,
          );
          return isOfOther ? { ok: true } : store.write(writes);
        },
      })),
    }),
  },
  {
    name: 'duplicate path returns early',
    breaks: 'a known notification is acknowledged without publishing what its first copy left pending',
    danger: 'a worker that died between its write and its publish has fulfilled nobody',
    make: () => ({
      sweeps: false,
      store: storeOf(['transition'], (store) => ({
        query: async (pk, options) => (options.prefix === EFFECT_PREFIX ? [] : store.query(pk, options)),
      })),
    }),
  },
  {
    name: 'publish failure swallowed',
    breaks: 'an effect that could not be put on its queue is marked as queued',
    danger: 'the goods wait for a message that nobody sent',
    make: () => ({
      sweeps: false,
      queue: (queue, { role }) =>
        role === 'transition'
          ? { send: (body, options) => queue.send(body, options).catch(() => {}) }
          : queue,
    }),
  },
  {
    name: 'effect before state',
    breaks: 'tells the shop before the transaction that decides it has been written',
    danger: 'a transaction that is refused or decided anew has already sent goods',
    make: () => ({
      store: storeOf(['transition', 'operator'], (store, { world, invocation }) => ({
        write: async (writes) => {
          for (const write of writes) {
            const event = write.when === 'absent' ? anyEvent(write) : undefined;
            if (event === undefined) continue;
            await world.shop
              .targetFor(invocation)
              .deliver(event, AbortSignal.abort())
              .catch(() => {});
          }
          return store.write(writes);
        },
      })),
    }),
  },
  {
    name: 'partial batch ignored',
    breaks: 'reports success for the whole batch when one message of it failed',
    danger: 'SQS deletes the failed message with the others',
    make: () => ({
      worker: (handler, { role }) => {
        if (role !== 'transition') return handler;
        return async (event, context) => {
          await handler(event, context);
          return { batchItemFailures: [] };
        };
      },
    }),
  },
  {
    name: 'no waiting mark',
    breaks: 'a payment without an order leaves no mark, and does not check that the order is still absent',
    danger: 'an order registered at the same moment never finds its payment',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => (keyOf(write).pk.startsWith('alias#') ? undefined : write)),
      ),
    }),
  },
  {
    name: 'absence not checked',
    races: true,
    breaks:
      'leaves the waiting mark, but does not check in the same transaction that the order is still absent',
    danger: 'between look and mark the order is registered, finds nobody waiting, and both wait for ever',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => ('check' in write ? undefined : write)),
      ),
    }),
  },
];

/** Codes get the message's own time as a prefix; only the newest message's codes are read. */
const newestWins: ProviderChange = (provider) => ({
  normalize: (notification: unknown, account: Account) => {
    const normalized = provider.normalize(notification, account);
    const { fields } = notification as { fields?: Readonly<Record<string, string>> };
    if (account.provider !== 'trustly-americas' || fields?.createdAt === undefined) return normalized;
    const stamped = Object.entries(normalized.facts).map(([key, { codes, amounts }]) => [
      key,
      { codes: codes.map((code) => `${fields.createdAt}@${code}`), amounts },
    ]);
    return { ...normalized, facts: Object.fromEntries(stamped) as Facts };
  },
  readFacts: (facts, context) => provider.readFacts(newestOf(facts), context),
});

function newestOf(facts: Facts): Facts {
  const times = Object.values(facts).flatMap(({ codes }) =>
    codes.flatMap((code) => code.split('@').slice(0, -1)),
  );
  const newest = times.sort().at(-1);
  if (newest === undefined) return facts;
  const kept = Object.entries(facts).map(([key, { codes, amounts }]) => [
    key,
    {
      codes: codes
        .filter((code) => code.startsWith(`${newest}@`))
        .map((code) => code.slice(newest.length + 1)),
      amounts,
    },
  ]);
  return Object.fromEntries(kept) as Facts;
}

/** Leaves out codes that take money back, unless there are no others. */
const onceMorePaid = (
  read: ReadFacts,
  facts: Facts,
  context: Parameters<ReadFacts>[1],
): ReturnType<ReadFacts> => {
  const takesBack = /^(?:negative|debit|reverse)\//;
  const kept = Object.entries(facts)
    .filter(([key]) => !takesBack.test(key))
    .map(([key, { codes, amounts }]) => [
      key,
      { codes: codes.filter((code) => !code.endsWith(':10')), amounts },
    ]);
  return read(Object.fromEntries(kept) as Facts, context);
};

// --- fulfilment ------------------------------------------------------------------------------------------------

const fulfilment: readonly Control[] = [
  {
    name: 'crash after effect',
    breaks: 'gives every attempt its own idempotency key',
    danger: 'an attempt that worked, but died before it was written down, is repeated as if it were new',
    make: () => {
      let attempt = 0;
      return {
        target: (target) => ({
          ...target,
          deliver: (event, signal) => {
            attempt += 1;
            return target.deliver({ ...event, id: `${event.id}~${attempt}` }, signal);
          },
        }),
      };
    },
  },
  {
    name: 'effect marked delivered before delivery',
    breaks: 'writes "delivered" when it takes the effect up, not when the shop has taken it',
    danger: 'one failed delivery, and the buyer never gets anything',
    make: () => ({
      store: storeOf(
        ['fulfilment'],
        writing((write) => {
          if (!('put' in write) || !isEffect(write.put)) return write;
          const { state } = write.put.data as Effect;
          return state === 'delivering'
            ? { ...write, put: withEffect(write.put, (effect) => ({ ...effect, state: 'delivered' })) }
            : write;
        }),
      ),
    }),
  },
  {
    name: 'delivery failure swallowed',
    breaks: 'takes an error of the shop for a delivery',
    danger: 'a shop that is down for a minute loses its orders',
    make: () => ({
      target: (target) => ({
        ...target,
        deliver: (event, signal) => target.deliver(event, signal).catch(() => {}),
      }),
    }),
  },
  {
    name: 'fence left out',
    breaks: 'delivers a fulfil without looking whether its grant still stands',
    danger: 'goods go out after the money went back',
    make: () => ({ store: storeOf(['fulfilment'], alwaysGranted) }),
  },
  {
    name: 'outdated notice delivered',
    breaks: 'sends a notice although a later one says the opposite',
    danger: 'a shop that was away reads "paid" behind "reversed"',
    make: () => ({ store: storeOf(['fulfilment', 'operator'], noLaterNotices) }),
  },
  {
    name: 'fulfil redriven after revoke',
    breaks: 'a redriven message delivers its effect again, whatever became of it',
    danger: 'redriving a dead-letter queue hands out goods that were taken back',
    make: () => ({
      store: storeOf(['fulfilment'], (store, seam) => {
        const granted = alwaysGranted(store, seam);
        return {
          ...granted,
          query: async (pk, options) =>
            (await store.query(pk, options)).map((item) => {
              const { state, type } = item.data as Effect;
              if (!isEffect(item) || state !== 'superseded' || type !== 'fulfil') return item;
              return withEffect(item, (effect) => ({ ...effect, state: 'queued' }));
            }),
        };
      }),
    }),
  },
  {
    name: 'stale read before delivery',
    breaks: 'asks an eventually consistent copy whether the grant stands',
    danger: 'the fence sees the world as it was before the reversal',
    make: () => {
      const first = new Map<string, Item>();
      return {
        store: storeOf(['fulfilment'], (store) => ({
          get: async (key) => {
            const item = await store.get(key);
            if (item === undefined || !isRow(key, 'payment')) return item;
            const known = first.get(key.pk);
            if (known === undefined) first.set(key.pk, item);
            return known ?? item;
          },
        })),
      };
    },
  },
  {
    name: 'lease without condition',
    races: true,
    breaks: 'takes the lease of an effect without comparing its version',
    danger: 'a worker delivers goods that another one has just taken back',
    make: () => ({
      store: storeOf(
        ['fulfilment'],
        writing((write) => (isEffect(keyOf(write)) ? { ...write, when: 'always' } : write)),
      ),
    }),
  },
  {
    name: 'event made anew for each attempt',
    breaks: 'renders the event when it is sent, from the payment as it is then',
    danger: 'the same idempotency key carries two contents: the merchant cannot trust either',
    make: () => ({
      target: (target, { world }) => ({
        ...target,
        deliver: (event, signal) =>
          target.deliver({ ...event, occurredAt: new Date(world.engine.now).toISOString() }, signal),
      }),
    }),
  },
  {
    name: 'backoff kept by the message alone',
    breaks:
      'whichever message comes first makes the next attempt, whatever the row says about when it is due',
    danger: 'every copy and every sweep spends attempts: two days of trying are over in hours',
    make: () => ({
      store: storeOf(
        ['fulfilment'],
        readingRows<Effect>(isEffect, ({ notBefore: _ignored, ...effect }) => effect),
      ),
    }),
  },
  {
    name: 'gives up at the first failure',
    breaks: 'marks an effect as failed instead of trying it again',
    danger: 'no backoff: a deployment of the shop costs orders',
    make: () => ({
      store: storeOf(
        ['fulfilment'],
        writing((write) => {
          if (!('put' in write) || !isEffect(write.put)) return write;
          const { state } = write.put.data as Effect;
          return state === 'queued'
            ? { ...write, put: withEffect(write.put, (effect) => ({ ...effect, state: 'failed' })) }
            : write;
        }),
      ),
    }),
  },
];

/** Hides from the fence that one notice is later than another; the rows are written unchanged. */
const noLaterNotices: StoreWrapper = (store, seam) => {
  const isNotice = ({ name }: Effect): boolean => name.startsWith('n');
  const read = readingRows<Effect>(isEffect, (effect) =>
    isNotice(effect) ? { ...effect, sequence: 0 } : effect,
  )(store, seam);
  const restored = writing((write) =>
    'put' in write && isEffect(write.put)
      ? {
          ...write,
          put: withEffect(write.put, (effect) => ({ ...effect, sequence: effect.event.sequence })),
        }
      : write,
  )(store, seam);
  return { ...read, ...restored };
};

/** Shows the fence every grant as standing, at the newest epoch that ever began. */
const alwaysGranted: StoreWrapper = (store) => ({
  get: async (key) => {
    const item = await store.get(key);
    if (item === undefined || !isRow(key, 'payment')) return item;
    return withData<Payment>(item, (payment) => ({
      ...payment,
      grant: { ...payment.grant, state: 'granted' },
    }));
  },
});

// --- baselines --------------------------------------------------------------------------------------------------

/**
 * The intact system behind the same wrappers that the controls use: it must pass every seed, or a control proves
 * nothing.
 */
export const BASELINES: readonly Pick<Control, 'name' | 'make'>[] = [
  { name: 'as deployed', make: () => ({}) },
  { name: 'without publishing again', make: () => ({ sweeps: false }) },
  {
    name: 'through wrappers that change nothing',
    make: () => ({
      providers: withProviders((provider) => ({ ...telling((normalized) => normalized)(provider) })),
      store: storeOf(
        ['transition', 'fulfilment', 'operator', 'merchant', 'intake', 'confirmer'],
        (store, seam) => ({
          ...readingRows(
            () => true,
            (data) => data,
          )(store, seam),
          ...writing((write) => write)(store, seam),
        }),
      ),
      queue: (queue) => ({ send: (body, options) => queue.send(body, options) }),
      target: (target) => ({ ...target, deliver: (event, signal) => target.deliver(event, signal) }),
      worker: (handler) => handler,
      client: (client) => ({ ...client }),
      ask: (ask) => (question, keys, patienceMs) => ask(question, keys, patienceMs),
      answer: (answer) => ({ ...answer }),
    }),
  },
];

// --- merchant --------------------------------------------------------------------------------------------------

const merchant: readonly Control[] = [
  {
    name: 'waiting payments not derived anew for an order',
    breaks: 'registering an order does not derive anew who waits for it',
    danger: 'a payment that came before its order is held for ever',
    make: () => ({
      queue: (queue, { role }) => (role === 'merchant' ? { send: async () => {} } : queue),
    }),
  },
];

// --- people ----------------------------------------------------------------------------------------------------

const people: readonly Control[] = [
  {
    name: 'order for a known payment not looked for',
    breaks:
      "registering an order under a payment's own id does not derive a payment anew that follows another order",
    danger: 'a payment held for the wrong order waits for news that never come',
    make: () => ({
      store: storeOf(['merchant'], (store) => ({
        get: async (key) => (isRow(key, 'payment') ? undefined : store.get(key)),
      })),
    }),
  },
  {
    name: 'operator decision not bound to the evidence',
    breaks: 'an answer covers whatever the payment is held for by the time it arrives',
    danger: 'somebody released 90.00 for 100.00, and it is 7.00 by now',
    make: () => ({
      answer: (answer, { world }) => {
        const row = world.row(paymentKeyOf(answer.payment));
        const holds = (row?.data as Payment | undefined)?.holds ?? [];
        const now = holds.find(({ reason }) => reason === answer.reason) ?? holds[0];
        return now === undefined ? answer : { ...answer, reason: now.reason, digest: now.digest };
      },
    }),
  },
  {
    name: 'redelivery under a new idempotency key',
    breaks: 'an effect that an operator sends again gets an idempotency key of its own',
    danger: 'the shop cannot know it for what it is, and gives the goods a second time',
    make: () => ({
      store: storeOf(
        ['operator'],
        writing((write) => {
          if (!('put' in write) || !isEffect(write.put)) return write;
          const renamed = (effect: Effect): Effect => ({
            ...effect,
            event: { ...effect.event, id: `${effect.event.id}~${effect.redeliveries}` },
          });
          return { ...write, put: withEffect(write.put, renamed) };
        }),
      ),
    }),
  },
  {
    name: 'dead letter deleted without a redrive',
    breaks: 'takes a message from the dead-letter queue although its queue has not accepted it',
    danger: 'the last copy of a payment is gone',
    make: () => ({
      queue: (queue, { role }) =>
        role === 'operator' ? { send: (body, options) => queue.send(body, options).catch(() => {}) } : queue,
    }),
  },
];

// --- what is asked ---------------------------------------------------------------------------------------------

const isDecision = (write: Write): boolean => keyOf(write).sk === 'decision';

const asking: readonly Control[] = [
  {
    name: 'confirmed amount ignored',
    breaks: 'takes the word that a payment was made for the amount that the order expects',
    danger: 'paid 90.00, fulfilled for 100.00',
    make: () => ({
      providers: withProviders(
        reading((read, facts, context) => {
          const known = read(facts, context);
          const [term] = context.amounts ?? [];
          if (known.moved.length === 0 || term === undefined || !('exact' in term)) return known;
          return { ...known, moved: [{ amount: term.exact, currency: term.currency }] };
        }),
      ),
    }),
  },
  {
    name: 'waiting payment not polled',
    breaks: 'a payment that waits for its amount leaves nothing for the confirmer to find',
    danger: 'it waits for ever, paid and not fulfilled',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => (keyOf(write).sk === 'confirmation' ? undefined : write)),
      ),
    }),
  },
  {
    name: 'unanswered question answered OK',
    breaks: 'answers OK to a question that the merchant did not answer in time',
    danger: 'pays out a balance that nobody took',
    make: () => ({
      ask: (ask) => async (question, keys, patienceMs) => {
        const response = await ask(question, keys, patienceMs);
        if (response.answered) return response;
        const status = question.asks === 'debit' ? 'OK' : 'CONTINUE';
        return { answered: true, text: JSON.stringify({ id: question.id, status }) };
      },
    }),
  },
  {
    name: 'earlier question of the withdrawal ignored',
    breaks: 'asks the merchant about a withdrawal whose balance another question has taken',
    danger: 'the balance is taken twice for one withdrawal',
    make: () => ({
      store: storeOf(['intake'], (store, seam) => {
        const isMemory = (key: Key): boolean => key.sk === 'taken';
        return {
          get: async (key) => (isMemory(key) ? undefined : store.get(key)),
          ...writing((write) => (isMemory(keyOf(write)) ? undefined : write))(store, seam),
        };
      }),
    }),
  },
  {
    name: 'answer of a question not stored before it is sent',
    breaks: 'answers a question without writing the answer down first',
    danger: 'a copy of the question, or another one under its id, is answered anew and otherwise',
    make: () => ({
      store: storeOf(
        ['intake'],
        writing((write) => (isDecision(write) ? undefined : write)),
      ),
    }),
  },
];

export const CONTROLS: readonly Control[] = [
  ...intake,
  ...transition,
  ...fulfilment,
  ...merchant,
  ...people,
  ...asking,
  ...money,
];
