import { STATUS_EXPLAINED } from '../../../shared/payment/explained.ts';
import { isPaidLike } from '../../../shared/payment/statuses.ts';
import type { HeldShown, HoldsView } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { HoldCard } from '../parts/hold-card.tsx';
import { Detail, NameValues, Section, ViewLayout } from '../parts/layout.tsx';
import { MoneyRows, moneyRows } from '../parts/money-rows.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import {
  Age,
  Amounts,
  Badge,
  holdExplained,
  holdTitle,
  NoOrder,
  OrderLink,
  Source,
  StatusBadge,
} from '../parts/values.tsx';
import { idOf, notAmongHeld, plural, termList } from '../text.ts';
import { Compared } from './compared.tsx';

const OrderOf = ({ held: { orderReference, named } }: { held: HeldShown }) =>
  orderReference === undefined ? <NoOrder named={named} /> : <OrderLink reference={orderReference} />;

const COLUMNS: readonly Column<HeldShown>[] = [
  {
    title: 'Payment',
    place: 'main',
    cell: ({ payment }) => {
      const [provider = '', account = ''] = payment.split(':');
      return <Source provider={provider} account={account} />;
    },
  },
  {
    title: 'Reason',
    place: 'end',
    cell: ({ holds }) => (
      <span class="badges">
        {holds.map(({ reason }) => (
          <Badge key={reason} tone="wait" title={holdExplained(reason)?.says}>
            {holdTitle(reason)}
          </Badge>
        ))}
      </span>
    ),
  },
  {
    title: 'Order',
    isWide: true,
    cell: (held) => (
      <span class="clip">
        <OrderOf held={held} />
      </span>
    ),
  },
  {
    title: 'Order expects',
    isRight: true,
    isExtra: true,
    cell: ({ expected }) => (
      <span class="amount">{termList(expected) || <span class="faint">not registered</span>}</span>
    ),
  },
  {
    title: 'Amount',
    isRight: true,
    cell: ({ moved, status }) => (
      <Amounts amounts={moved} none={isPaidLike(status) ? 'amount not known' : '–'} />
    ),
  },
  { title: 'Held for', isRight: true, cell: ({ since }) => <Age since={since} /> },
];

export function Holds({ route: { id, query } }: { route: Route }) {
  const view = useView<HoldsView>('holds');
  const open = view.data?.held.find(({ payment }) => payment === id);
  return (
    <ViewLayout
      title="Holds"
      says="Payments that wait for your answer. No further goods go out before."
      detail={
        id === undefined ? null : (
          <Detail id={id} kind="Held payment" title={idOf(id)} view="holds" query={query}>
            {open === undefined ? (
              <Shown view={view}>
                {(shown) => (
                  <Empty title={notAmongHeld(shown)}>
                    <a href={href('payments', id)}>Open the payment</a>
                  </Empty>
                )}
              </Shown>
            ) : (
              <HeldContent held={open} />
            )}
          </Detail>
        )
      }
    >
      <Shown view={view}>
        {({ held, more }) => (
          <Table
            label={plural(held.length, 'held payment')}
            rows={held}
            columns={COLUMNS}
            keyOf={({ payment }) => payment}
            hrefOf={({ payment }) => href('holds', payment)}
            nameOf={({ payment }) => <code>{idOf(payment)}</code>}
            selected={id}
            empty={<Empty title="Nothing is held">No payment is held.</Empty>}
            more={more && 'Only the oldest are shown. More will appear after you answer these.'}
          />
        )}
      </Shown>
    </ViewLayout>
  );
}

function HeldContent({ held }: { held: HeldShown }) {
  const { payment, status, advice, moved, expected, granted, direction, orderReference, named, sides } = held;
  const money = {
    ...{ expected, moved, direction },
    isUnnamed: moved.length === 0 && isPaidLike(status),
  };
  const rows = moneyRows({ ...money, order: orderReference ?? named?.join(', ') });
  return (
    <>
      <div class="lead">
        <p class="badges">
          <StatusBadge status={status} />
          <Badge tone="plain">{granted ? 'Goods are given' : 'Goods are not given'}</Badge>
        </p>
        <p>{STATUS_EXPLAINED[status]}</p>
      </div>
      {advice.map((each) => (
        <HoldCard key={each.reason + each.digest} payment={payment} advice={each} rows={rows} />
      ))}
      {sides.map(({ key, notifications }) => (
        <Section key={key} title={`Versions of notification ${key}`}>
          <Compared notifications={notifications} />
        </Section>
      ))}
      <Section title="Money">
        <MoneyRows {...money} />
        <NameValues rows={[['Order', <OrderOf key="order" held={held} />]]} />
      </Section>
      <p>
        <a class="button" href={href('payments', payment)}>
          Open the payment
        </a>
      </p>
    </>
  );
}
