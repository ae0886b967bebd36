import { useEffect, useRef } from 'preact/hooks';
import type { DeadLettersView, QueuesView } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { DEAD_LETTERS, refresh, useView } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DocLink } from '../parts/doc-link.tsx';
import { JsonText } from '../parts/json.tsx';
import {
  Callout,
  Card,
  Detail,
  type NameValueRow,
  NameValues,
  Section,
  ViewLayout,
} from '../parts/layout.tsx';
import { SentBack } from '../parts/sent-back.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, CopyId, Numbers, PaymentLink, RequestLink, Time } from '../parts/values.tsx';
import { plural, providerTitle, words } from '../text.ts';

type Letter = DeadLettersView['letters'][number];

const COLUMNS: readonly Column<Letter>[] = [
  {
    title: 'Message',
    place: 'main',
    cell: (letter) => (
      <span class="sub">
        {letter.of === undefined ? '' : `${letter.of} · `}
        <code>{letter.id}</code>
      </span>
    ),
  },
  {
    title: 'Where',
    place: 'end',
    cell: ({ from }) => (
      <Badge tone={from === 'parked' ? 'wait' : 'bad'}>{from === 'parked' ? 'Parked' : 'Dead letter'}</Badge>
    ),
  },
  { title: 'Reason', isWide: true, cell: ({ why }) => why },
  {
    title: 'Attempts',
    isRight: true,
    isExtra: true,
    cell: ({ receives }) => <span class="amount">{receives}</span>,
  },
  { title: 'Sent', isRight: true, cell: ({ sentAt }) => <Time at={sentAt} /> },
];

export function Queues({ route: { id, query } }: { route: Route }) {
  const queues = useView<QueuesView>('queues');
  // Reading dead letters hides them for a moment, so they are requested only when the list is opened, after an action
  // on them (`act`), and when a number of them changes.
  const letters = useView<DeadLettersView>(DEAD_LETTERS, { live: false });
  useReloadOnChange(queues.data);
  const open = letters.data?.letters.find((letter) => letter.id === id);
  const ids =
    letters.data?.letters.filter(({ from }) => from === 'dead-letter queue').map((letter) => letter.id) ?? [];
  return (
    <ViewLayout
      title="Queues"
      says="Messages on their way, dead letters and parked messages."
      tools={
        <>
          <button type="button" class="button" onClick={() => refresh(DEAD_LETTERS)}>
            Refresh
          </button>
          {ids.length > 1 ? (
            <ActionButton label={`Redrive all ${ids.length}`} ready={{ action: 'redrive', body: { ids } }} />
          ) : null}
        </>
      }
      detail={
        id === undefined ? null : (
          <Detail
            id={id}
            kind={open?.from === 'parked' ? 'Parked message' : 'Dead letter'}
            title={open?.title ?? id}
            view="queues"
            query={query}
          >
            {open === undefined ? (
              <Shown view={letters}>
                {() => (
                  <Empty title="It is not there any more">
                    It was redriven, or SQS hides it for a moment.
                  </Empty>
                )}
              </Shown>
            ) : (
              <LetterContent letter={open} />
            )}
          </Detail>
        )
      }
    >
      <Shown view={queues} lines={3}>
        {({ queues: rows }) => <QueueCards queues={rows} />}
      </Shown>
      <h2 class="list-title">Dead letters and parked messages</h2>
      <Shown view={letters} lines={3}>
        {({ letters: rows }) => (
          <Table
            label={plural(rows.length, 'dead letter')}
            rows={rows}
            columns={COLUMNS}
            keyOf={(letter) => letter.id}
            hrefOf={(letter) => href('queues', letter.id)}
            nameOf={({ title }) => title}
            selected={id}
            empty={<Empty title="No dead letters">Every message was handled.</Empty>}
          />
        )}
      </Shown>
      <SentBack title={({ by }) => `Redriven by ${by}`} entries={queues.data?.sentBack ?? []} />
    </ViewLayout>
  );
}

function useReloadOnChange(data: QueuesView | undefined): void {
  // Each number by itself: a dead letter that is redriven and parked at once leaves their sum as it was.
  const counts = data?.queues.map(({ deadLetters, parked }) => `${deadLetters} ${parked}`).join();
  const last = useRef(counts);
  useEffect(() => {
    if (counts !== undefined && last.current !== undefined && counts !== last.current) refresh(DEAD_LETTERS);
    last.current = counts;
  }, [counts]);
}

const QueueCards = ({ queues }: { queues: QueuesView['queues'] }) => (
  <div class="cards">
    {queues.map(({ name, visible, inFlight, delayed, deadLetters, parked, paused }) => (
      <Card key={name} title={words(name)} beside={paused ? <Badge tone="wait">Paused</Badge> : null}>
        <Numbers
          rows={[
            ['Waiting', visible],
            ['Being worked on', inFlight],
            ['To be retried', delayed],
            ['Dead letters', deadLetters, deadLetters > 0 ? 'bad' : 'plain'],
            ['Parked', parked, parked > 0 ? 'bad' : 'plain'],
          ]}
        />
      </Card>
    ))}
  </div>
);

const LetterContent = ({ letter }: { letter: Letter }) => (
  <>
    <Callout>
      <p>
        {letter.from === 'parked'
          ? 'A worker parked it because it could never succeed. Redrive it after the cause is corrected, or discard it.'
          : 'SQS moved it to the dead-letter queue after its last receive. When the cause is corrected, redrive it: nothing of it is lost.'}
      </p>
      <p class="tools">
        <ActionButton ready={{ action: 'redrive', body: { ids: [letter.id] } }} />
        {letter.from === 'parked' ? (
          <ActionButton ready={{ action: 'discard-parked', body: { id: letter.id } }} />
        ) : null}
      </p>
      <DocLink
        path={letter.from === 'parked' ? 'runbooks/parked.md' : 'runbooks/dlq-not-empty.md'}
        about={{ message: letter.id, in: 'queues' }}
      />
    </Callout>
    <Section title="The message">
      <NameValues
        rows={[
          ...aboutOf(letter),
          ['Queue', words(letter.queue)],
          ['Reason', letter.why],
          ['Attempts', String(letter.receives)],
          ['Sent', <Time key="at" at={letter.sentAt} />],
          ['Id of the message', <CopyId key="id" value={letter.id} label="the message’s id" />],
        ]}
      />
      <p class="faint">Its envelope. What the envelope carries stays sealed.</p>
      <JsonText value={letter.envelope} />
    </Section>
  </>
);

/** What the envelope names, with the way to it. */
function aboutOf({ envelope }: Letter): readonly NameValueRow[] {
  const text = (name: string) => (typeof envelope[name] === 'string' ? envelope[name] : undefined);
  const [payment, provider, account] = [text('payment'), text('provider'), text('account')];
  const correlationId = text('correlationId');
  return [
    ['Payment', payment && <PaymentLink key="payment" payment={payment} />],
    ['Account', provider && [providerTitle(provider), account].filter(Boolean).join(' · ')],
    ['Request', correlationId && <RequestLink key="request" correlationId={correlationId} />],
  ];
}
