/** One payment: what to do, its state, money, order, and its whole timeline. */

import { STATUS_EXPLAINED } from '../../../shared/payment/explained.ts';
import { isPaidLike, isRejected } from '../../../shared/payment/statuses.ts';
import type { NextStep, PaymentDetail } from '../../contract.ts';
import { isFulfilPending } from '../../fulfil-pending.ts';
import { href } from '../address.ts';
import { useView } from '../api.ts';
import { FULFIL_PENDING } from '../goods.ts';
import { ActionButton } from '../parts/action-button.tsx';
import type { Ready } from '../parts/actions.ts';
import { DocLink } from '../parts/doc-link.tsx';
import { HoldCard } from '../parts/hold-card.tsx';
import { JsonOf } from '../parts/json.tsx';
import { LastWord } from '../parts/last-word.tsx';
import { Callout, type NameValueRow, NameValues, Section } from '../parts/layout.tsx';
import { MoneyRows, moneyRows } from '../parts/money-rows.tsx';
import { PaidAgain } from '../parts/paid-again.tsx';
import { Shown } from '../parts/states.tsx';
import { SimpleTable } from '../parts/table.tsx';
import {
  Amounts,
  Badge,
  CopyId,
  HoldBadges,
  NoOrder,
  OrderLink,
  RejectedBadge,
  StatusBadge,
  Time,
} from '../parts/values.tsx';
import { eventRows, moneyText, ORDER_STATES, providerTitle, words } from '../text.ts';
import { PaymentState } from './payment-state.tsx';
import { Timeline } from './timeline.tsx';

export function PaymentPanel({ payment }: { payment: string }) {
  const view = useView<PaymentDetail>(`payments/${encodeURIComponent(payment)}`);
  return <Shown view={view}>{(detail) => <PaymentContent detail={detail} />}</Shown>;
}

function PaymentContent({ detail }: { detail: PaymentDetail }) {
  const { payment, timeline, more, received = [] } = detail;
  const effects = timeline.flatMap((moment) => (moment.what === 'effect' ? [moment.effect] : []));
  const fulfilPending = isFulfilPending(payment.grant, effects);
  return (
    <>
      <div class="lead">
        <p class="badges">
          <StatusBadge status={payment.status} />
          {isRejected(payment) ? <RejectedBadge /> : null}
          <HoldBadges holds={payment.holds} />
          {payment.test ? <Badge tone="plain">Test</Badge> : null}
        </p>
        <p>
          {STATUS_EXPLAINED[payment.status]}
          {fulfilPending ? ` ${FULFIL_PENDING}` : ''}
        </p>
        <LastWord events={effects} />
      </div>
      <NextSteps detail={detail} />
      <PaidAgain paidAgain={detail.paidAgain} current={payment.key} />
      <Section title="State">
        <PaymentState
          status={payment.status}
          grant={payment.grant}
          held={payment.holds.length > 0}
          rejected={isRejected(payment)}
          fulfilPending={fulfilPending}
        />
      </Section>
      <MoneySection detail={detail} />
      <Section title="Timeline">
        <Timeline moments={timeline} received={received} order={referenceOf(detail)} />
        {more ? (
          <p class="faint">
            There is more than is shown here: <code>npx payhooks payments show</code> shows all of it.
          </p>
        ) : null}
      </Section>
      <FactsSection detail={detail} />
      <Section
        title="Rederive"
        tools={<ActionButton small ready={{ action: 'rederive', body: { payments: [payment.key] } }} />}
      >
        <p class="faint">
          Status, holds and goods are derived anew from the stored notifications, after an update of Payhooks
          or a change of its configuration. First you see what would change.
        </p>
      </Section>
      <JsonOf label="JSON of the payment" value={detail} />
    </>
  );
}

interface NextStepsProps {
  readonly detail: PaymentDetail;
  /** Then it leads to no runbook. */
  readonly isInRunbook?: boolean;
}

/** What to do, with buttons: each hold with the effect of its answers, then the other steps. */
export function NextSteps({ detail, isInRunbook = false }: NextStepsProps) {
  const { payment, nextSteps, advice = [] } = detail;
  const answersHold = ({ actions }: NextStep) => actions.some(({ action }) => action === 'release');
  const others = nextSteps.filter((step) => !answersHold(step));
  const rows = moneyRows({ ...moneyOf(detail), order: referenceOf(detail) });
  return (
    <>
      {advice.map((each) => (
        <HoldCard
          key={each.reason + each.digest}
          payment={payment.key}
          advice={each}
          rows={rows}
          isInRunbook={isInRunbook}
        />
      ))}
      {others.length === 0 ? null : (
        <Callout>
          <ol class="steps">
            {others.map(({ says, actions, doc }) => (
              <li key={says}>
                <p>{says}</p>
                <p class="tools">
                  {actions.map(({ action, body }) => (
                    <ActionButton
                      key={action + JSON.stringify(body)}
                      small
                      ready={
                        {
                          ...{ action, body },
                          rows:
                            action === 'redeliver'
                              ? eventRows((body as { event: string }).event, referenceOf(detail))
                              : rows,
                        } as Ready
                      }
                    />
                  ))}
                </p>
                {doc === undefined || isInRunbook ? null : (
                  <DocLink path={doc} about={{ payment: payment.key, ...eventIn(actions) }} />
                )}
              </li>
            ))}
          </ol>
        </Callout>
      )}
    </>
  );
}

