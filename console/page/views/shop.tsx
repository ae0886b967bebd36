import type { FulfilmentsView, Received } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { JsonOnDemand } from '../parts/json.tsx';
import { Detail, NameValues, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, CopyId, OrderLink, PaymentLink, Time, type Tone } from '../parts/values.tsx';
import { idOf, plural } from '../text.ts';

const TONE: Readonly<Record<string, Tone>> = { fulfil: 'good', revoke: 'bad' };

const COLUMNS: readonly Column<Received>[] = [
  { title: 'Event', place: 'main', cell: ({ payment }) => <span class="sub">{idOf(payment)}</span> },
  {
    title: 'Copies',
    place: 'end',
    cell: ({ copies }) => (
      <Badge tone={copies > 1 ? 'wait' : 'plain'}>{plural(copies, 'copy', 'copies')}</Badge>
    ),
  },
  { title: 'Order', cell: ({ orderReference }) => <span class="clip">{orderReference ?? '–'}</span> },
  { title: 'Received', isRight: true, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
];

export function Shop({ route: { id, query } }: { route: Route }) {
  const view = useView<FulfilmentsView>('fulfilments');
  const open = view.data?.fulfilments.find((event) => event.id === id);
  return (
    <ViewLayout
      title="Shop"
      says="What the demo shop on this computer received."
      detail={
        id === undefined ? null : (
          <Detail id={id} kind="Received event" title={open?.type ?? 'Event'} view="shop" query={query}>
            {open === undefined ? null : (
              <NameValues
                rows={[
                  ['Id', <CopyId key="id" value={open.id} label="the event’s id" />],
                  ['Payment', <PaymentLink key="payment" payment={open.payment} />],
                  ['Order', <OrderLink key="order" reference={open.orderReference} />],
                  ['Came by', open.via],
                  ['Copies', String(open.copies)],
                  ['Received', <Time key="at" at={open.receivedAt} />],
                ]}
              />
            )}
            <JsonOnDemand label="JSON of the event" path={`events/${encodeURIComponent(id)}`} />
          </Detail>
        )
      }
    >
      <Shown view={view}>
        {({ fulfilments }) => (
          <Table
            label={plural(fulfilments.length, 'event')}
            rows={fulfilments}
            columns={COLUMNS}
            keyOf={(event) => event.id}
            hrefOf={(event) => href('shop', event.id, query)}
            nameOf={({ type }) => <Badge tone={TONE[type] ?? 'plain'}>{type}</Badge>}
            selected={id}
            empty={
              <Empty title="The shop has received nothing yet">
                <a href={href('try')}>Trigger a story</a>
              </Empty>
            }
          />
        )}
      </Shown>
    </ViewLayout>
  );
}
