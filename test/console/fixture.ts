/**
 * A console's server without a stack, for the development and the tests of the page. The answers are deterministic, and
 * the number of payments is free. The views and filters are those of the real server (console/server), the rows are
 * invented.
 */
import { lexer } from 'marked';
import type {
  ActionName,
  Capabilities,
  DashboardDetail,
  EffectShown,
  FlowView,
  HeldShown,
  LatencyView,
  MomentShown,
  NotificationShown,
  OrderShown,
  PaymentDetail,
  PaymentShown,
  RequestShown,
  SettledAs,
} from '../../console/contract.ts';
import { doneSays } from '../../console/server/done.ts';
import { newestFirst, pageOf } from '../../console/server/paging.ts';
import { holdAdvice } from '../../shared/payment/index.ts';
import { sumMoney } from '../../shared/payment/money.ts';
import { HOLD_REASONS, STATUSES, type Status } from '../../shared/payment/types.ts';

interface FixtureAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface Fixture {
  /** @param path what follows BASE, with its query: "api/v1/payments?status=paid" */
  get(path: string): FixtureAnswer;
  /** Records the action, and answers that it is done. */
  post(path: string, body: unknown): FixtureAnswer;
  readonly posted: readonly { readonly name: string; readonly body: unknown }[];
}

/** The time of the newest row. */
const FIXTURE_NOW = Date.parse('2026-11-21T12:00:00.000Z');
const STEP_MS = 37_000;
const PREFIX = 'api/v1/';

const ACCOUNTS = [
  { provider: 'trustly-americas', account: 'shop', method: 'POST' },
  { provider: 'trustly-europe', account: 'shop', method: 'POST' },
  { provider: 'paymentwall', account: 'goods', method: 'GET' },
] as const;
const SOME = ['paid', 'paid', 'paid', 'paid', 'in_review', 'refunded', 'pending', 'disputed'] as const;

const at = (index: number, later = 0): string =>
  new Date(FIXTURE_NOW - index * STEP_MS + later).toISOString();
const digestOf = (index: number): string => index.toString(16).padStart(32, '0');
const accountOf = (index: number) => ACCOUNTS[index % ACCOUNTS.length] ?? ACCOUNTS[0];
const isHeldAt = (index: number): boolean => index % 50 === 3;
const isRejectedAt = (index: number): boolean => index % 400 === 24;
const reasonOf = (index: number) => HOLD_REASONS[((index / 50) % HOLD_REASONS.length) | 0] ?? 'regrant';
/** Whether the order of the payment is not registered. */
const isUnknown = (index: number): boolean =>
  index % 11 === 5 || (isHeldAt(index) && reasonOf(index) === 'unknown_order');
const statusOf = (index: number): Status =>
  isHeldAt(index)
    ? 'paid'
    : index < STATUSES.length
      ? (STATUSES[index] ?? 'paid')
      : (SOME[index % SOME.length] ?? 'paid');
const idOf = (index: number): string => String(1_000_000_000 + index);
export const keyOf = (index: number): string => {
  const { provider, account } = accountOf(index);
  return `${provider}:${account}:${idOf(index)}`;
};
const moneyOf = (index: number) => [{ amount: `${10 + (index % 90)}.${index % 2}0`, currency: 'EUR' }];