/** The event that a step redelivers, for its runbook. */
const eventIn = (actions: NextStep['actions']): { readonly event?: string } =>
  actions.flatMap(({ action, body }) =>
    action === 'redeliver' ? [{ event: (body as { readonly event: string }).event }] : [],
  )[0] ?? {};

const referenceOf = ({ payment, order }: PaymentDetail): string | undefined =>
  order?.reference ?? payment.orderReference;

const moneyOf = ({ payment, money }: PaymentDetail) => ({
  ...money,
  direction: payment.reading.direction,
  isUnnamed: money.moved.length === 0 && isPaidLike(payment.status),
});

function MoneySection({ detail }: { detail: PaymentDetail }) {
  const { payment, order, owed, refunds } = detail;
  const reference = referenceOf(detail);
  const named = payment.aliases.flatMap(({ type, value }) => (type === 'reference' ? [value] : []));
  return (
    <Section title="Money and order">
      <MoneyRows {...moneyOf(detail)} />
      <NameValues
        rows={[
          [
            'Order',
            reference === undefined ? (
              <NoOrder named={named} />
            ) : (
              <>
                <OrderLink reference={reference} />
                {order === undefined ? null : (
                  <span class="faint"> · {ORDER_STATES[order.state][1].toLowerCase()}</span>
                )}
              </>
            ),
          ],
          ...(owed === undefined ? [] : dueRows(owed)),
          ...refunds.map(({ reference: name, state, ...money }): NameValueRow => {
            return [`Refund ${name}`, `${moneyText(money)}, ${REFUND_STATES[state] ?? words(state)}`];
          }),
        ]}
      />
    </Section>
  );
}

const REFUND_STATES: Readonly<Record<string, string>> = {
  asked: 'asked for; nothing has come of it yet',
  sent: 'sent, says the provider',
  failed: 'failed: the money is with you',
};

const dueRows = ({
  owed,
  underWay,
  isUnknown,
}: NonNullable<PaymentDetail['owed']>): readonly NameValueRow[] => [
  [
    'Still due to the shopper',
    isUnknown ? (
      'all of it; only the provider knows how much'
    ) : (
      <Amounts key="due" amounts={owed} none="nothing" />
    ),
  ],
  ['Refund under way', underWay.length > 0 ? <Amounts key="way" amounts={underWay} /> : undefined],
];

const ALIASES: Readonly<Record<PaymentDetail['payment']['aliases'][number]['type'], string>> = {
  id: 'Provider’s id',
  parent: 'Id of the earlier payment',
  reference: 'Reference that it names',
};

function FactsSection({ detail }: { detail: PaymentDetail }) {
  const { payment } = detail;
  return (
    <Section title="What is known about it">
      <NameValues
        rows={[
          ['Name of the payment', <CopyId key="key" value={payment.key} label="the payment’s name" />],
          ['Provider', `${providerTitle(payment.provider)}, account ${payment.account}`],
          ['First notification', <Time key="first" at={payment.firstSeenAt} />],
          ['Last change', <Time key="last" at={payment.updatedAt} />],
          ...payment.aliases.map(({ type, value }): NameValueRow => {
            return [ALIASES[type], <CopyId key={value} value={value} label="the name" />];
          }),
        ]}
      />
      <p class="faint">
        What the notifications say, joined. Entries and codes are explained for{' '}
        <a href={href('docs', `tables/${payment.provider}.md`)}>{providerTitle(payment.provider)}</a>.
      </p>
      <SimpleTable label="What the notifications say" titles={['Entry', 'Codes', 'Amounts']} last="amounts">
        {Object.entries(payment.facts).map(([entry, { codes, amounts }]) => (
          <tr key={entry}>
            <td>
              <code>{entry}</code>
            </td>
            <td>{codes.join(', ')}</td>
            <td class="amount">{amounts.join(', ')}</td>
          </tr>
        ))}
      </SimpleTable>
    </Section>
  );
}
