import type { HeldShown, HoldsView } from '../../contract.ts';
import { useView } from '../api.ts';
import { HoldCard } from '../parts/hold-card.tsx';
import { Detail, Section, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Age, Amounts, Badge, holdExplained, holdTitle, NoOrder, StatusBadge } from '../parts/values.tsx';
import { href, type Route } from '../route.ts';
import { idOf, plural, termList } from '../text.ts';
import { Compared } from './compared.tsx';
import { PaymentSource } from './payments.tsx';

const COLUMNS: readonly Column<HeldShown>[] = [
  {
    title: 'Payment',
    place: 'main',
    cell: ({ payment }) => {
      const [provider = '', account = ''] = payment.split(':');
      return <PaymentSource provider={provider} account={account} />;
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
    title: 'Expected',
    place: 'rest',
    isRight: true,
    isExtra: true,
    cell: ({ expected }) => <span class="amount">{termList(expected) || '–'}</span>,
  },
  { title: 'Moved', place: 'rest', isRight: true, cell: ({ moved }) => <Amounts amounts={moved} /> },
  { title: 'Waiting for', place: 'rest', isRight: true, cell: ({ since }) => <Age since={since} /> },
];

export function Holds({ route: { id, query } }: { route: Route }) {
  const view = useView<HoldsView>('holds');
  const open = view.data?.held.find(({ payment }) => payment === id);
  return (
    <ViewLayout
      title="Holds"
      says="Payments that Payhooks refuses to act on until you answer."
      detail={
        id === undefined ? null : (
          <Detail id={id} kind="Held payment" title={idOf(id)} view="holds" query={query}>
            {open === undefined ? (
              <Shown view={view}>
                {() => (
                  <Empty title="It is not held any more">
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
        {({ held, more }) =>
          held.length === 0 ? (
            <Empty title="Nothing is held">No payment waits for your answer.</Empty>
          ) : (
            <>
              <Table
                label={plural(held.length, 'held payment')}
                rows={held}
                columns={COLUMNS}
                keyOf={({ payment }) => payment}
                hrefOf={({ payment }) => href('holds', payment)}
                nameOf={({ payment }) => <code>{idOf(payment)}</code>}
                selected={id}
              />
              {more ? <p class="faint pad">There are more: answer these first.</p> : null}
            </>
          )
        }
      </Shown>
    </ViewLayout>
  );
}

function HeldContent({ held }: { held: HeldShown }) {
  const { payment, status, holds, moved, expected, granted, orderReference, named, sides } = held;
  return (
    <>
      <div class="lead">
        <p class="badges">
          <StatusBadge status={status} />
          {granted ? (
            <Badge tone="plain">Goods are given</Badge>
          ) : (
            <Badge tone="plain">Goods are not given</Badge>
          )}
        </p>
      </div>
      {holds.map((hold) => (
        <HoldCard key={hold.reason + hold.digest} payment={payment} hold={hold} />
      ))}
      {sides.map(({ key, notifications }) => (
        <Section key={key} title={`Notification ${key}: what its copies say`}>
          <Compared notifications={notifications} />
        </Section>
      ))}
      <Section title="Money">
        <dl class="money">
          <div>
            <dt>Expected</dt>
            <dd class="amount">
              {expected.length === 0 ? <span class="faint">no order</span> : termList(expected)}
            </dd>
          </div>
          <div>
            <dt>Moved</dt>
            <dd>
              <Amounts amounts={moved} none="nothing" />
            </dd>
          </div>
          <div>
            <dt>Order</dt>
            <dd>
              {orderReference === undefined ? (
                <NoOrder named={named} />
              ) : (
                <a href={href('orders', orderReference)}>{orderReference}</a>
              )}
            </dd>
          </div>
        </dl>
      </Section>
      <p>
        <a class="button" href={href('payments', payment)}>
          Open the payment
        </a>
      </p>
    </>
  );
}
