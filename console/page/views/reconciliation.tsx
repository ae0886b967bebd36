import type { ReconciliationView } from '../../contract.ts';
import type { Route } from '../address.ts';
import { useView } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { JsonOf } from '../parts/json.tsx';
import { Card, Detail, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Badge, Numbers, PaymentLink, Time } from '../parts/values.tsx';
import { idOf, providerTitle } from '../text.ts';
import { PaymentPanel } from './payment.tsx';
import { PaymentTable } from './payments.tsx';

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
              With <code>confirm</code> on, Payhooks polls the provider’s API about payments that wait.
              Without it, notifications are all that is known about the account.
            </p>
            <ul class="plain-list">
              {accounts.map(({ provider, account, isPolled }) => (
                <li key={provider + account}>
                  <span>
                    {providerTitle(provider)} · {account}
                  </span>
                  <Badge tone={isPolled ? 'good' : 'plain'}>{isPolled ? 'Polled' : 'Not polled'}</Badge>
                </li>
              ))}
            </ul>
            <h2 class="list-title">Payments that wait for their provider</h2>
            <PaymentTable
              label="Waiting payments"
              payments={waiting}
              view="reconciliation"
              selected={id}
              empty={<Empty title="Nothing waits">No payment waits for its provider.</Empty>}
            />
            {more ? <p class="faint pad">There are more than were read.</p> : null}
          </>
        )}
      </Shown>
    </ViewLayout>
  );
}

function Last({ last }: { last: ReconciliationView['last'] }) {
  if (last === undefined)
    return <p class="faint pad">This console knows of no reconciliation that has run.</p>;
  return (
    <div class="cards">
      <Card
        title="Last reconciliation"
        beside={
          <>
            {last.dryRun ? <Badge tone="plain">Dry run</Badge> : null}
            <Time at={last.at} />
          </>
        }
      >
        <Numbers
          rows={[
            ['Checked', last.checked],
            ['Agreed', last.agreed],
            ['Added', last.mended],
            ['Unexplained', last.unexplained, last.unexplained > 0 ? 'bad' : 'plain'],
          ]}
        />
        {last.accounts
          .flatMap(({ unexplained }) => unexplained)
          .map(({ payment, why }) => (
            <p key={payment}>
              <PaymentLink payment={payment} /> <span class="faint">{why.replaceAll('_', ' ')}</span>
            </p>
          ))}
        <JsonOf label="JSON" value={last} />
      </Card>
    </div>
  );
}
