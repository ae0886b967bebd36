/**
 * Negative controls: the system with one mistake that occurs in real payment systems. The simulation must notice every
 * mistake. If it does not notice a mistake, an invariant is missing.
 *
 * A control does not change deployed code. It wraps a port of the handlers (table, queue, shop, provider) and makes the
 * system behave as if it had the mistake.
 */

import type { Item, Key, Write } from '../../shared/app/ports.ts';
import { EFFECT_PREFIX, paymentKeyOf } from '../../shared/app/table/keys.ts';
import type { Effect, Facts, Order, Payment, ReadFacts } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import type { ReceivedRequest } from '../../shared/providers/received.ts';
import { money } from './money.ts';
import {
  type Control,
  eventOf,
  isEffect,
  isRow,
  keyOf,
  normalizing,
  type ProviderChange,
  reading,
  readingRows,
  type StoreWrapper,
  storeOf,
  withData,
  withEffect,
  withProviders,
  writing,
} from './tools.ts';

// --- intake ----------------------------------------------------------------------------------------------------

const intake: readonly Control[] = [
  {
    name: 'ack before enqueue',
    breaks: 'answers 200 before the queue has accepted the message',
    danger:
      'if the process crashes or SQS refuses the message, the provider never sends the notification again',
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
    breaks: 'answers 200 although the queue refused the message',
    danger: 'a throttled queue loses payments',
    make: () => ({
      queue: (queue, { role }) =>
        role === 'intake' ? { send: (body, options) => queue.send(body, options).catch(() => {}) } : queue,
    }),
  },
  {
    name: 'retry dropped before enqueue',
    breaks:
      'stores a message as known before it is enqueued, and answers a retry 200 without enqueuing it (as a FIFO deduplication window does)',
    danger: 'the retry of a message that was not enqueued is lost too',
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
    breaks: 'accepts a message whose signature does not match',
    danger: 'anybody on the internet can report a payment',
    make: () => ({ providers: withProviders(acceptingUnsigned('everything')) }),
  },
  {
    name: 'parse before verify',
    breaks:
      'parses the content before it verifies the signature, and quarantines what does not fit the schema',
    danger: 'strangers fill the quarantine and learn how Payhooks reads their forgery',
    make: () => ({ providers: withProviders(acceptingUnsigned('malformed')) }),
  },
];

