import type { UndeliveredView } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DocLink } from '../parts/doc-link.tsx';
import { JsonOnDemand } from '../parts/json.tsx';
import { Callout, Detail, NameValues, Section, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Age, Badge, CopyId, OrderLink, PaymentLink, StatusBadge, Time } from '../parts/values.tsx';
import { eventRows, eventTitle, failureTitle, idOf, nothingLate, plural } from '../text.ts';

type Undelivered = UndeliveredView['events'][number];

const StateOfEvent = ({ state }: { state: Undelivered['state'] }) => (
  <Badge tone={state === 'failed' ? 'bad' : 'wait'}>{state === 'failed' ? 'Given up' : 'Late'}</Badge>
);

function Why({ failure }: { failure: string | undefined }) {
  const { target } = useCapabilities();
  return <>{failureTitle(failure, target)}</>;
}

const COLUMNS: readonly Column<Undelivered>[] = [
  {
    title: 'Event',
    place: 'main',
    cell: ({ type, payment }) => (
      <span class="sub">
        <code>{type}</code> of payment {idOf(payment)}
      </span>
    ),
  },
  { title: 'State', place: 'end', cell: ({ state }) => <StateOfEvent state={state} /> },
  {
    title: 'Order',
    isExtra: true,
    cell: ({ orderReference }) => (
      <span class="clip">{orderReference ?? <span class="faint">none</span>}</span>
    ),
  },
  { title: 'Why', cell: ({ lastFailure }) => <Why failure={lastFailure} /> },
  {
    title: 'Attempts',
    isRight: true,
    isExtra: true,
    cell: ({ attempts }) => <span class="amount">{attempts}</span>,
  },
  { title: 'Since', isRight: true, cell: ({ createdAt }) => <Age since={createdAt} /> },
];

export function UndeliveredEvents({ route: { id, query } }: { route: Route }) {
  const view = useView<UndeliveredView>('undelivered');
  const open = view.data?.events.find((event) => event.id === id);
  const hasFailed = view.data?.events.some(({ state }) => state === 'failed') ?? false;
  return (
    <ViewLayout
      title="Undelivered"
      says="Events that your shop should have received by now."
      tools={hasFailed ? <ActionButton ready={{ action: 'redeliver-failed', body: {} }} /> : undefined}
      detail={
        id === undefined ? null : (
          <Detail
            id={id}
            kind="Undelivered event"
            title={open === undefined ? 'Event' : eventTitle(open.type)}
            view="undelivered"
            query={query}
          >
            {open === undefined ? (
              <Shown view={view}>{() => <Empty title="It has been delivered" />}</Shown>
            ) : (
              <UndeliveredContent event={open} />
            )}
          </Detail>
        )
      }
    >
      <Shown view={view}>
        {({ events, onTheirWay, more }) => (
          <Table
            label={plural(events.length, 'undelivered event')}
            rows={events}
            columns={COLUMNS}
            keyOf={(event) => event.id}
            hrefOf={(event) => href('undelivered', event.id)}
            nameOf={({ type }) => eventTitle(type)}
            selected={id}
            empty={<Empty title={nothingLate(onTheirWay).title}>{nothingLate(onTheirWay).says}</Empty>}
            more={more && 'There are more.'}
          />
        )}
      </Shown>
    </ViewLayout>
  );
}

const UndeliveredContent = ({ event }: { event: Undelivered }) => (
  <>
    <Callout>
      <p>{event.says}</p>
      <p>
        {event.state === 'failed'
          ? 'It is not tried again by itself. See why your shop does not take it; when it answers again, redeliver the event.'
          : 'It is tried again by itself. See whether your shop answers.'}
      </p>
      <ActionButton
        quiet={event.state !== 'failed'}
        ready={{
          action: 'redeliver',
          body: { event: event.id },
          rows: eventRows(event.id, event.orderReference),
        }}
      />
      <DocLink path="runbooks/fulfilment-failures.md" about={{ payment: event.payment, event: event.id }} />
    </Callout>
    <Section title="The event">
      <NameValues
        rows={[
          ['Event', eventTitle(event.type)],
          ['Id', <CopyId key="id" value={event.id} label="the event’s id" />],
          ['State', <StateOfEvent key="state" state={event.state} />],
          ['Attempts', String(event.attempts)],
          ['Created', <Time key="created" at={event.createdAt} />],
          ['Last attempt', <Time key="at" at={event.updatedAt} />],
          ['Payment', <PaymentLink key="payment" payment={event.payment} />],
          ['Status of the payment', <StatusBadge key="status" status={event.status} />],
          ['Order', <OrderLink key="order" reference={event.orderReference} />],
        ]}
      />
      <JsonOnDemand label="JSON of the event" path={`events/${encodeURIComponent(event.id)}`} />
    </Section>
  </>
);
