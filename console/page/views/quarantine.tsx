import type { QuarantinedShown, QuarantineView } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DocLink } from '../parts/doc-link.tsx';
import { Toggle } from '../parts/filters.tsx';
import { Callout, Detail, NameValues, Section, ViewLayout } from '../parts/layout.tsx';
import { SentBack } from '../parts/sent-back.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Badge, CopyId, RequestLink, Source, Time, type Tone } from '../parts/values.tsx';
import { plural, providerTitle, reasonText } from '../text.ts';

const TODAY: Readonly<Record<QuarantinedShown['today'], readonly [Tone, string, string]>> = {
  readable: [
    'good',
    'Can be read',
    'This version of Payhooks can read it: apply it, and it counts for its payment.',
  ],
  unreadable: [
    'wait',
    'Cannot be read',
    'This version of Payhooks cannot read it either. Ask the provider what it says; discard it only when it says nothing about money.',
  ],
  question: [
    'plain',
    'Question',
    'The provider asked something and waited for the answer; that time is over. It cannot be applied: discard it.',
  ],
  not_opened: ['bad', 'Cannot be opened', 'It is kept sealed, and the key that opens it is gone.'],
  applied: ['plain', 'Applied', 'It counts for its payment since.'],
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
    cell: ({ id, provider, account }) => (
      <>
        <Source provider={provider} account={account} />
        <span class="sub">
          <code>{id}</code>
        </span>
      </>
    ),
  },
  { title: 'Now', place: 'end', cell: ({ today }) => <TodayBadge today={today} /> },
  { title: 'Received', isRight: true, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
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
      says="Genuine notifications that could not be read safely. They are kept, and count for no payment until you apply them."
      tools={
        ready.length === 0 ? undefined : (
          <ActionButton
            label={`Apply ${ready.length} readable`}
            ready={{ action: 'quarantine-apply', body: { ids: ready } }}
          />
        )
      }
      filters={<Toggle name="all" label="Also what was applied" query={query} />}
      detail={
        id === undefined ? null : (
          <Detail
            id={id}
            kind="Quarantined notification"
            title={open === undefined ? id : `Notification of ${providerTitle(open.provider)}`}
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
        {({ messages, more }) => (
          <Table
            label={plural(messages.length, 'notification')}
            rows={messages}
            columns={COLUMNS}
            keyOf={(message) => message.id}
            hrefOf={(message) => href('quarantine', message.id, query)}
            nameOf={({ reason }) => reasonText(reason)}
            selected={id}
            empty={<Empty title="Quarantine is empty">Every notification could be read.</Empty>}
            more={more && 'There are more.'}
          />
        )}
      </Shown>
      <SentBack title={({ by }) => `Applied by ${by}`} entries={view.data?.sentBack ?? []} />
    </ViewLayout>
  );
}

const Quarantined = ({ message }: { message: QuarantinedShown }) => (
  <>
    <Callout>
      <p>{TODAY[message.today][2]}</p>
      <p class="tools">
        {message.today === 'readable' ? (
          <ActionButton ready={{ action: 'quarantine-apply', body: { ids: [message.id] } }} />
        ) : null}
        {message.today === 'unreadable' || message.today === 'question' ? (
          <ActionButton ready={{ action: 'quarantine-discard', body: { id: message.id } }} />
        ) : null}
      </p>
      <DocLink path="runbooks/quarantine.md" about={{ message: message.id, in: 'quarantine' }} />
    </Callout>
    <Section title="What is known">
      <NameValues
        rows={[
          ['Why it is here', reasonText(message.reason)],
          ['Account', `${providerTitle(message.provider)}, account ${message.account}`],
          ['Received', <Time key="at" at={message.receivedAt} />],
          ['Request', <RequestLink key="request" correlationId={message.correlationId} />],
          ['Id', <CopyId key="id" value={message.id} label="the id" />],
          ['Digest of its content', <CopyId key="digest" value={message.digest} label="the digest" />],
        ]}
      />
    </Section>
  </>
);