/** Accepts messages without a valid signature: all of them, or only malformed ones, which are quarantined. */
function acceptingUnsigned(what: 'everything' | 'malformed'): ProviderChange {
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
    danger: 'two workers find the row writable at the same time: facts are lost, and goods are granted twice',
    make: () => ({
      store: storeOf(['transition', 'operator'], (store) => ({
        write: async (writes) => {
          const refused: { index: number; existing?: Item }[] = [];
          for (const [index, write] of writes.entries()) {
            const existing = await store.get(keyOf(write));
            const { when } = write;
            const version = existing?.version;
            const isWritable =
              when === 'always' ||
              (when === 'absent' && existing === undefined) ||
              (when === 'present' && existing !== undefined) ||
              (typeof when === 'object' && version === when.versionIs);
            if (!isWritable) refused.push({ index, ...(existing === undefined ? {} : { existing }) });
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
    danger: 'one of two concurrent notifications is overwritten',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        writing((write) => (isRow(keyOf(write), 'payment') ? { ...write, when: 'always' } : write)),
      ),
    }),
  },
  {
    name: 'no event row',
    breaks: 'does not store which notifications were processed',
    danger: 'nobody can prove which notifications were received, and a conflicting duplicate is applied',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => (isRow(keyOf(write), 'event') ? undefined : write)),
      ),
    }),
  },
  {
    name: 'event row without condition',
    breaks: 'writes the event row even if there is one already',
    danger: 'if two copies with different content are processed at the same time, both are applied',
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
    breaks: 'replaces the facts of the payment with those of each message instead of joining them',
    danger: 'a late notification of an earlier status undoes a refund',
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
    breaks: "counts only the message with the provider's latest timestamp",
    danger: 'clocks and retries of the providers decide who gets goods',
    make: () => ({ providers: withProviders(newestWins) }),
  },
  {
    name: 'paid amount not compared',
    breaks: "never compares the paid amount with the order's amount",
    danger: 'a shopper pays 1.00 and gets the goods for 100.00',
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
    breaks: 'counts every credit of an order as an instalment',
    danger:
      'a deposit that is too small is refunded, the refund comes back, and goods are granted for half the money',
    make: () => ({
      providers: withProviders(
        reading((read, facts, context) => read(facts, { ...context, instalments: true })),
      ),
    }),
  },
  {
    name: 'reversal ignored',
    breaks: 'keeps a payment paid after its reversal',
    danger: 'the shopper keeps the goods after the money went back',
    make: () => ({ providers: withProviders(reading(withoutReversals)) }),
  },
  {
    name: 'revoke not written',
    breaks: 'records the reversal but creates no revoke',
    danger: 'the status is right, but the shop does not take the goods back',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => (eventOf(write)?.type === 'revoke' ? undefined : write)),
      ),
    }),
  },
  {
    name: 'two payments for one order',
    breaks: 'does not store which payment an order was granted for',
    danger: 'a shopper who pays twice gets the goods twice, and the second payment is never refunded',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        readingRows<Order>(
          (key) => isRow(key, 'order'),
          ({ paidBy: _ignored, ...order }) => order,
        ),
      ),
    }),
  },
  {
    name: 'duplicate not derived anew after a reversal',
    breaks: 'does not derive the other payments of an order anew when the claimant is reversed',
    danger: 'the only valid payment is announced as a duplicate, and the merchant refunds it',
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
    breaks: "writes the claim of an order without comparing the order's version",
    danger: 'two payments claim the order at the same moment',
    make: () => ({
      store: storeOf(
        ['transition', 'operator'],
        writing((write) => (isRow(keyOf(write), 'order') ? { ...write, when: 'always' } : write)),
      ),
    }),
  },
  {
    name: 'duplicates found by ref alone',
    breaks: 'Paymentwall: takes every later pingback with the same ref for a duplicate',
    danger: 'a chargeback has the ref of its payment and is never applied',
    make: () => ({
      providers: withProviders(
        normalizing((normalized) => {
          const [ref = ''] = normalized.key.split('/');
          return normalized.key === ref ? normalized : { ...normalized, key: ref, material: {} };
        }),
      ),
    }),
  },
  {
    name: 'conflicting duplicate taken for a duplicate',
    breaks: 'compares only the id of a notification and not its content',
    danger: 'an altered message or a mistake of the provider is not noticed',
    make: () => ({
      providers: withProviders(normalizing((normalized) => ({ ...normalized, material: {} }))),
    }),
  },
  {
    name: 'one of two payments held',
    breaks: 'if two contents under one id name two payments, holds only the payment of the first content',
    danger: 'the shopper of the other payment has paid, and that payment shows no hold',
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
    breaks: 'absorbs a duplicate without publishing the pending effects of its first copy',
    danger: 'if a worker dies between its write and its publish, the shop gets no fulfil',
    make: () => ({
      sweeps: false,
      store: storeOf(['transition'], (store) => ({
        query: async (pk, options) => (options.prefix === EFFECT_PREFIX ? [] : store.query(pk, options)),
      })),
    }),
  },
  {
    name: 'publish failure swallowed',
    breaks: 'marks an effect as queued although the queue refused it',
    danger: 'no message delivers the fulfil',
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
    breaks: 'delivers the event before its transaction is written',
    danger: 'a transaction that is refused or decided anew has already granted goods',
    make: () => ({
      store: storeOf(['transition', 'operator'], (store, { world, invocation }) => ({
        write: async (writes) => {
          for (const write of writes) {
            const event = write.when === 'absent' ? eventOf(write) : undefined;
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
    breaks: 'reports success for the whole batch although one message of it failed',
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
    breaks: 'a payment without an order writes no mark, and does not check that the order is still absent',
    danger: 'an order that is registered at the same moment never finds its payment',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => (keyOf(write).pk.startsWith('alias#') ? undefined : write)),
      ),
    }),
  },
  {
    name: 'absence of the order not checked',
    races: true,
    breaks: 'writes the mark, but does not check in the same transaction that the order is still absent',
    danger:
      'an order that is registered between the read and the mark finds no payment, and both wait for ever',
    make: () => ({
      store: storeOf(
        ['transition'],
        writing((write) => ('check' in write ? undefined : write)),
      ),
    }),
  },
];

/** Prefixes each code with the timestamp of its message, and reads only the codes with the latest timestamp. */
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

/** Leaves out the facts and codes that report a reversal. */
const withoutReversals = (
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
    name: 'new idempotency key for each attempt',
    breaks: 'gives every delivery attempt its own idempotency key',
    danger: 'if the worker dies after the shop got the event, the next attempt grants the goods again',
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
    breaks: 'writes `delivered` when the attempt begins and not when the shop has answered',
    danger: 'after one failed attempt the shop never gets the event',
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
    breaks: 'counts an error of the shop as a delivery',
    danger: 'a shop that is down for a minute loses its events',
    make: () => ({
      target: (target) => ({
        ...target,
        deliver: (event, signal) => target.deliver(event, signal).catch(() => {}),
      }),
    }),
  },
  {
    name: 'no fence before a delivery',
    breaks: 'delivers a fulfil without checking that its grant is still valid',
    danger: 'goods are granted after the money went back',
    make: () => ({ store: storeOf(['fulfilment'], alwaysGranted) }),
  },
  {
    name: 'outdated notice delivered',
    breaks: 'delivers a notice although a later notice says the opposite',
    danger: 'a shop that was unavailable receives payment.paid after payment.reversed',
    make: () => ({ store: storeOf(['fulfilment', 'operator'], noLaterNotices) }),
  },
  {
    name: 'fulfil redriven after revoke',
    breaks: 'a redriven message delivers its effect again, whatever state the effect has',
    danger: 'a redrive of the dead-letter queue grants goods that were revoked',
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
    breaks: 'reads the grant from an eventually consistent copy',
    danger: 'the fence uses the state from before the reversal',
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
    danger: 'a worker delivers a fulfil that another worker has just superseded',
    make: () => ({
      store: storeOf(
        ['fulfilment'],
        writing((write) => (isEffect(keyOf(write)) ? { ...write, when: 'always' } : write)),
      ),
    }),
  },
  {
    name: 'event rendered anew for each attempt',
    breaks: "renders the event at each attempt, from the payment's present state",
    danger: 'one idempotency key has two contents, and the merchant cannot trust either',
    make: () => ({
      target: (target, { world }) => ({
        ...target,
        deliver: (event, signal) =>
          target.deliver({ ...event, occurredAt: new Date(world.engine.now).toISOString() }, signal),
      }),
    }),
  },
  {
    name: 'due time of an effect ignored',
    breaks: 'makes the next attempt for every message of an effect, before the time that the row names',
    danger: 'copies and sweeps use up the attempts, and two days of attempts end within hours',
    make: () => ({
      store: storeOf(
        ['fulfilment'],
        readingRows<Effect>(isEffect, ({ notBefore: _ignored, ...effect }) => effect),
      ),
    }),
  },
  {
    name: 'effect failed after one attempt',
    breaks: 'marks an effect as failed after its first failed attempt',
    danger: 'without a backoff, a deployment of the shop loses events',
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

/** Hides the sequence of notices from the fence; the rows are written with the right sequence. */
const noLaterNotices: StoreWrapper = (store, seam) => ({
  query: async (pk, options) =>
    (await store.query(pk, options)).map((item) =>
      isEffect(item)
        ? withEffect(item, (effect) => (effect.name.startsWith('n') ? { ...effect, sequence: 0 } : effect))
        : item,
    ),
  ...writing((write) =>
    'put' in write && isEffect(write.put)
      ? {
          ...write,
          put: withEffect(write.put, (effect) => ({ ...effect, sequence: effect.event.sequence })),
        }
      : write,
  )(store, seam),
});

/** Shows every grant to the fence as granted, in the newest epoch. */
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
 * The intact system, also behind the wrappers that the controls use. It must pass every seed; otherwise a noticed
 * control proves nothing.
 */
export const BASELINES: readonly Pick<Control, 'name' | 'make'>[] = [
  { name: 'as deployed', make: () => ({}) },
  { name: 'without the sweeper', make: () => ({ sweeps: false }) },
  {
    name: 'through wrappers that change nothing',
    make: () => ({
      providers: withProviders((provider) => ({ ...normalizing((normalized) => normalized)(provider) })),
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
    breaks: 'registers an order without deriving its waiting payments anew',
    danger: 'a payment that came before its order is held for ever',
    make: () => ({
      queue: (queue, { role }) => (role === 'merchant' ? { send: async () => {} } : queue),
    }),
  },
];

// --- operators and orders --------------------------------------------------------------------------------------

const operators: readonly Control[] = [
  {
    name: 'registered order not matched to a known payment',
    breaks: "registers an order under a payment's own id without deriving that payment anew",
    danger: 'a payment that is held under the wrong order waits for a notification that never comes',
    make: () => ({
      store: storeOf(['merchant'], (store) => ({
        get: async (key) => (isRow(key, 'payment') ? undefined : store.get(key)),
      })),
    }),
  },
  {
    name: 'operator decision not bound to the evidence',
    breaks: "applies an operator's answer to the hold that the payment has when the answer arrives",
    danger: 'the operator released 90.00 for 100.00, but the payment is now 7.00',
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
    breaks: 'redelivers an effect under a new idempotency key',
    danger: 'the shop cannot recognize the event and gives the goods a second time',
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
    breaks: 'deletes a dead letter although its queue has not accepted the copy',
    danger: 'the last copy of a notification is lost',
    make: () => ({
      queue: (queue, { role }) =>
        role === 'operator' ? { send: (body, options) => queue.send(body, options).catch(() => {}) } : queue,
    }),
  },
];

// --- polls and questions ---------------------------------------------------------------------------------------

const isDecision = (write: Write): boolean => keyOf(write).sk === 'decision';

const pollsAndQuestions: readonly Control[] = [
  {
    name: 'confirmed amount ignored',
    breaks: "when a poll confirms a payment, uses the order's amount instead of the confirmed amount",
    danger: 'a shopper pays 90.00 and gets the goods for 100.00',
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
    breaks: 'a payment that waits for its amount writes no row for the confirmer',
    danger: 'the payment is paid, but waits for ever',
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
    danger: 'the provider pays out a balance that the merchant has not debited',
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
    breaks: 'asks the merchant about a withdrawal whose balance was debited for an earlier question',
    danger: 'the balance is debited twice for one withdrawal',
    make: () => ({
      store: storeOf(['intake'], (store, seam) => {
        const isTakenRow = (key: Key): boolean => key.sk === 'taken';
        return {
          get: async (key) => (isTakenRow(key) ? undefined : store.get(key)),
          ...writing((write) => (isTakenRow(keyOf(write)) ? undefined : write))(store, seam),
        };
      }),
    }),
  },
  {
    name: 'answer of a question not stored before it is sent',
    breaks: 'answers a question without storing the answer first',
    danger: 'a copy of the question, or another content under its id, gets another answer',
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
  ...operators,
  ...pollsAndQuestions,
  ...money,
];
