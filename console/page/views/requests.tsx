import type { RequestDetail, RequestShown, RequestSummary, RequestsView, SettledAs } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DocLink } from '../parts/doc-link.tsx';
import { listPath, Pager, ProviderSelect, Search, Select } from '../parts/filters.tsx';
import { Callout, Detail, type NameValueRow, NameValues, Section, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, SimpleTable, Table, type TableProps } from '../parts/table.tsx';
import { AnswerBadge, Badge, Clock, CopyId, OrderLink, Time } from '../parts/values.tsx';
import { adviceOn, FORGED, NOT_APPLIED, SELF_TEST_MEANS, SELF_TESTS } from '../refusal.ts';
import { amountText, grouped, idOf, plural, providerTitle, sentence, words } from '../text.ts';
import { NoPayments } from './payments.tsx';

const SELF_TESTS_TOO = 'self-tests';
const FILTERS = ['q', 'provider', 'account', 'status', 'reason', 'since', 'cursor'] as const;

/** Duration of an answer, as a part of the time that the provider waits. */
function Took({ ms }: { ms: number | undefined }) {
  const { answerBudgetMs: budgetMs } = useCapabilities();
  if (ms === undefined) return <span class="faint">–</span>;
  const share = Math.min(1, ms / budgetMs);
  const tone = ms > budgetMs ? 'bad' : ms > budgetMs / 2 ? 'wait' : 'good';
  return (
    <span class="took" title={`${grouped(ms)} ms of the ${grouped(budgetMs)} ms that the provider waits`}>
      <span class="amount">{grouped(ms)} ms</span>
      <svg class={`bar ${tone}`} viewBox="0 0 40 4" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="40" height="4" rx="2" />
        <rect class="fill" width={Math.max(2, 40 * share)} height="4" rx="2" />
      </svg>
    </span>
  );
}

const COLUMNS: readonly Column<RequestShown>[] = [
  { title: 'Received', place: 'main', cell: (request) => <span class="sub">{senderOf(request)}</span> },
  { title: 'Notification', isWide: true, cell: ({ summary }) => <Summary summary={summary} /> },
  { title: 'Answer', place: 'end', cell: ({ status }) => <AnswerBadge status={status} /> },
  {
    title: 'Outcome',
    isWide: true,
    cell: (request) => (
      <span class={`outcome${isUsual(request) ? ' usual' : ''}`}>
        <Outcome request={request} />
        {request.sentence === undefined ? null : <span class="sub clamp">{sentence(request.sentence)}</span>}
      </span>
    ),
  },
  { title: 'Time taken', isRight: true, isExtra: true, cell: ({ ms }) => <Took ms={ms} /> },
];

/** The provider's name of the event; undocumented types have none. */
const eventText = (event: string): string => (event === 'unknown' ? 'Unknown event type' : words(event));

const senderOf = ({ provider, account, selfTest }: RequestShown): string => {
  if (provider === undefined) return selfTest === undefined ? 'No account of this stack' : 'This stack';
  return `${providerTitle(provider)} · ${account ?? ''}`;
};

/**
 * The event and the amount, and below them payment and order. Without links, because a row of the list has only one.
 */
function Summary({ summary }: { summary: RequestSummary | undefined }) {
  if (summary === undefined) return <span class="faint">–</span>;
  const { event, amount, id, order, verified } = summary;
  const names = [
    ...(id === undefined ? [] : [`payment ${id}`]),
    ...(order === undefined ? [] : [`order ${order}`]),
  ];
  const head = [
    ...(event === undefined ? [] : [eventText(event)]),
    ...(amount === undefined ? [] : [amountText(amount)]),
  ];
  return (
    <span>
      <bdi>{head.length === 0 ? sentence(names.join(', ')) : head.join(' · ')}</bdi>
      {head.length === 0 || names.length === 0 ? null : (
        <span class="sub">
          <bdi>{sentence(names.join(', '))}</bdi>
        </span>
      )}
      {verified ? null : <span class="sub">Not verified</span>}
    </span>
  );
}

interface RequestTableProps extends Pick<TableProps<RequestShown>, 'label' | 'selected'> {
  readonly requests: readonly RequestShown[];
  readonly query?: URLSearchParams;
}

