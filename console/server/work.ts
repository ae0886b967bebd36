/** What waits for an operator: holds, quarantine, undelivered events, queues and dead letters, reconciliation. */

import { listLetters } from '../../cli/commands/dlq-list.ts';
import { pausedQueues } from '../../cli/commands/pause.ts';
import { listQuarantine } from '../../cli/commands/quarantine-list.ts';
import { parked, QUEUES } from '../../cli/dlq/dead-letters.ts';
import { undeliveredEffects } from '../../cli/undelivered.ts';
import { quarantinePlace, type SentBackRow, sentBack } from '../../shared/app/operator/sent-back.ts';
import { listHolds, showPayment } from '../../shared/app/operator/views.ts';
import type { Reconciliation } from '../../shared/app/schedules/reconcile.ts';
import { openShards, orderKey, PARTITIONS } from '../../shared/app/table/keys.ts';
import { END_OF_TIME, openRows } from '../../shared/app/table/open-index.ts';
import { isOverdue, LEAST_AGE_MS } from '../../shared/app/table/overdue.ts';
import { dataOf, orderOf, paymentOf } from '../../shared/app/table/rows.ts';
import { defined } from '../../shared/payment/defined.ts';
import { otherPayment } from '../../shared/payment/index.ts';
import { isPolled } from '../../shared/providers/account.ts';
import type {
  DeadLettersView,
  HeldShown,
  HoldsView,
  NotificationShown,
  QuarantineView,
  QueuesView,
  ReconciliationView,
  SentBackShown,
  UndeliveredView,
} from '../contract.ts';
import type { Backend } from './backend.ts';
import { letterShown } from './letters.ts';
import { load, momentShown, paymentShown, undeliveredShown } from './payments.ts';
import type { Query } from './query.ts';
import { effectSentence } from './sentences.ts';
import { unlessDenied } from './unless-denied.ts';

const DAY_MS = 86_400_000;
/** How far back to look for rare items: nightly reports, messages that were sent back. */
const LOOK_BACK_DAYS = 45;
const MOST_SENT_BACK = 100;

export async function holdsView(backend: Backend, query: Query): Promise<HoldsView> {
  const { held, more } = await listHolds(backend.connection.store, query.limit(200, 1_000));
  return { held: await Promise.all(held.map((each) => heldShown(backend, each))), more };
}

type Held = Awaited<ReturnType<typeof listHolds>>['held'][number];

async function heldShown(backend: Backend, held: Held): Promise<HeldShown> {
  const { store } = backend.connection;
  const row = held.orderReference === undefined ? undefined : await store.get(orderKey(held.orderReference));
  const order = row === undefined ? undefined : orderOf(row);
  const isConflict = held.holds.some(({ reason }) => reason === 'conflicting_duplicate');
  return {
    ...held,
    advice: held.advice.map((each) => ({
      ...each,
      ...defined({ other: otherPayment(each, held.payment, order) }),
    })),
    expected: order?.amounts ?? [],
    sides: isConflict ? await sidesOf(backend, held) : [],
  };
}

/** The notifications with one id of which one was not applied, each with what it says about money. */
async function sidesOf({ connection, contents }: Backend, { payment }: Held): Promise<HeldShown['sides']> {
  const view = await showPayment(connection.store, payment, contents);
  const notifications = (view?.timeline ?? [])
    .map(momentShown)
    .filter((moment): moment is NotificationShown => moment.what === 'notification');
  return [...Map.groupBy(notifications, ({ key }) => key)]
    .filter(([, same]) => same.some((each) => each.as === 'conflict'))
    .map(([key, same]) => ({
      key,
      notifications: [
        ...same.filter((each) => each.as !== 'conflict'),
        ...same.filter((each) => each.as === 'conflict'),
      ],
    }));
}

export async function quarantineView(backend: Backend, query: Query): Promise<QuarantineView> {
  const limit = query.limit(100, 10_000);
  const { accounts } = backend.connection.config;
  const [all, back] = await Promise.all([
    backend.quarantined(),
    sentBackShown(
      backend,
      accounts.map((each) => [quarantinePlace(each), `${each.provider}/${each.account}`]),
    ),
  ]);
  return { ...listQuarantine(all, { all: query.is('all'), limit }), sentBack: back };
}

