import { GOODS_EXPLAINED } from '../../../shared/payment/explained.ts';
import { isPaidLike } from '../../../shared/payment/statuses.ts';
import type { PaymentShown, PaymentsView } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { listPath, Pager, ProviderSelect, Search, Select, Toggle } from '../parts/filters.tsx';
import { Detail, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table, type TableProps } from '../parts/table.tsx';
import { Amounts, Badge, HoldBadges, RejectedBadge, Source, StatusBadge, Time } from '../parts/values.tsx';
import { idOf, moneyText, plural, words } from '../text.ts';
import { PaymentPanel } from './payment.tsx';

const COLUMNS: readonly Column<PaymentShown>[] = [
  {
    title: 'Payment',
    place: 'main',
    cell: ({ provider, account, test }) => <Source {...{ provider, account, test }} />,
  },
  {
    title: 'Status',
    place: 'end',
    cell: ({ status, holds, undelivered, rejected, due }) => (
      <span class="badges">
        <StatusBadge status={status} />
        {rejected ? <RejectedBadge /> : null}
        {due === undefined ? null : (
          <Badge tone="bad" title="Nobody gives it back by itself: refund it at the provider.">
            {due.isUnknown ? 'Refund due' : `Refund due: ${due.sum.map(moneyText).join(', ')}`}
          </Badge>
        )}
        <HoldBadges holds={holds} />
        {undelivered.length > 0 ? <Badge tone="bad">{`${undelivered.length} undelivered`}</Badge> : null}
      </span>
    ),
  },
  {
    title: 'Amount',
    isRight: true,
    cell: ({ moved, status }) => (
      <Amounts amounts={moved} none={isPaidLike(status) ? 'amount not known' : '–'} />
    ),
  },
  {
    title: 'Goods',
    isExtra: true,
    cell: ({ grant: { state }, fulfilPending }) => (
      <span class={state === 'none' ? 'faint' : ''}>
        {`${GOODS_EXPLAINED[state]}${fulfilPending ? ', fulfil is not delivered yet' : ''}`}
      </span>
    ),
  },
  {
    title: 'Order',
    isExtra: true,
    cell: ({ orderReference, named }) => (
      <>
        <span class={`clip${orderReference === null ? ' faint' : ''}`}>
          {orderReference ?? named?.join(', ') ?? 'none'}
        </span>
        {orderReference === null && named !== undefined ? <span class="sub">not registered</span> : null}
      </>
    ),
  },
  { title: 'Changed', isRight: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

interface PaymentTableProps extends Pick<TableProps<PaymentShown>, 'label' | 'selected' | 'empty' | 'more'> {
  readonly payments: readonly PaymentShown[];
  /** The view that opens a payment beside the list. */
  readonly view?: 'payments' | 'reconciliation';
  readonly query?: URLSearchParams;
}

export const PaymentTable = ({ payments, view = 'payments', query, ...props }: PaymentTableProps) => (
  <Table
    {...props}
    rows={payments}
    columns={COLUMNS}
    keyOf={({ payment }) => payment}
    hrefOf={({ payment }) => href(view, payment, query)}
    nameOf={({ payment }) => <code>{idOf(payment)}</code>}
  />
);

const FILTERS = ['q', 'provider', 'account', 'status', 'held', 'undelivered', 'due', 'cursor'] as const;

export function Payments({ route: { id, query } }: { route: Route }) {
  const { accounts, statuses } = useCapabilities();
  const view = useView<PaymentsView>(listPath('payments', FILTERS, query));
  const isFiltered = FILTERS.some((name) => query.has(name));
  return (
    <ViewLayout
      title="Payments"
      filters={
        <>
          <Search query={query} label="Search by id, reference or event" />
          <ProviderSelect query={query} />
          <Select
            name="account"
            label="Account"
            query={query}
            options={[...new Set(accounts.map(({ account }) => account))].map((name) => [name, name])}
          />
          <Select
            name="status"
            label="Status"
            query={query}
            options={statuses.map((name) => [name, words(name)])}
          />
          <Toggle name="held" label="Held" query={query} />
          <Toggle name="undelivered" label="Undelivered" query={query} />
          <Toggle name="due" label="Refund due" query={query} />
        </>
      }
      detail={
        id === undefined ? null : (
          <Detail id={id} kind="Payment" title={idOf(id)} view="payments" query={query}>
            <PaymentPanel payment={id} />
          </Detail>
        )
      }
    >
      <Shown view={view} lines={10}>
        {(list) =>
          list.payments.length > 0 ? (
            <>
              <PaymentTable
                payments={list.payments}
                selected={id}
                query={query}
                label={plural(list.total, 'payment')}
              />
              <Pager shown={list.payments.length} list={list} query={query} />
            </>
          ) : isFiltered ? (
            <Empty title="No payment fits these filters">
              <a href={href('payments')}>Show all payments</a>
            </Empty>
          ) : (
            <NoPayments />
          )
        }
      </Shown>
    </ViewLayout>
  );
}

export function NoPayments() {
  const { local } = useCapabilities();
  return (
    <Empty title="No payments yet">
      {local ? (
        <>
          Payments appear here as soon as a notification comes. <a href={href('try')}>Trigger a story</a> to
          see one.
        </>
      ) : (
        'Payments appear here as soon as a notification comes.'
      )}
    </Empty>
  );
}