export const RequestTable = ({ requests, query, ...props }: RequestTableProps) => (
  <Table
    {...props}
    rows={requests}
    columns={COLUMNS}
    keyOf={({ correlationId }) => correlationId}
    hrefOf={({ correlationId }) => href('requests', correlationId, query)}
    nameOf={({ at }) => <Clock at={at} />}
  />
);

const SINCE = [
  ['1h', 'Last hour'],
  ['7d', 'Last 7 days'],
] as const;
const STATUSES = [
  ['2xx', 'Accepted (2xx)'],
  ['4xx', 'Refused (4xx)'],
  ['5xx', 'Failed (5xx)'],
] as const;

export function Requests({ route: { id, query } }: { route: Route }) {
  const view = useView<RequestsView>(listPath('requests', [...FILTERS, SELF_TESTS_TOO], query));
  const isFiltered = FILTERS.some((name) => query.has(name));
  return (
    <ViewLayout
      title="Requests"
      says="Every request of a provider, as it was answered."
      filters={
        <>
          <Search query={query} label="Search payment, order, event, reason, status or id" />
          <ProviderSelect query={query} none="All providers" />
          <Select name="status" label="Answer" query={query} options={STATUSES} none="All answers" />
          <Select name="since" label="Since" query={query} options={SINCE} none="Last 24 hours" />
        </>
      }
      detail={
        id === undefined ? null : (
          <Detail
            id={id}
            kind="Request"
            title={<RequestTitle correlationId={id} />}
            view="requests"
            query={query}
          >
            <RequestPanel correlationId={id} />
          </Detail>
        )
      }
    >
      <Shown view={view} lines={10}>
        {(list) => (
          <>
            <SelfTestNote count={list.selfTests} query={query} />
            {list.requests.length > 0 ? (
              <>
                <RequestTable
                  requests={list.requests}
                  selected={id}
                  query={query}
                  label={plural(list.total, 'request')}
                />
                <Pager shown={list.requests.length} list={list} query={query} />
              </>
            ) : isFiltered ? (
              <Empty title="No request fits these filters">
                <a href={href('requests')}>Show all requests</a>
              </Empty>
            ) : (
              <NoPayments />
            )}
          </>
        )}
      </Shown>
    </ViewLayout>
  );
}

/** Keeps the stack's own requests apart, because they would look like a provider that is refused. */
function SelfTestNote({ count, query }: { count: number; query: URLSearchParams }) {
  if (count === 0) return null;
  const isShown = query.get(SELF_TESTS_TOO) === '1';
  const other = new URLSearchParams(query);
  other.delete('cursor');
  if (isShown) other.delete(SELF_TESTS_TOO);
  else other.set(SELF_TESTS_TOO, '1');
  return (
    <p class="hidden-note">
      {`${plural(count, 'self-test')} ${isShown ? 'shown' : 'hidden'} · `}
      <a href={href('requests', undefined, other)}>{isShown ? 'hide' : 'show'}</a>
    </p>
  );
}

const useRequest = (correlationId: string) =>
  useView<RequestDetail>(`requests/${encodeURIComponent(correlationId)}`);

function RequestTitle({ correlationId }: { correlationId: string }) {
  const { data } = useRequest(correlationId);
  if (data === undefined) return <code>{correlationId}</code>;
  return (
    <>
      {senderOf(data.request)}, <Clock at={data.request.at} />
    </>
  );
}

function RequestPanel({ correlationId }: { correlationId: string }) {
  const view = useRequest(correlationId);
  return <Shown view={view}>{(detail) => <RequestContent detail={detail} />}</Shown>;
}

interface LinksProps {
  readonly view: 'payments' | 'orders' | 'holds';
  readonly ids: readonly string[];
  readonly text: (id: string) => string;
}

/** Links, one below the other. */
const Links = ({ view, ids, text }: LinksProps) => (
  <>
    {ids.map((id) => (
      <a key={id} class="stacked" href={href(view, id)}>
        {text(id)}
      </a>
    ))}
  </>
);

const textRow = (name: string, value: string | undefined): NameValueRow => [
  name,
  value && <bdi>{value}</bdi>,
];

