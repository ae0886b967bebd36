import type { QuarantinedShown, QuarantineView } from '../../contract.ts';
import { useView } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Toggle } from '../parts/filters.tsx';
import { Detail, Facts, Section, ViewLayout } from '../parts/layout.tsx';
import { SentBack } from '../parts/sent-back.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, CopyId, Time, type Tone } from '../parts/values.tsx';
import { href, type Route } from '../route.ts';
import { plural, providerTitle, words } from '../text.ts';
import { PaymentSource } from './payments.tsx';

const TODAY: Readonly<Record<QuarantinedShown['today'], readonly [Tone, string, string]>> = {
  readable: ['good', 'Readable', 'This version can read it: apply it.'],
  unreadable: [
    'wait',
    'Unreadable',
    'This version cannot read it either. Look at it with the provider’s documents; discard it only when nothing of money is in it.',
  ],
  question: [
    'plain',
    'Question',
    'It was a question of the provider, whose time is over. It cannot be applied.',
  ],
  not_opened: ['bad', 'Not opened', 'It cannot be opened: its sealing key is gone.'],
  applied: ['plain', 'Applied', 'It has been applied.'],
};

const TodayBadge = ({ today }: { today: QuarantinedShown['today'] }) => (
  <Badge tone={TODAY[today][0]} title={TODAY[today][2]}>
    {TODAY[today][1]}
  </Badge>
);

const COLUMNS: readonly Column<QuarantinedShown>[] = [
  {
    title: 'Notification',
    place: 'main',
    cell: ({ provider, account }) => <PaymentSource provider={provider} account={account} />,
  },
  { title: 'Today', place: 'end', cell: ({ today }) => <TodayBadge today={today} /> },
  { title: 'Reason', place: 'rest', cell: ({ reason }) => words(reason) },
  { title: 'Received', place: 'rest', isRight: true, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
];

export function Quarantine({ route: { id, query } }: { route: Route }) {
  const all = query.get('all') === '1';
  const view = useView<QuarantineView>(all ? 'quarantine?all=1' : 'quarantine');
  const open = view.data?.messages.find((message) => message.id === id);
  const ready =
    view.data?.messages.filter(({ today }) => today === 'readable').map((message) => message.id) ?? [];
  return (
    <ViewLayout
      title="Quarantine"
      says="Authentic notifications that could not be read safely. They are kept and never applied by themselves."
      tools={
        ready.length === 0 ? undefined : (
          <ActionButton
            label={`Apply ${ready.length} readable`}
            ready={{ action: 'quarantine-apply', body: { ids: ready } }}
          />
        )
      }
      filters={<Toggle name="all" label="Also what was applied" value={all ? '1' : ''} />}
      detail={
        id === undefined ? null : (
          <Detail
            id={id}
            kind="Quarantined notification"
            title={<CopyId value={id} label="the id" />}
            view="quarantine"
            query={query}
          >
            {open === undefined ? (
              <Shown view={view}>{() => <Empty title="It is not in quarantine any more" />}</Shown>
            ) : (
              <Quarantined message={open} />
            )}
          </Detail>
        )
      }
    >
      <Shown view={view}>
        {({ messages, more }) =>
          messages.length === 0 ? (
            <Empty title="Quarantine is empty">Every notification could be read.</Empty>
          ) : (
            <>
              <Table
                label={plural(messages.length, 'notification')}
                rows={messages}
                columns={COLUMNS}
                keyOf={(message) => message.id}
                hrefOf={(message) => href('quarantine', message.id, query)}
                nameOf={(message) => <code>{message.id}</code>}
                selected={id}
              />
              {more ? <p class="faint pad">There are more.</p> : null}
            </>
          )
        }
      </Shown>
      <SentBack title={({ by }) => `Applied by ${by}`} entries={view.data?.sentBack ?? []} />
    </ViewLayout>
  );
}

const Quarantined = ({ message }: { message: QuarantinedShown }) => (
  <>
    <section class="callout" aria-label="What to do">
      <h3>What to do</h3>
      <p>{TODAY[message.today][2]}</p>
      <p class="tools">
        {message.today === 'readable' ? (
          <ActionButton ready={{ action: 'quarantine-apply', body: { ids: [message.id] } }} />
        ) : null}
        {message.today === 'unreadable' || message.today === 'question' ? (
          <ActionButton ready={{ action: 'quarantine-discard', body: { id: message.id } }} />
        ) : null}
      </p>
    </section>
    <Section title="What is known">
      <Facts
        rows={[
          ['Reason', words(message.reason)],
          ['Account', `${providerTitle(message.provider)}, ${message.account}`],
          ['Received', <Time key="at" at={message.receivedAt} />],
          [
            'Correlation id',
            <a key="request" href={href('requests', message.correlationId)}>
              <code>{message.correlationId}</code>
            </a>,
          ],
          ['Digest', <CopyId key="digest" value={message.digest} label="the digest" />],
        ]}
      />
    </Section>
  </>
);