function paymentOf(index: number): PaymentShown {
  const { provider, account } = accountOf(index);
  const status = statusOf(index);
  const isHeld = isHeldAt(index);
  const isUndelivered = index % 200 === 7;
  const isPaid = ['paid', 'refunded', 'disputed'].includes(status);
  return {
    payment: keyOf(index),
    ...{ provider, account, id: idOf(index), status },
    holds: isHeld ? [{ reason: reasonOf(index), digest: digestOf(index) }] : [],
    grant:
      isPaid && !isHeld && !isRejectedAt(index)
        ? { epoch: 1, state: 'granted' }
        : { epoch: 0, state: 'none' },
    orderReference: isUnknown(index) ? null : `order-${idOf(index)}`,
    moved: isPaid || isHeld ? moneyOf(index) : [],
    returned: status === 'refunded' ? moneyOf(index) : [],
    undelivered: isUndelivered
      ? [
          {
            ...{ id: `${keyOf(index)}#1#fulfil`, type: 'fulfil', state: 'failed', attempts: 14 },
            ...{ lastFailure: 'unavailable', createdAt: at(index, -5_000), updatedAt: at(index) },
          },
        ]
      : [],
    test: index % 40 === 1,
    ...(isRejectedAt(index) ? { rejected: true, due: { sum: moneyOf(index), isUnknown: false } } : {}),
    firstSeenAt: at(index, -5_000),
    updatedAt: at(index),
  };
}

const orderOf = (index: number): OrderShown => ({
  ...{ reference: `order-${idOf(index)}`, kind: 'payment', use: 'once', version: 2 },
  state: paymentOf(index).grant.state === 'granted' ? 'claimed' : index % 9 === 8 ? 'closed' : 'open',
  amounts: [{ currency: 'EUR', exact: moneyOf(index)[0]?.amount ?? '10.00' }],
  ...(paymentOf(index).grant.state === 'granted' ? { paidBy: keyOf(index) } : {}),
  registeredAt: at(index, -60_000),
});

function notificationOf(index: number, as: NotificationShown['as'], later: number): NotificationShown {
  const isConflict = as === 'conflict';
  return {
    ...{
      at: at(index, later),
      what: 'notification',
      key: `n${idOf(index)}`,
      keyId: 'current',
      variant: 'v2',
    },
    ...{ digest: digestOf(index + later), as, correlationId: `request-${index}` },
    caused: as === 'applied' ? [eventOf(index).name] : [],
    says: isConflict
      ? 'A conflicting duplicate, which does not count: another notification with the same id and other content came first.'
      : 'It counts for this payment. Its signature fits the account’s current key.',
    ...(isHeldForConflict(index)
      ? {
          content: {
            entries: [
              {
                entry: `own/${idOf(index)}`,
                codes: ['paid'],
                amounts: [`${isConflict ? '9999.00' : '12.00'} EUR`],
              },
            ],
          },
        }
      : {}),
  };
}

const isHeldForConflict = (index: number): boolean =>
  paymentOf(index).holds.some(({ reason }) => reason === 'conflicting_duplicate');

/** The first event that the merchant gets about the payment. */
const eventOf = (index: number) =>
  isHeldAt(index)
    ? ({ name: 'n1#payment.held', type: 'payment.held' } as const)
    : ({ name: '1#fulfil', type: 'fulfil' } as const);

function effectOf(index: number): EffectShown {
  const { name, type } = eventOf(index);
  const failed = paymentOf(index).undelivered.length > 0;
  return {
    ...{ at: at(index), what: 'effect' },
    effect: {
      ...{ id: `${keyOf(index)}#${name}`, name, type, epoch: 1, sequence: 1 },
      ...{ state: failed ? 'failed' : 'delivered', attempts: failed ? 14 : 1 },
      ...(failed ? { lastFailure: 'unavailable' } : {}),
      ...{ createdAt: at(index), updatedAt: at(index, 900) },
    },
    says: failed
      ? 'Given up after 14 attempts. The last one failed: unavailable (no answer, throttled or 5xx).'
      : 'Delivered at the first attempt.',
  };
}