/** What a verified text names; its order is linked when a payment of the notification belongs to it, or names it. */
function verifiedRows({ request: { summary, settledAs }, payments }: RequestDetail): readonly NameValueRow[] {
  const [first] = payments;
  return [
    first === undefined
      ? textRow('Payment', summary?.id)
      : ['Payment', <Links key="payments" view="payments" ids={payments} text={idOf} />],
    ['Result', settledAs === undefined ? 'Not known' : SETTLED[settledAs]],
    first === undefined || summary?.order === undefined
      ? textRow('Order', summary?.order)
      : ['Order', <OrderLink key="order" reference={summary.order} />],
  ];
}

/** The payments and orders of this stack that an unverified text names. */
const KnownHere = ({ named }: { named: NonNullable<RequestDetail['named']> }) => (
  <>
    <Links view="payments" ids={named.payments} text={(payment) => `Payment ${idOf(payment)}`} />
    <Links view="orders" ids={named.orders} text={(order) => `Order ${order}`} />
    <span class="faint">Named by the unverified text. The request changed nothing of it.</span>
  </>
);

/** What the request is about; for an unverified request the heading says that only its text names it. */
function About({ detail }: { detail: RequestDetail }) {
  const { request, named } = detail;
  const { summary, selfTest } = request;
  if (selfTest !== undefined) return null;
  const isVerified = request.status.startsWith('2');
  return (
    <Section title={isVerified ? 'Notification' : 'What its text says'}>
      {isVerified ? null : (
        <p class="faint">
          {summary === undefined
            ? 'Nothing of it is kept: what cannot be verified is not read.'
            : 'Not verified: anybody may have written it. Nothing of it is stored or applied.'}
        </p>
      )}
      <NameValues
        rows={[
          textRow('Event', summary?.event && eventText(summary.event)),
          textRow('Amount', summary?.amount && amountText(summary.amount)),
          ...(isVerified
            ? verifiedRows(detail)
            : [textRow('Names payment', summary?.id), textRow('Names order', summary?.order)]),
          ['Known here', named && <KnownHere key="named" named={named} />],
        ]}
      />
    </Section>
  );
}

const SETTLED: Readonly<Record<SettledAs, string>> = {
  applied: 'Applied',
  duplicate: 'Duplicate, not applied again',
  conflict: 'Conflicting duplicate, not applied',
  quarantined: 'In quarantine, not applied',
};

function RequestContent({ detail }: { detail: RequestDetail }) {
  const { request, content } = detail;
  const { local } = useCapabilities();
  const { correlationId, kept, selfTest } = request;
  return (
    <>
      <div class="lead">
        <p class="badges">
          <AnswerBadge status={request.status} />
          <strong>{outcomeOf(request)}</strong>
        </p>
      </div>
      {selfTest === undefined ? (
        <Reasons request={request} />
      ) : (
        <Callout title="A self-test of this stack" label="What it is">
          <p>{SELF_TESTS[selfTest]}</p>
          <p>{SELF_TEST_MEANS}</p>
        </Callout>
      )}
      <Conflict detail={detail} />
      <About detail={detail} />
      <Section title="Answer">
        <NameValues
          rows={[
            ['Received', <Time key="at" at={request.at} />],
            ['Time taken', <Took key="ms" ms={request.ms} />],
            ['Route', request.route ?? '–'],
            ['Correlation id', <CopyId key="id" value={correlationId} label="the correlation id" />],
          ]}
        />
      </Section>
      {content === undefined ? null : (
        <Section
          title="Content"
          tools={
            kept ? (
              <ActionButton small ready={{ action: 'send-again', body: { correlationId } }} />
            ) : undefined
          }
        >
          <p class="faint">
            <code class="wrap">
              {content.method} {content.path}
            </code>
          </p>
          <Fields content={content} correlationId={kept ? correlationId : undefined} />
        </Section>
      )}
      {local && content === undefined ? (
        <p class="faint">Its content is not kept, so it cannot be sent again.</p>
      ) : null}
    </>
  );
}

