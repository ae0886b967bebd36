import { GOODS_EXPLAINED } from '../../../shared/payment/explained.ts';
import { isPaidLike } from '../../../shared/payment/statuses.ts';
import type { PaymentShown, PaymentsView } from '../../contract.ts';
import { useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { Pager, Search, Select, Toggle } from '../parts/filters.tsx';
import { Detail, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Amounts, Badge, HoldBadges, RejectedBadge, StatusBadge, Time } from '../parts/values.tsx';
import { href, type Route } from '../route.ts';
import { idOf, moneyText, plural, providerTitle, words } from '../text.ts';
import { PaymentPanel } from './payment.tsx';

const LIMIT = 50;

export const PAYMENT_COLUMNS: readonly Column<PaymentShown>[] = [
  {
    title: 'Payment',
    place: 'main',
    cell: ({ provider, account, test }) => <PaymentSource {...{ provider, account, test }} />,
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
    place: 'rest',
    isRight: true,
    cell: ({ moved, status }) => (
      <Amounts amounts={moved} none={isPaidLike(status) ? 'amount not known' : '–'} />
    ),
  },
  {
    title: 'Goods',
    place: 'rest',
    isExtra: true,
    cell: ({ grant, fulfilPending }) => <Goods state={grant.state} fulfilPending={fulfilPending} />,
  },
  {
    title: 'Order',
    place: 'rest',
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
  { title: 'Changed', place: 'rest', isRight: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

export const PaymentSource = ({
  provider,
  account,
  test,
}: {
  provider: string;
  account: string;
  test?: boolean;
}) => (
  <span class="sub">
    {providerTitle(provider)} · {account}
    {test ? ' · test' : ''}
  </span>
);

const Goods = ({
  state,
  fulfilPending,
}: {
  state: keyof typeof GOODS_EXPLAINED;
  fulfilPending?: true | undefined;
}) => (
  <span class={state === 'none' ? 'faint' : ''}>
    {fulfilPending ? `${GOODS_EXPLAINED[state]}, the shop is not told yet` : GOODS_EXPLAINED[state]}
  </span>
);

export function PaymentTable({
  payments,
  selected,
  query,
  label,
}: {
  payments: readonly PaymentShown[];
  selected?: string | undefined;
  query?: URLSearchParams;
  label: string;
}) {
  return (
    <Table
      label={label}
      rows={payments}
      columns={PAYMENT_COLUMNS}
      keyOf={({ payment }) => payment}
      hrefOf={({ payment }) => href('payments', payment, query)}
      nameOf={({ payment }) => <code>{idOf(payment)}</code>}
      selected={selected}
    />
  );
}

const FILTERS = ['q', 'provider', 'account', 'status', 'held', 'undelivered', 'due', 'cursor'] as const;

export function Payments({ route }: { route: Route }) {
  const { id, query } = route;
  const { accounts, statuses, local } = useCapabilities();
  const asked = new URLSearchParams({ limit: String(LIMIT) });
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value !== null) asked.set(name, value);
  }
  const view = useView<PaymentsView>(`payments?${asked}`);
  const of = (name: string) => query.get(name) ?? '';
  const providers = [...new Set(accounts.map(({ provider }) => provider))];
  const isFiltered = FILTERS.some((name) => query.has(name));
  return (
    <ViewLayout
      title="Payments"
      filters={
        <>
          <Search value={of('q')} label="Search by id, reference or event" />
          <Select
            name="provider"
            label="Provider"
            value={of('provider')}
            options={providers.map((name) => [name, providerTitle(name)])}
          />
          <Select
            name="account"
            label="Account"
            value={of('account')}
            options={[...new Set(accounts.map(({ account }) => account))].map((name) => [name, name])}
          />
          <Select
            name="status"
            label="Status"
            value={of('status')}
            options={statuses.map((name) => [name, words(name)])}
          />
          <Toggle name="held" label="Held" value={of('held')} />
          <Toggle name="undelivered" label="Undelivered" value={of('undelivered')} />
          <Toggle name="due" label="Refund due" value={of('due')} />
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
        {({ payments, total, next, more, readAt }) =>
          payments.length === 0 ? (
            isFiltered ? (
              <Empty title="No payment fits these filters">
                <a href={href('payments')}>Show all payments</a>
              </Empty>
            ) : (
              <NoPayments />
            )
          ) : (
            <>
              <PaymentTable
                payments={payments}
                selected={id}
                query={query}
                label={plural(total, 'payment')}
              />
              <Pager
                shown={payments.length}
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