function detailOf(index: number): PaymentDetail {
  const { moved, returned, updatedAt, firstSeenAt, undelivered: _, payment, ...rest } = paymentOf(index);
  const timeline: MomentShown[] = [
    notificationOf(index, 'applied', -5_000),
    ...(isHeldForConflict(index) ? [notificationOf(index, 'conflict', -2_000)] : []),
    ...(rest.grant.state === 'granted' || rest.holds.length > 0 ? [effectOf(index)] : []),
  ];
  const { orderReference, ...facts } = rest;
  return {
    payment: {
      ...facts,
      ...(orderReference === null ? {} : { orderReference }),
      key: payment,
      reading: {
        ...{ kind: 'payment', direction: 'in', status: rest.status, moved, returned, goodwill: false },
        ...{ doubts: [], announcements: [] },
      },
      facts: {
        [`own/${rest.id}`]: { codes: [rest.status], amounts: moved.map((m) => `${m.amount} ${m.currency}`) },
      },
      aliases: [{ type: 'reference', value: orderReference ?? `order-${idOf(index)}` }],
      ...{ conflicts: [], decisions: [], sequence: 1, version: 3, endUsers: 1, details: {} },
      ...{ firstSeenAt, updatedAt },
    },
    refunds: [],
    ...(orderReference === null ? {} : { order: orderOf(index) }),
    timeline,
    more: false,
    money: {
      expected: orderReference === null ? [] : orderOf(index).amounts,
      ...{ moved, returned, unexpected: [] },
    },
    advice: adviceOf(index),
    nextSteps: rest.holds.map(({ reason, digest }) => ({
      says: `It is held: ${reason}. Release it or reject it.`,
      actions: [
        { action: 'release', body: { payment, reason, digest } },
        { action: 'reject', body: { payment, reason, digest } },
      ],
      doc: 'runbooks/held-payments.md',
    })),
    received: [],
  };
}

const amountOf = (index: number): string => {
  const [{ amount, currency } = { amount: '10.00', currency: 'EUR' }] = moneyOf(index);
  return `${amount} ${currency}`;
};

/** The forged and the signed request of one self-test. */
const SELF_TESTS: readonly RequestShown[] = (['forged', 'signed'] as const).map((selfTest) => ({
  ...{ correlationId: `self-test-${selfTest}`, at: at(2), status: selfTest === 'forged' ? '401' : '200' },
  ...{ provider: 'paymentwall', account: 'goods', reason: 'own_probe', selfTest },
  outcome: selfTest === 'forged' ? 'refused' : 'self_test',
}));

/** How the worker settled the accepted requests that were not applied, by index. */
const SETTLED: Readonly<Record<number, SettledAs>> = { 6: 'conflict', 7: 'duplicate' };

function requestOf(index: number): RequestShown {
  const { provider, account } = accountOf(index);
  const refused = index % 13 === 4;
  return {
    ...{ correlationId: `request-${index}`, at: at(index, -6_000), status: refused ? '401' : '200' },
    ...{
      provider,
      account,
      outcome: refused ? 'refused' : 'accepted',
      ms: 12 + ((index * 7919) % 400),
      kept: true,
    },
    summary: {
      ...{ event: refused ? 'credit' : 'complete', amount: amountOf(index), id: idOf(index) },
      ...{ order: `order-${idOf(index)}`, verified: !refused },
    },
    ...(refused ? {} : { settledAs: SETTLED[index % 13] ?? 'applied' }),
    ...(refused
      ? {
          reason: 'wrong_signature',
          sentence: 'the signature fits neither key of the account',
          why: 'wrong_signature: the signature fits neither key of the account; secret set 3 h ago, second key not set',
        }
      : {}),
  };
}

const adviceOf = (index: number) => {
  const { payment, holds, grant, status, moved, returned } = paymentOf(index);
  const reading = {
    ...({ kind: 'payment', direction: 'in', status, moved, returned, goodwill: false } as const),
    ...{ doubts: [], announcements: [] },
  };
  return holdAdvice(
    { key: payment, holds, grant, reading, status, conflicts: [] },
    { paidBy: keyOf(index + 1) },
  );
};

export const adviceFor = (index: number) => {
  const [first] = adviceOf(index);
  if (first === undefined) throw new Error(`payment ${index} is not held`);
  return first;
};

