import type { OrderDetail, OrderListed, OrderShown, OrdersView, UnregisteredShown } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { FULFIL_PENDING } from '../goods.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DocLink } from '../parts/doc-link.tsx';
import { listPath, Pager, Search, Select, Toggle } from '../parts/filters.tsx';
import { JsonOf } from '../parts/json.tsx';
import { LastWord } from '../parts/last-word.tsx';
import { Callout, Detail, NameValues, Section, ViewLayout } from '../parts/layout.tsx';
import { Moment } from '../parts/moment.tsx';
import { PaidAgain } from '../parts/paid-again.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, CopyId, PaymentLink, Time } from '../parts/values.tsx';
import { changes, ORDER_STATES, payersOf, plural, providerTitle, termList, words } from '../text.ts';
import { PaymentTable } from './payments.tsx';
import { Timeline } from './timeline.tsx';

const FILTERS = ['q', 'state', 'held', 'undelivered', 'cursor'] as const;
const StateBadge = ({ state }: { state: OrderShown['state'] }) => (
  <Badge tone={ORDER_STATES[state][0]} title={ORDER_STATES[state][2]}>
    {ORDER_STATES[state][1]}
  </Badge>
);

const USES: Readonly<Record<OrderShown['use'], string>> = {
  once: 'to be paid once',
  recurring: 'paid again with each renewal',
  open: 'may be paid any number of times',
};

/** Every payment that has paid it: the one that the goods count for now, then those before it. */
const PaidBy = ({ order }: { order: OrderShown }) => {
  const [now, ...before] = payersOf(order);
  if (now === undefined) return <span class="faint">nobody yet</span>;
  return (
    <>
      <PaymentLink payment={now} />
      {before.map((payment, index) => (
        <span key={payment} class="sub">
          {index === 0 ? 'before it ' : 'and '}
          <PaymentLink payment={payment} />
        </span>
      ))}
    </>
  );
};

const COLUMNS: readonly Column<OrderListed>[] = [
  {
    title: 'Order',
    place: 'main',
    cell: ({ kind, use }) => <span class="sub">{`${words(kind)}, ${USES[use]}`}</span>,
  },
  {
    title: 'State',
    place: 'end',
    cell: ({ state, held = 0, undelivered = 0 }) => (
      <span class="badges">
        <StateBadge state={state} />
        {held === 0 ? null : (
          <Badge tone="wait" title="A payment of it waits for your answer.">
            {held === 1 ? 'Payment held' : `${held} payments held`}
          </Badge>
        )}
        {undelivered === 0 ? null : (
          <Badge tone="bad" title="Your shop should have received these events by now.">
            {`${undelivered} undelivered`}
          </Badge>
        )}
      </span>
    ),
  },
  {
    title: 'Amount expected',
    isRight: true,
    cell: ({ amounts }) => <span class="amount">{termList(amounts)}</span>,
  },
  { title: 'Paid by', isExtra: true, cell: (order) => <PaidBy order={order} /> },
  { title: 'Registered', isRight: true, cell: ({ registeredAt }) => <Time at={registeredAt} /> },
];