/** @param places each with its name in the list */
async function sentBackShown(
  { connection, now }: Backend,
  places: readonly (readonly [place: string, title: string])[],
): Promise<readonly SentBackShown[]> {
  const titles = new Map(places);
  const since = new Date(now() - LOOK_BACK_DAYS * DAY_MS).toISOString();
  const rows = await sentBack(connection.store, [...titles.keys()], since);
  const shown = ({ at, by, note, where, id, correlationId, payment }: SentBackRow): SentBackShown => ({
    ...{ at, by, note, where: titles.get(where) ?? where, id },
    ...defined({ correlationId, payment }),
  });
  return rows.map(shown).toReversed().slice(0, MOST_SENT_BACK);
}

const MOST_OPEN = 1_000;

/** The events that are late or given up, and the number of the others in the outbox, up to MOST_OPEN of each shard. */
export async function undeliveredNow({ connection: { store }, now }: Backend) {
  const [late, ...shards] = await Promise.all([
    undeliveredEffects(store, now()),
    ...openShards('effect').map((shard) => store.open(shard, END_OF_TIME, MOST_OPEN)),
  ]);
  const undelivered = [...late.undelivered.values()].flat();
  const open = undelivered.filter(({ state }) => state !== 'failed');
  return { undelivered, onTheirWay: Math.max(0, shards.flat().length - open.length), more: late.more };
}

export async function undeliveredView(backend: Backend): Promise<UndeliveredView> {
  const { undelivered, onTheirWay, more } = await undeliveredNow(backend);
  const keys = [...new Set(undelivered.map(({ payment }) => payment))];
  const payments = new Map((await load(backend, keys)).map((each) => [each.key, each]));
  const events = undelivered.flatMap((effect) => {
    const payment = payments.get(effect.payment);
    if (payment === undefined) return [];
    return [
      {
        ...undeliveredShown(effect),
        payment: payment.key,
        orderReference: payment.orderReference ?? null,
        status: payment.status,
        says: effectSentence(effect),
      },
    ];
  });
  return { events: events.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1)), onTheirWay, more };
}

const MOST_PARKED = 1_000;

export async function queuesView(backend: Backend): Promise<QueuesView> {
  const { connection } = backend;
  const paused = await unlessDenied(pausedQueues(connection), undefined);
  const queues = await Promise.all(
    QUEUES.map(async (name) => {
      const [queue, dead, rows] = await Promise.all([
        depthsOf(connection, name),
        depthsOf(connection, `${name}-dlq`),
        parked(connection, name, MOST_PARKED),
      ]);
      return {
        ...{ name, ...queue, deadLetters: dead.visible + dead.inFlight, parked: rows.length },
        ...defined({ paused: paused?.[name] }),
      };
    }),
  );
  return {
    queues,
    sentBack: await sentBackShown(
      backend,
      QUEUES.map((name) => [name, name]),
    ),
  };
}

async function depthsOf({ clients, queueUrl }: Backend['connection'], name: string) {
  const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await queueUrl(name),
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}

export async function deadLettersView({ connection }: Backend, query: Query): Promise<DeadLettersView> {
  const { depths, letters } = await listLetters(connection, {
    queues: QUEUES,
    limit: query.limit(100, 1_000),
  });
  return { depths, letters: letters.map(letterShown) };
}

const MOST_REPORTS = 1_000;
const MOST_WAITING = 200;

export async function reconciliationView(backend: Backend): Promise<ReconciliationView> {
  const { store, config } = backend.connection;
  const now = backend.now();
  const after = new Date(now - LOOK_BACK_DAYS * DAY_MS).toISOString();
  const rows = await store.query(PARTITIONS.reconciliation, { limit: MOST_REPORTS, after });
  const row = rows.at(-1);
  const waiting = await openRows(store, ['waiting'], {
    until: END_OF_TIME,
    most: MOST_WAITING,
    keep: (each) => paymentOf(each).holds.length === 0,
  });
  const late = await openRows(store, ['underway'], {
    until: new Date(now - LEAST_AGE_MS.underway).toISOString(),
    most: MOST_WAITING,
    keep: (each) => isOverdue(paymentOf(each), now),
  });
  return {
    ...(row === undefined ? {} : { last: { ...dataOf<Reconciliation>(row), at: row.sk } }),
    accounts: config.accounts.map((account) => ({
      ...{ provider: account.provider, account: account.account, isPolled: isPolled(account) },
    })),
    waiting: [...waiting.rows, ...late.rows].map((each) => paymentShown(paymentOf(each), new Map())),
    more: waiting.more || late.more,
  };
}