const heldOf = (index: number): HeldShown => {
  const { payment, orderReference, status, holds, moved, grant, updatedAt } = paymentOf(index);
  return {
    ...{ payment, status, holds, moved, granted: grant.state === 'granted', since: updatedAt },
    advice: adviceOf(index),
    ...(orderReference === null ? { named: [`order-${idOf(index)}`] } : { orderReference }),
    expected: orderReference === null ? [] : orderOf(index).amounts,
    sides: isHeldForConflict(index)
      ? [
          {
            key: `n${idOf(index)}`,
            notifications: [
              notificationOf(index, 'applied', -5_000),
              notificationOf(index, 'conflict', -2_000),
            ],
          },
        ]
      : [],
  };
};

const capabilities: Capabilities = {
  ...{ backend: 'local', label: 'local :8787 (sandbox)', environment: 'sandbox', local: true },
  ...{ actionsAllowed: true, token: 'fixture', user: 'operator', answerBudgetMs: 3_000 },
  target: 'https',
  accounts: ACCOUNTS.map((account) => ({ ...account, url: `http://127.0.0.1:8787/${account.provider}` })),
  statuses: STATUSES,
  holdReasons: HOLD_REASONS,
};

const latency: LatencyView = {
  ...{ since: at(2_000), budgetMs: 3_000, count: 1_000, over: 0, p50: 41, p95: 230, p99: 390, max: 412 },
  buckets: [0, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 3_000].map((fromMs, index, all) => ({
    fromMs,
    ...(all[index + 1] === undefined ? {} : { toMs: all[index + 1] as number }),
    count: [12, 120, 430, 300, 90, 48, 0, 0, 0, 0][index] ?? 0,
  })),
};

const flow: FlowView = {
  since: at(100),
  nodes: [
    {
      name: 'provider',
      title: 'Providers',
      counts: [{ label: 'requests', value: 61, when: 'since', view: 'requests' }],
    },
    {
      name: 'intake',
      title: 'Intake',
      counts: [{ label: 'accepted', value: 56, when: 'since', tone: 'good', view: 'requests?status=2xx' }],
    },
    {
      name: 'refused',
      title: 'Refused',
      counts: [{ label: 'refused', value: 5, when: 'since', tone: 'bad', view: 'requests?status=4xx' }],
    },
    { name: 'queue', title: 'Queue', counts: [{ label: 'waiting', value: 2, when: 'now' }] },
    { name: 'worker', title: 'Worker', counts: [{ label: 'being worked on', value: 1, when: 'now' }] },
    {
      name: 'outbox',
      title: 'Outbox',
      counts: [{ label: 'not delivered', value: 3, when: 'now', tone: 'wait', view: 'undelivered' }],
    },
    {
      name: 'fulfilment',
      title: 'Fulfilment',
      counts: [{ label: 'being worked on', value: 0, when: 'now' }],
    },
    { name: 'shop', title: 'Shop', counts: [{ label: 'received', value: 52, when: 'since', tone: 'good' }] },
    {
      name: 'holds',
      title: 'Held',
      counts: [{ label: 'held', value: 4, when: 'now', tone: 'bad', view: 'holds' }],
    },
    {
      name: 'dead-letters',
      title: 'Dead letters',
      counts: [{ label: 'dead letter', value: 1, when: 'now', tone: 'bad', view: 'dead-letters' }],
    },
    {
      name: 'quarantine',
      title: 'Quarantine',
      counts: [{ label: 'quarantined', value: 2, when: 'now', tone: 'bad', view: 'quarantine' }],
    },
  ],
  edges: [
    { from: 'provider', to: 'intake' },
    { from: 'intake', to: 'refused' },
    { from: 'intake', to: 'queue' },
    { from: 'queue', to: 'worker' },
    { from: 'queue', to: 'dead-letters' },
    { from: 'worker', to: 'quarantine' },
    { from: 'worker', to: 'holds' },
    { from: 'worker', to: 'outbox' },
    { from: 'outbox', to: 'fulfilment' },
    { from: 'fulfilment', to: 'shop' },
  ],
};

