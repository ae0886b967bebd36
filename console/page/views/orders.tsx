import type { OrderDetail, OrderShown, OrdersView } from '../../contract.ts';
import { useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Pager, Search, Select } from '../parts/filters.tsx';
import { JsonOf } from '../parts/json.tsx';
import { Detail, Facts, Section, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, CopyId, Time, type Tone } from '../parts/values.tsx';
import { href, type Route } from '../route.ts';
import { idOf, plural, providerTitle, termList, words } from '../text.ts';
import { PaymentTable } from './payments.tsx';
import { Timeline } from './timeline.tsx';

const LIMIT = 50;
const FILTERS = ['q', 'state', 'cursor'] as const;
const STATES: Readonly<Record<OrderShown['state'], readonly [Tone, string, string]>> = {
  open: ['info', 'Open', 'It waits for its payment.'],
  claimed: ['good', 'Claimed', 'A payment has paid it.'],
  closed: ['plain', 'Closed', 'It expects no payment any more: money that comes for it is held.'],
};

const StateBadge = ({ state }: { state: OrderShown['state'] }) => (
  <Badge tone={STATES[state][0]} title={STATES[state][2]}>
    {STATES[state][1]}
  </Badge>
);

const COLUMNS: readonly Column<OrderShown>[] = [
  {
    title: 'Order',
    place: 'main',
    cell: ({ kind, use }) => <span class="sub">{`${words(kind)} · ${use}`}</span>,
  },
  { title: 'State', place: 'end', cell: ({ state }) => <StateBadge state={state} /> },
  {
    title: 'Expected',
    place: 'rest',
    isRight: true,
    cell: ({ amounts }) => <span class="amount">{termList(amounts)}</span>,
  },
  {
    title: 'Paid by',
    place: 'rest',
    isExtra: true,
    cell: ({ paidBy }) =>
      paidBy === undefined ? (
        <span class="faint">–</span>
      ) : (
        <a href={href('payments', paidBy)}>{idOf(paidBy)}</a>
      ),
  },
  {
    title: 'Registered',
    place: 'rest',
    isRight: true,
    cell: ({ registeredAt }) => <Time at={registeredAt} />,
  },
];

export function Orders({ route: { id, query } }: { route: Route }) {
  const { local } = useCapabilities();
  const asked = new URLSearchParams({ limit: String(LIMIT) });
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value !== null) asked.set(name, value);
  }
  const view = useView<OrdersView>(`orders?${asked}`);
  const q = query.get('q');
  return (
    <ViewLayout
      title="Orders"
      says="What you registered before payment."
      filters={
        <>
          <Search value={query.get('q') ?? ''} label="Search by reference" />
          <Select
            name="state"
            label="State"
            value={query.get('state') ?? ''}
            options={Object.entries(STATES).map(([name, [, text]]) => [name, text])}
          />
        </>
      }
      detail={
        id === undefined ? null : (
          <Detail
            id={id}
            kind="Order"
            title={<CopyId value={id} label="the reference" />}
            view="orders"
            query={query}
          >
            <OrderPanel reference={id} />
          </Detail>
        )
      }
    >
      <Shown view={view} lines={10}>
        {({ orders, total, next, more, readAt }) =>
          orders.length === 0 ? (
            <Empty
              title={
                FILTERS.some((name) => query.has(name)) ? 'No order fits these filters' : 'No orders yet'
              }
            >
              {FILTERS.some((name) => query.has(name)) ? (
                <>
                  <a href={href('orders')}>Show all orders</a>
                  {q === null ? null : (
                    <>
                      {', or '}
                      <a href={href('payments', undefined, new URLSearchParams({ q }))}>
                        look for a payment that names it
                      </a>
                      : an order that was not registered is found there.
                    </>
                  )}
                </>
              ) : (
                <>
                  Register what a shopper is about to pay: <code>npx payhooks orders register</code>
                </>
              )}
            </Empty>
          ) : (
            <>
              <Table
                label={plural(total, 'order')}
                rows={orders}
                columns={COLUMNS}
                keyOf={({ reference }) => reference}
                hrefOf={({ reference }) => href('orders', reference, query)}
                nameOf={({ reference }) => <code>{reference}</code>}
                selected={id}
              />
              <Pager
                shown={orders.length}
                total={total}
                cursor={query.get('cursor') ?? undefined}
                next={next}
                more={more}
                readAt={local ? undefined : readAt}
              />
            </>
          )
        }
      </Shown>
    </ViewLayout>
  );
}

function OrderPanel({ reference }: { reference: string }) {
  const view = useView<OrderDetail>(`orders/${encodeURIComponent(reference)}`);
  return <Shown view={view}>{(detail) => <OrderContent detail={detail} />}</Shown>;
}

function OrderContent({ detail }: { detail: OrderDetail }) {
  const { order, payments, events, ledger } = detail;
  const { reference, version } = order;
  return (
    <>
      <div class="lead">
        <p class="badges">
          <StateBadge state={order.state} />
        </p>
        <p>{STATES[order.state][2]}</p>
      </div>
      <Section
        title="What was registered"
        tools={
          order.state === 'closed' ? (
            <ActionButton small ready={{ action: 'reopen-order', body: { reference, version } }} />
          ) : order.state === 'open' ? (
            <ActionButton small ready={{ action: 'close-order', body: { reference, version } }} />
          ) : undefined
        }
      >
        <Facts
          rows={[
            [
              'Expected',
              <span key="terms" class="amount">
                {termList(order.amounts)}
              </span>,
            ],
            ['Kind', `${words(order.kind)}, ${order.use}`],
            [
              'Provider',
              order.provider === undefined
                ? 'any'
                : `${providerTitle(order.provider)}${order.account === undefined ? '' : `, ${order.account}`}`,
            ],
            ['Registered', <Time key="at" at={order.registeredAt} />],
            ...(order.validUntil === undefined
              ? []
              : ([['Valid until', <Time key="until" at={order.validUntil} />]] as const)),
            ...(order.paidBy === undefined
              ? []
              : ([
                  [
                    'Paid by',
                    <a key="paid" href={href('payments', order.paidBy)}>
                      {idOf(order.paidBy)}
                    </a>,
                  ],
                ] as const)),
            ['Version', String(order.version)],
          ]}
        />
      </Section>
      <Section title="Payments">
        {payments.length === 0 ? (
          <p class="faint">No payment has named it.</p>
        ) : (
          <PaymentTable payments={payments} label="Payments of the order" />
        )}
      </Section>
      <Section title="What the shop was sent">
        {events.length === 0 ? (
          <p class="faint">Nothing yet.</p>
        ) : (
          <Timeline moments={events} received={[]} />
        )}
      </Section>
      {ledger.length === 0 ? null : (
        <Section title="Changed by hand">
          <ol class="timeline">
            {ledger.map(({ what, by, note, at }) => (
              <li key={at + what} class="moment">
                <span class="moment-icon info" />
                <div class="moment-body">
                  <div class="moment-head">
                    <span class="moment-title">
                      {words(what)} by {by}
                    </span>
                    <Time at={at} />
                  </div>
                  <p>{note}</p>
                </div>
              </li>
            ))}
          </ol>
        </Section>
      )}
      <JsonOf label="JSON of the order" value={detail} />
    </>
  );
}
