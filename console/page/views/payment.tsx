/** One payment: what to do, its state, money, order, and its whole timeline. */

import { STATUS_EXPLAINED } from '../../../shared/payment/explained.ts';
import type { NextStep, PaymentDetail } from '../../contract.ts';
import { useView } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import type { Ready } from '../parts/actions.ts';
import { HoldCard } from '../parts/hold-card.tsx';
import { JsonOf } from '../parts/json.tsx';
import { Facts, Section } from '../parts/layout.tsx';
import { Shown } from '../parts/states.tsx';
import { Amounts, Badge, CopyId, HoldBadges, NoOrder, StatusBadge, Time } from '../parts/values.tsx';
import { href } from '../route.ts';
import { moneyText, providerTitle, termList, words } from '../text.ts';
import { PaymentState } from './payment-state.tsx';
import { Timeline } from './timeline.tsx';

export function PaymentPanel({ payment }: { payment: string }) {
  const view = useView<PaymentDetail>(`payments/${encodeURIComponent(payment)}`);
  return <Shown view={view}>{(detail) => <PaymentContent detail={detail} />}</Shown>;
}

function PaymentContent({ detail }: { detail: PaymentDetail }) {
  const { payment, timeline, more, received = [] } = detail;
  return (
    <>
      <div class="lead">
        <p class="badges">
          <StatusBadge status={payment.status} />
          <HoldBadges holds={payment.holds} />
          {payment.test ? <Badge tone="plain">Test</Badge> : null}
        </p>
        <p>{STATUS_EXPLAINED[payment.status]}</p>
      </div>
      <NextSteps detail={detail} />
      <Section title="State">
        <PaymentState status={payment.status} grant={payment.grant} held={payment.holds.length > 0} />
      </Section>
      <MoneySection detail={detail} />
      <Section title="Timeline">
        <Timeline moments={timeline} received={received} />
        {more ? (
          <p class="faint">There is more than was read: npx payhooks payments show reads all of it.</p>
        ) : null}
      </Section>
      <FactsSection detail={detail} />
      <Section
        title="Rederive"
        tools={<ActionButton small ready={{ action: 'rederive', body: { payments: [payment.key] } }} />}
      >
        <p class="faint">
          Derives it anew from its stored facts, after an update or a change of policy. It shows first what
          would change.
        </p>
      </Section>
      <JsonOf label="JSON of the payment" value={detail} />
    </>
  );
}

/** What to do, with buttons: each hold with the effect of its answers, then the other steps. */
function NextSteps({ detail: { payment, nextSteps } }: { detail: PaymentDetail }) {
  const answersHold = ({ actions }: NextStep) => actions.some(({ action }) => action === 'release');
  const others = nextSteps.filter((step) => !answersHold(step));
  return (
    <>
      {payment.holds.map((hold) => (
        <HoldCard
          key={hold.reason + hold.digest}
          payment={payment.key}
          hold={hold}
          doc={nextSteps.find(answersHold)?.doc}
        />
      ))}
      {others.length === 0 ? null : (
        <section class="callout" aria-label="What to do">
          <h3>What to do</h3>
          <ol class="steps">
            {others.map(({ says, actions, doc }) => (
              <li key={says}>
                <p>{says}</p>
                <p class="tools">
                  {actions.map(({ action, body }) => (
                    <ActionButton
                      key={action + JSON.stringify(body)}
                      small
                      ready={{ action, body } as Ready}
                    />
                  ))}
                </p>
                {doc === undefined ? null : <p class="faint">Read docs/{doc}</p>}
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

function MoneySection({ detail }: { detail: PaymentDetail }) {
  const { payment, money, order, owed, refunds } = detail;
  const reference = order?.reference ?? payment.orderReference;
  const named = payment.aliases.flatMap(({ type, value }) => (type === 'reference' ? [value] : []));
  return (
    <Section title="Money and order">
      <dl class="money">
        <div>
          <dt>Expected</dt>
          <dd class="amount">
            {money.expected.length === 0 ? <span class="faint">no order</span> : termList(money.expected)}
          </dd>
        </div>
        <div>
          <dt>Moved</dt>
          <dd>
            <Amounts amounts={money.moved} none="nothing" />
          </dd>
        </div>
        <div>
          <dt>Returned</dt>
          <dd>
            <Amounts amounts={money.returned} none="nothing" />
          </dd>
        </div>
        {money.unexpected.length === 0 ? null : (
          <div>
            <dt>Unexpected</dt>
            <dd>
              <Amounts amounts={money.unexpected} />
            </dd>
          </div>
        )}
      </dl>
      <Facts
        rows={[
          [
            'Order',
            reference === undefined ? (
              <NoOrder named={named} />
            ) : (
              <>
                <a href={href('orders', reference)}>{reference}</a>
                {order === undefined ? null : <span class="faint"> · {order.state}</span>}
              </>
            ),
          ],
          ...(owed === undefined || owed.owed.length === 0
            ? []
            : ([['To give back', <Amounts key="due" amounts={owed.owed} />]] as const)),
          ...refunds.map(
            ({ reference: name, amount, currency, state }) =>
              [
                `Refund ${name}`,
                `${moneyText({ amount, currency })}, ${words(state).toLowerCase()}`,
              ] as const,
          ),
        ]}
      />
    </Section>
  );
}

function FactsSection({ detail }: { detail: PaymentDetail }) {
  const { payment } = detail;
  return (
    <Section title="Facts">
      <Facts
        rows={[
          ['Payment', <CopyId key="key" value={payment.key} label="the payment’s name" />],
          ['Provider', `${providerTitle(payment.provider)}, account ${payment.account}`],
          ['First seen', <Time key="first" at={payment.firstSeenAt} />],
          ['Last news', <Time key="last" at={payment.updatedAt} />],
          ...payment.aliases.map(
            ({ type, value }) =>
              [`Name (${type})`, <CopyId key={value} value={value} label="the name" />] as const,
          ),
        ]}
      />
      <table class="simple">
        <caption class="visually-hidden">Facts</caption>
        <thead>
          <tr>
            <th scope="col">Entry</th>
            <th scope="col">Codes</th>
            <th scope="col" class="right">
              Amounts
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(payment.facts).map(([entry, { codes, amounts }]) => (
            <tr key={entry}>
              <td>
                <code>{entry}</code>
              </td>
              <td>{codes.join(', ')}</td>
              <td class="right amount">{amounts.join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