/** The counts agree with the lists of the other views. */
function flowOf(payments: readonly PaymentShown[]): FlowView {
  const counted: Readonly<Record<string, number>> = {
    holds: payments.filter(({ holds }) => holds.length > 0).length,
    outbox: payments.filter(({ undelivered }) => undelivered.length > 0).length,
    'dead-letters': 1,
    quarantine: 2,
  };
  const nodes = flow.nodes.map((node) => ({
    ...node,
    counts: node.counts.map((each) => ({ ...each, value: counted[node.name] ?? each.value })),
  }));
  return { ...flow, nodes };
}

const dashboard = (name: string): DashboardDetail => ({
  ...{ name, from: at(1_000), to: at(0) },
  widgets: [
    {
      ...{
        title: 'Answers by account and outcome',
        type: 'graph',
        x: 0,
        y: 0,
        width: 12,
        height: 6,
        lines: [],
      },
      series: ['accepted', 'refused'].map((label, index) => ({
        label,
        points: Array.from(
          { length: 48 },
          (_, step) =>
            [FIXTURE_NOW / 1_000 - (48 - step) * 300, ((step * 7 + index * 3) % 11) + index] as const,
        ),
      })),
    },
    {
      ...{ title: 'Today', type: 'number', x: 12, y: 0, width: 12, height: 3, lines: [] },
      series: [{ label: 'paid', points: [[FIXTURE_NOW / 1_000, 56]] }],
    },
  ],
});

const DOCUMENT = `# held-payments

**What it means.** A payment is held, see [holds](../holds.md) and \`payhooks holds list\`.

1. Look at it.
2. Answer it.

| reason | advised |
| --- | --- |
| \`regrant\` | release |

\`\`\`sh
npx payhooks holds list
npx payhooks holds release <payment> <reason> <digest> --stack PayhooksLive
\`\`\`
`;

