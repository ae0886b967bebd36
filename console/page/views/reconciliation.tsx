import type { ReconciliationView } from '../../contract.ts';
import { useView } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { JsonOf } from '../parts/json.tsx';
import { Detail, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { Badge, Time } from '../parts/values.tsx';
import type { Route } from '../route.ts';
import { href } from '../route.ts';
import { grouped, idOf, providerTitle } from '../text.ts';
import { PaymentPanel } from './payment.tsx';
import { PAYMENT_COLUMNS } from './payments.tsx';

export function ReconciliationPage({ route: { id, query } }: { route: Route }) {
  const view = useView<ReconciliationView>('reconciliation');
  return (
    <ViewLayout
      title="Reconciliation"
      says="What the providers list, compared with what is stored."
      tools={<ActionButton ready={{ action: 'reconcile', body: {} }} />}
      detail={
        id === undefined ? null : (
          <Detail id={id} kind="Payment" title={idOf(id)} view="reconciliation" query={query}>
            <PaymentPanel payment={id} />
          </Detail>
        )
      }
    >
      <Shown view={view}>
        {({ last, accounts, waiting, more }) => (
          <>
            <Last last={last} />
            <h2 class="list-title">Accounts</h2>
            <p class="faint pad">
              With <code>confirm</code> on, Payhooks asks the provider’s API about payments that wait. Without
              it, notifications are all that is known of the account.
            </p>
            <ul class="plain-list">
              {accounts.map(({ provider, account, asks }) => (
                <li key={provider + account}>
                  <span>
                    {providerTitle(provider)} · {account}
                  </span>
                  {asks ? (
                    <Badge tone="good">Provider is asked</Badge>
                  ) : (
                    <Badge tone="plain">Provider is not asked</Badge>
                  )}
                </li>
              ))}
            </ul>
            <h2 class="list-title">Payments that wait for their provider</h2>
            {waiting.length === 0 ? (
              <Empty title="Nothing waits">Every payment is settled, or has fresh news.</Empty>
            ) : (
              <Table
                label="Waiting payments"
                rows={waiting}
                columns={PAYMENT_COLUMNS}
                keyOf={({ payment }) => payment}
                hrefOf={({ payment }) => href('reconciliation', payment)}
                nameOf={({ payment }) => <code>{idOf(payment)}</code>}
                selected={id}
              />
            )}
            {more ? <p class="faint pad">There are more than were read.</p> : null}
          </>
        )}
      </Shown>
    </ViewLayout>
  );
}

function Last({ last }: { last: ReconciliationView['last'] }) {
  if (last === undefined)
    return <p class="faint pad">No reconciliation has run that this console knows of.</p>;
  return (
    <div class="cards">
      <section class="card" aria-label="Last reconciliation">
        <header>
          <h2>Last reconciliation</h2>
          {last.dryRun ? <Badge tone="plain">Dry run</Badge> : null}
          <Time at={last.at} />
        </header>
        <dl class="numbers">
          {(
            [
              ['Checked', last.checked, ''],
              ['Agreed', last.agreed, ''],
              ['Mended', last.mended, ''],
              ['Unexplained', last.unexplained, last.unexplained > 0 ? 'bad' : ''],
            ] as const
          ).map(([label, value, tone]) => (
            <div key={label} class={tone}>
              <dd>{grouped(value)}</dd>
              <dt>{label}</dt>
            </div>
          ))}
        </dl>
        {last.accounts
          .flatMap(({ unexplained }) => unexplained)
          .map(({ payment, why }) => (
            <p key={payment}>
              <a href={href('payments', payment)}>{idOf(payment)}</a>{' '}
              <span class="faint">{why.replaceAll('_', ' ')}</span>
            </p>
          ))}
        <JsonOf label="JSON" value={last} />
      </section>
    </div>
  );
}