export function Orders({ route: { id, query } }: { route: Route }) {
  const view = useView<OrdersView>(listPath('orders', FILTERS, query));
  return (
    <ViewLayout
      title="Orders"
      says="What your shop registered before payment. A search finds unregistered references too."
      filters={
        <>
          <Search query={query} label="Search by reference" />
          <Select
            name="state"
            label="State"
            query={query}
            options={Object.entries(ORDER_STATES).map(([name, [, text]]) => [name, text])}
          />
          <Toggle name="held" label="Held" query={query} />
          <Toggle name="undelivered" label="Undelivered" query={query} />
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
        {(list) => (
          <>
            {list.orders.length === 0 ? null : (
              <>
                <Table
                  label={plural(list.total, 'order')}
                  rows={list.orders}
                  columns={COLUMNS}
                  keyOf={({ reference }) => reference}
                  hrefOf={({ reference }) => href('orders', reference, query)}
                  nameOf={({ reference }) => <code>{reference}</code>}
                  selected={id}
                />
                <Pager shown={list.orders.length} list={list} query={query} />
              </>
            )}
            <Unregistered orders={list.unregistered} selected={id} query={query} />
            {list.orders.length + list.unregistered.length > 0 ? null : <NoOrders query={query} />}
          </>
        )}
      </Shown>
    </ViewLayout>
  );
}

const NoOrders = ({ query }: { query: URLSearchParams }) =>
  FILTERS.some((name) => query.has(name)) ? (
    <Empty title="No order fits, and no payment names one">
      <a href={href('orders')}>Show all orders</a>
    </Empty>
  ) : (
    <Empty title="No orders yet">
      Register what a shopper is about to pay: <code>npx payhooks orders register</code>
    </Empty>
  );

function OrderPanel({ reference }: { reference: string }) {
  const view = useView<OrderDetail>(`orders/${encodeURIComponent(reference)}`);
  return <Shown view={view}>{(detail) => <OrderContent detail={detail} />}</Shown>;
}

interface UnregisteredProps {
  readonly orders: OrdersView['unregistered'];
  readonly selected: string | undefined;
  readonly query: URLSearchParams;
}

/** References that payments name, and that the shop never registered. */
function Unregistered({ orders, selected, query }: UnregisteredProps) {
  if (orders.length === 0) return null;
  return (
    <Table
      label={`${plural(orders.length, 'reference')} not registered`}
      rows={orders}
      columns={UNREGISTERED_COLUMNS}
      keyOf={({ reference }) => reference}
      hrefOf={({ reference }) => href('orders', reference, query)}
      nameOf={({ reference }) => <code>{reference}</code>}
      selected={selected}
    />
  );
}

const UNREGISTERED_COLUMNS: readonly Column<UnregisteredShown>[] = [
  {
    title: 'Reference',
    place: 'main',
    cell: ({ payments }) => <span class="sub">{`named by ${plural(payments.length, 'payment')}`}</span>,
  },
  { title: 'State', place: 'end', cell: () => <Badge tone="wait">Not registered</Badge> },
];

function OrderContent({ detail }: { detail: OrderDetail }) {
  const { reference, order, payments, events, ledger, paidAgain, paidElsewhere, more } = detail;
  return (
    <>
      <div class="lead">
        <p class="badges">
          {order === undefined ? (
            <Badge tone="wait">Not registered</Badge>
          ) : (
            <StateBadge state={order.state} />
          )}
        </p>
        <p>
          {order === undefined
            ? `Your shop has not registered this order. ${plural(payments.length, 'payment names', 'payments name')} it.`
            : `${paidAgain === undefined ? ORDER_STATES[order.state][2] : 'Several payments have paid it.'}${payments.some(({ fulfilPending }) => fulfilPending) ? ` ${FULFIL_PENDING}` : ''}`}
        </p>
        <LastWord events={events.map(({ effect }) => effect)} />
      </div>
      {order === undefined ? <NotRegistered reference={reference} /> : <Registered order={order} />}
      <PaidAgain paidAgain={paidAgain} />
      <PaidElsewhere paidElsewhere={paidElsewhere} />
      <Section title="Payments">
        {payments.length === 0 ? (
          <p class="faint">No payment names it yet.</p>
        ) : (
          <PaymentTable payments={payments} label="Payments of the order" />
        )}
        {more === true ? <p class="faint">More payments have its name than are listed here.</p> : null}
      </Section>
      <Section title="Events for your shop">
        {events.length === 0 ? (
          <p class="faint">Nothing yet.</p>
        ) : (
          <Timeline moments={events} received={[]} areOfSeveral order={reference} />
        )}
      </Section>
      {ledger.length === 0 ? null : (
        <Section title="Changed by hand">
          <ol class="timeline">
            {ledger.map(({ what, by, note, at, changed }) => (
              <Moment
                key={at + what}
                icon="decision"
                tone="info"
                at={at}
                title={`${LEDGERED[what] ?? words(what)} by ${by}`}
              >
                <p>{note}</p>
                {changes(changed).map(({ name, from, to }) => (
                  <p key={name} class="faint">
                    {`${name}: `}
                    <del>{from}</del> → <ins>{to}</ins>
                  </p>
                ))}
              </Moment>
            ))}
          </ol>
        </Section>
      )}
      <JsonOf label="JSON of the order" value={detail} />
    </>
  );
}

/** Payments that have a name of the order, and whose money was used for another one. */
const PaidElsewhere = ({ paidElsewhere = [] }: { paidElsewhere: OrderDetail['paidElsewhere'] }) =>
  paidElsewhere.length === 0 ? null : (
    <Callout title="A payment with its name pays another order" label="Paid elsewhere">
      {paidElsewhere.map(({ payment, order }) => (
        <p key={payment}>
          <a href={href('payments', payment)}>{payment}</a> pays order{' '}
          <a href={href('orders', order)}>{order}</a>, so this order is not paid by it.
        </p>
      ))}
    </Callout>
  );

const LEDGERED: Readonly<Record<string, string>> = {
  close: 'Closed',
  reopen: 'Opened again',
  change: 'Changed',
};

const NotRegistered = ({ reference }: { reference: string }) => (
  <Callout>
    <p>
      If the shop has such an order, register it: payments that are held for it then go on by themselves. If
      nobody ordered anything, reject the payment.
    </p>
    <p>
      <code>npx payhooks orders register FILE</code> <span class="faint">with the reference </span>
      <CopyId value={reference} label="the reference" />
    </p>
    <DocLink path="orders.md" />
  </Callout>
);

function Registered({ order }: { order: OrderShown }) {
  const { reference, version, state } = order;
  const action = state === 'closed' ? 'reopen-order' : 'close-order';
  return (
    <Section
      title="What was registered"
      tools={
        state === 'claimed' ? undefined : (
          <ActionButton small ready={{ action, body: { reference, version } }} />
        )
      }
    >
      <NameValues
        rows={[
          [
            'Amount expected',
            <span key="terms" class="amount">
              {termList(order.amounts)}
            </span>,
          ],
          ['Kind', `${words(order.kind)}, ${USES[order.use]}`],
          [
            'Provider',
            order.provider === undefined
              ? 'any'
              : `${providerTitle(order.provider)}${order.account === undefined ? '' : `, account ${order.account}`}`,
          ],
          ['Registered', <Time key="at" at={order.registeredAt} />],
          ['Valid until', order.validUntil && <Time key="until" at={order.validUntil} />],
          ['Goods', order.fulfilled && 'given by another system'],
          ['Instalments', order.instalments && 'it may be paid in several parts'],
          ['Paid by', order.paidBy && <PaidBy key="paid" order={order} />],
        ]}
      />
    </Section>
  );
}