export function consoleFixture({ payments: count = 120 }: { readonly payments?: number } = {}): Fixture {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const payments = indexes.map(paymentOf);
  const requests = [...indexes.map(requestOf), ...SELF_TESTS];
  const orders = indexes.filter((index) => !isUnknown(index)).map(orderOf);
  const posted: { readonly name: string; readonly body: unknown }[] = [];
  const ok = (body: unknown): FixtureAnswer => ({ status: 200, body });
  const missing = (what: string): FixtureAnswer => ({ status: 404, body: { error: `There is no ${what}.` } });
  const one = (key: string) => payments.findIndex(({ payment }) => payment === key);

  function list(name: string, query: URLSearchParams): FixtureAnswer | undefined {
    const page = { cursor: query.get('cursor') ?? undefined, limit: Number(query.get('limit') ?? 50) };
    const q = query.get('q') ?? '';
    const same = (field: string, value: string | undefined) =>
      query.get(field) === null || query.get(field) === '' || query.get(field) === value;
    if (name === 'payments') {
      const kept = payments.filter(
        (each) =>
          same('provider', each.provider) &&
          same('account', each.account) &&
          same('status', each.status) &&
          (query.get('held') !== '1' || each.holds.length > 0) &&
          (query.get('undelivered') !== '1' || each.undelivered.length > 0) &&
          (query.get('due') !== '1' || each.due !== undefined) &&
          `${each.payment} ${each.orderReference ?? ''}`.includes(q),
      );
      const order = { at: (each: PaymentShown) => each.updatedAt, id: (each: PaymentShown) => each.payment };
      const { rows, ...rest } = pageOf(kept.sort(newestFirst(order)), order, page);
      const due = { sum: sumMoney(kept.flatMap((each) => each.due?.sum ?? [])), unknown: 0 };
      return ok({
        ...{ payments: rows, ...rest, more: false, readAt: at(0) },
        ...(query.get('due') === '1' ? { due } : {}),
      });
    }
    if (name === 'requests') {
      const status = query.get('status') ?? '';
      const selfTests = requests.filter((each) => each.selfTest !== undefined).length;
      const kept = requests.filter(
        (each) =>
          (each.selfTest === undefined || query.get('self-tests') === '1') &&
          same('provider', each.provider) &&
          same('account', each.account) &&
          (status.endsWith('xx')
            ? each.status.startsWith(status.charAt(0))
            : status === '' || each.status === status) &&
          `${each.correlationId} ${each.why ?? ''} ${each.summary?.id} ${each.summary?.order}`.includes(q),
      );
      const order = { at: (each: RequestShown) => each.at, id: (each: RequestShown) => each.correlationId };
      const { rows, ...rest } = pageOf(kept.sort(newestFirst(order)), order, page);
      const statuses = Object.groupBy(kept, (each) => each.status);
      return ok({
        ...{ requests: rows, ...rest, more: false, since: at(3_000), selfTests },
        statuses: Object.fromEntries(Object.entries(statuses).map(([word, all]) => [word, all?.length ?? 0])),
      });
    }
    if (name === 'orders') {
      const kept = orders.filter((each) => same('state', each.state) && each.reference.includes(q));
      const order = { at: (each: OrderShown) => each.registeredAt, id: (each: OrderShown) => each.reference };
      const { rows, ...rest } = pageOf(kept.sort(newestFirst(order)), order, page);
      return ok({ orders: rows, unregistered: unregisteredOf(q), ...rest, more: false, readAt: at(0) });
    }
    return undefined;
  }

  const views: Readonly<Record<string, () => unknown>> = {
    capabilities: () => capabilities,
    latency: () => latency,
    flow: () => flowOf(payments),
    holds: () => ({
      held: indexes
        .filter((index) => (payments[index]?.holds.length ?? 0) > 0)
        .reverse()
        .map(heldOf),
      more: false,
    }),
    quarantine: () => ({
      messages: [0, 1].map((index) => ({
        ...{ id: digestOf(index).slice(16), provider: 'paymentwall', account: 'goods', more: false },
        ...{ reason: 'unknown_type', today: index === 0 ? 'readable' : 'unreadable', receivedAt: at(index) },
        ...{ digest: digestOf(index), correlationId: `request-q${index}` },
      })),
      more: false,
      sentBack: [
        {
          ...{ at: at(40), by: 'ann', note: 'the new version reads type 17', where: 'paymentwall/goods' },
          ...{ id: digestOf(9).slice(16), correlationId: 'request-9' },
        },
      ],
    }),
    undelivered: () => ({
      events: payments.flatMap(({ payment, orderReference, status, undelivered }) =>
        undelivered.map((each) => ({
          ...{ ...each, payment, orderReference, status },
          says: 'Given up after 14 attempts. The last one failed: unavailable (no answer, throttled or 5xx).',
        })),
      ),
      onTheirWay: 0,
      more: false,
    }),
    queues: () => ({
      queues: ['notifications', 'fulfilment'].map((name, index) => ({
        ...{
          name,
          visible: 2 - index,
          inFlight: index,
          delayed: 0,
          deadLetters: 1 - index,
          parked: 0,
          paused: false,
        },
      })),
      sentBack: [
        {
          ...{ at: at(20), by: 'ann', note: 'the outage of the shop is over', where: 'fulfilment' },
          ...{ id: 'b6d5c3f0-0000-4000-8000-000000000009', correlationId: 'request-7', payment: keyOf(7) },
        },
      ],
    }),
    'dead-letters': () => ({
      depths: { 'notifications-dlq': 1, 'fulfilment-dlq': 0 },
      letters: [
        {
          ...{
            queue: 'notifications',
            from: 'dead-letter queue',
            id: 'b6d5c3f0-0000-4000-8000-000000000001',
          },
          ...{ sentAt: at(3), receives: 5, reason: 'received too often' },
          ...{ title: 'Notification of Paymentwall', of: 'account goods', why: 'It failed at each attempt' },
          envelope: { kind: 'notification', provider: 'paymentwall', account: 'goods' },
        },
      ],
    }),
    reconciliation: () => ({
      accounts: ACCOUNTS.map(({ provider, account }) => ({
        provider,
        account,
        isPolled: provider !== 'trustly-europe',
      })),
      waiting: payments.filter(({ status }) => status === 'pending').slice(0, 20),
      more: false,
    }),
    dashboards: () => ({
      dashboards: [
        { name: 'business', title: 'Business', defaultHours: 168 },
        { name: 'engineering', title: 'Engineering', defaultHours: 12 },
      ],
    }),
    stories: () => ({
      stories: ['trustly-americas/paid', 'trustly-europe/paid', 'paymentwall/paid'].map((name) => ({
        ...{ name, provider: name.split('/')[0], says: 'a payment that succeeds', notifications: 2 },
      })),
    }),
    faults: () => ({
      services: [{ service: 'shop', fault: null, allowed: ['down', 'silent', 'failing', 'gone'] }],
    }),
    fulfilments: () => ({
      fulfilments: indexes.slice(0, 20).map((index) => ({
        ...{ id: `${keyOf(index)}#1#fulfil`, type: 'fulfil', payment: keyOf(index), via: 'bus', copies: 1 },
        ...{ orderReference: `order-${idOf(index)}`, status: 'paid', receivedAt: at(index, 1_000) },
      })),
    }),
  };

  /** References of payments without a registered order. */
  function unregisteredOf(q: string) {
    if (q === '') return [];
    const named = indexes.filter((index) => isUnknown(index) && `order-${idOf(index)}`.includes(q));
    return named.slice(0, 50).map((index) => ({
      reference: `order-${idOf(index)}`,
      payments: [paymentOf(index)],
    }));
  }

  function item(collection: string, id: string): FixtureAnswer {
    if (collection === 'dashboards') return ok(dashboard(id));
    if (collection === 'docs') return ok({ path: id, tokens: lexer(DOCUMENT) });
    const index =
      collection === 'payments'
        ? one(id)
        : collection === 'events'
          ? one(id.split('#')[0] ?? '')
          : collection === 'requests'
            ? requests.findIndex(({ correlationId }) => correlationId === id)
            : indexes.findIndex((each) => orderOf(each).reference === id);
    if (index < 0) return missing(`${collection}: "${id}"`);
    if (collection === 'payments') return ok(detailOf(index));
    const { effect } = effectOf(index);
    if (collection === 'events') {
      return ok({
        effect,
        event: { schema: 1, id: effect.id, type: effect.type, payment: keyOf(index), endUser: 'not shown' },
      });
    }
    if (collection === 'requests') {
      return ok({
        request: requests[index],
        ...(requests[index]?.summary?.verified === false
          ? { payments: [], named: { payments: [keyOf(index)], orders: [`order-${idOf(index)}`] } }
          : { payments: [keyOf(index)] }),
        content: {
          method: 'POST',
          path: '/trustly/americas/shop/events',
          fields: [{ name: 'amount', value: '12.00' }],
        },
      });
    }
    const { payment: _, ...order } = { payment: undefined, ...orderOf(index) };
    const registered = isUnknown(index) ? {} : { order };
    return ok({
      ...{ reference: id, ...registered, standing: [], ledger: [] },
      ...{ payments: [payments[index]], events: [effectOf(index)] },
    });
  }

  return {
    posted,
    get: (path) => {
      const { pathname, searchParams } = new URL(path, 'http://fixture/');
      if (!pathname.startsWith(`/${PREFIX}`)) return missing(pathname);
      const [name = '', ...rest] = pathname.slice(PREFIX.length + 1).split('/');
      if (rest.length > 0) return item(name, decodeURIComponent(rest.join('/')));
      const view = views[name];
      return list(name, searchParams) ?? (view === undefined ? missing(name) : ok(view()));
    },
    post: (path, body) => {
      const name = path.slice(`${PREFIX}actions/`.length);
      posted.push({ name, body });
      const says = doneSays(name as ActionName, {});
      return ok({
        ...{ done: true, lines: [`${name} is done.`], result: {} },
        ...(says.length === 0 ? {} : { says }),
      });
    },
  };
}