/** The outcome in two or three words. */
function outcomeOf({ selfTest, reason, outcome, settledAs }: RequestShown): string {
  if (selfTest !== undefined) return `Self-test, ${selfTest}`;
  if (reason === undefined && settledAs !== undefined) return SETTLED[settledAs];
  return words(reason ?? outcome ?? 'unknown');
}

/** Whether the badge of the answer says all: on a narrow screen the outcome is left out then. */
const isUsual = ({ status, settledAs = 'applied' }: RequestShown): boolean =>
  status.startsWith('2') && settledAs === 'applied';

/** What came of it: as a badge when it was accepted and not applied, so that a green answer is not the whole of it. */
function Outcome({ request }: { request: RequestShown }) {
  const { status, settledAs } = request;
  if (!status.startsWith('2') || settledAs === undefined || settledAs === 'applied')
    return <span>{outcomeOf(request)}</span>;
  const { tone, text } = NOT_APPLIED[settledAs];
  return (
    <span title={SETTLED[settledAs]}>
      <Badge tone={tone}>{text}</Badge>
    </span>
  );
}

/** Of a request with a known id and other content: the payment is held, and an operator answers that. */
function Conflict({ detail: { request, payments } }: { detail: RequestDetail }) {
  if (request.settledAs !== 'conflict') return null;
  return (
    <Callout title="A conflicting duplicate" label="What to do">
      <p>
        A notification with the same id and other content came first. That one counts. This one is stored, and
        nothing of it is applied.
      </p>
      <h3>What to do</h3>
      <p>
        Ask the provider which of the two contents is right. While the payment is held for it, answer the
        hold: release it only if the first content is the right one, else reject it.
      </p>
      {payments.length === 0 ? <a href={href('holds')}>Held payments</a> : null}
      <Links view="holds" ids={payments} text={(payment) => `The hold of payment ${idOf(payment)}`} />
      <DocLink
        path="runbooks/conflicting-duplicates.md"
        about={payments[0] === undefined ? {} : { payment: payments[0], reason: 'conflicting_duplicate' }}
      />
    </Callout>
  );
}

/** Removes the reason from the beginning, because the heading shows it. */
const withoutReason = (why: string, reason = ''): string =>
  sentence(why.startsWith(`${reason}: `) ? why.slice(reason.length + 2) : why);

/** Why the request was not accepted, and what to do about it. */
function Reasons({ request }: { request: RequestShown }) {
  const { status, why, reason, sentence: logged, provider, account } = request;
  if (status.startsWith('2')) return logged === undefined ? null : <p>{sentence(logged)}</p>;
  const advice = adviceOn(request);
  return (
    <Callout title={status.startsWith('5') ? 'Why it failed' : 'Why it was refused'} label="Why">
      <p>{withoutReason(why ?? logged ?? 'The log says nothing about it.', reason)}</p>
      <p class="faint">The sender got only the status. The reason is shown only here.</p>
      <h3>What to do</h3>
      <p>{advice.says}</p>
      {advice.command === undefined ? null : (
        <p>
          <code class="wrap">{advice.command}</code>
        </p>
      )}
      {status.startsWith('4') ? <p>{FORGED}</p> : null}
      <DocLink
        path={advice.doc}
        about={provider === undefined || account === undefined ? {} : { account: `${provider}/${account}` }}
      />
    </Callout>
  );
}

interface FieldsProps {
  readonly content: NonNullable<RequestDetail['content']>;
  /** Undefined: the request cannot be sent again. */
  readonly correlationId: string | undefined;
}

function Fields({ content, correlationId }: FieldsProps) {
  return (
    <SimpleTable
      label="Fields"
      titles={['Field', 'Value', <span class="visually-hidden">Action</span>]}
      last="buttons"
    >
      {content.fields.map(({ name, value }) => (
        <tr key={name}>
          <td>
            <code class="wrap">{name}</code>
          </td>
          <td>
            <code class="wrap">{value}</code>
          </td>
          <td>
            {correlationId === undefined ? null : (
              <ActionButton
                small
                label="Change"
                ready={{ action: 'send-changed', body: { correlationId, field: name, value } }}
              />
            )}
          </td>
        </tr>
      ))}
    </SimpleTable>
  );
}
