import type { RequestDetail, RequestShown, RequestsView } from '../../contract.ts';
import { useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Pager, Search, Select } from '../parts/filters.tsx';
import { Detail, Facts, Section, ViewLayout } from '../parts/layout.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { AnswerBadge, CopyId, Time } from '../parts/values.tsx';
import { adviceOn, FORGED } from '../refusal.ts';
import { href, type Route } from '../route.ts';
import { grouped, idOf, plural, providerTitle, words } from '../text.ts';
import { NoPayments } from './payments.tsx';

const LIMIT = 50;
const FILTERS = ['q', 'provider', 'account', 'status', 'reason', 'since', 'cursor'] as const;

/** How much of the provider's patience an answer took. */
function Took({ ms, budgetMs }: { ms: number | undefined; budgetMs: number }) {
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

const columns = (budgetMs: number): readonly Column<RequestShown>[] => [
  {
    title: 'Request',
    place: 'main',
    cell: ({ provider, account }) => (
      <span class="sub">
        {provider === undefined
          ? 'no account of this stack'
          : `${providerTitle(provider)} · ${account ?? ''}`}
      </span>
    ),
  },
  { title: 'Answer', place: 'end', cell: ({ status }) => <AnswerBadge status={status} /> },
  {
    title: 'Outcome',
    place: 'rest',
    isWide: true,
    cell: ({ outcome, reason, sentence, status }) => (
      <span class={`outcome${status.startsWith('2') ? ' usual' : ''}`}>
        <span>{words(reason ?? outcome ?? 'unknown')}</span>
        {sentence === undefined ? null : <span class="sub">{sentence}</span>}
      </span>
    ),
  },
  {
    title: 'Time taken',
    place: 'rest',
    isRight: true,
    cell: ({ ms }) => <Took ms={ms} budgetMs={budgetMs} />,
  },
  { title: 'Received', place: 'rest', isRight: true, cell: ({ at }) => <Time at={at} /> },
];

export function RequestTable({
  requests,
  selected,
  query,
  label,
}: {
  requests: readonly RequestShown[];
  selected?: string | undefined;
  query?: URLSearchParams;
  label: string;
}) {
  const { answerBudgetMs } = useCapabilities();
  return (
    <Table
      label={label}
      rows={requests}
      columns={columns(answerBudgetMs)}
      keyOf={({ correlationId }) => correlationId}
      hrefOf={({ correlationId }) => href('requests', correlationId, query)}
      nameOf={({ correlationId }) => <code>{correlationId}</code>}
      selected={selected}
    />
  );
}

const SINCE = [
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
] as const;
const STATUSES = [
  ['2xx', 'Accepted (2xx)'],
  ['4xx', 'Refused (4xx)'],
  ['5xx', 'Failed (5xx)'],
] as const;

export function Requests({ route: { id, query } }: { route: Route }) {
  const { accounts } = useCapabilities();
  const asked = new URLSearchParams({ limit: String(LIMIT) });
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value !== null) asked.set(name, value);
  }
  const view = useView<RequestsView>(`requests?${asked}`);
  const of = (name: string) => query.get(name) ?? '';
  const isFiltered = FILTERS.some((name) => query.has(name));
  return (
    <ViewLayout
      title="Requests"
      says="Every request of a provider, as it was answered."
      filters={
        <>
          <Search value={of('q')} label="Search by correlation id or reason" />
          <Select
            name="provider"
            label="Provider"
            value={of('provider')}
            options={[...new Set(accounts.map(({ provider }) => provider))].map((name) => [
              name,
              providerTitle(name),
            ])}
          />
          <Select name="status" label="Answer" value={of('status')} options={STATUSES} />
          <Select name="since" label="Since" value={of('since')} options={SINCE} />
        </>
      }
      detail={
        id === undefined ? null : (
          <Detail
            id={id}
            kind="Request"
            title={<CopyId value={id} label="the correlation id" />}
            view="requests"
            query={query}
          >
            <RequestPanel correlationId={id} />
          </Detail>
        )
      }
    >
      <Shown view={view} lines={10}>
        {({ requests, total, next, more }) =>
          requests.length === 0 ? (
            isFiltered ? (
              <Empty title="No request fits these filters">
                <a href={href('requests')}>Show all requests</a>
              </Empty>
            ) : (
              <NoPayments />
            )
          ) : (
            <>
              <RequestTable
                requests={requests}
                selected={id}
                query={query}
                label={plural(total, 'request')}
              />
              <Pager
                shown={requests.length}
                total={total}
                cursor={query.get('cursor') ?? undefined}
                next={next}
                more={more}
              />
            </>
          )
        }
      </Shown>
    </ViewLayout>
  );
}

function RequestPanel({ correlationId }: { correlationId: string }) {
  const view = useView<RequestDetail>(`requests/${encodeURIComponent(correlationId)}`);
  return <Shown view={view}>{(detail) => <RequestContent detail={detail} />}</Shown>;
}

function RequestContent({ detail: { request, payments, content } }: { detail: RequestDetail }) {
  const { answerBudgetMs, local } = useCapabilities();
  const { correlationId, kept } = request;
  const wasRefused = !request.status.startsWith('2');
  const advice = adviceOn(request);
  return (
    <>
      <div class="lead">
        <p class="badges">
          <AnswerBadge status={request.status} />
          <strong>{words(request.reason ?? request.outcome ?? 'unknown')}</strong>
        </p>
        {wasRefused || request.sentence === undefined ? null : <p>{request.sentence}</p>}
      </div>
      {wasRefused ? (
        <section class="callout" aria-label="Why">
          <h3>Why it was refused</h3>
          <p>{request.why ?? request.sentence ?? 'Nothing was logged about it.'}</p>
          <p class="faint">The sender got the status alone: reasons are for you.</p>
          <h3>What to do</h3>
          <p>{advice.says}</p>
          {advice.command === undefined ? null : (
            <p>
              <code class="wrap">{advice.command}</code>
            </p>
          )}
          {request.status.startsWith('4') ? <p>{FORGED}</p> : null}
          <p class="faint">Read docs/{advice.doc}</p>
        </section>
      ) : null}
      <Section title="Answer">
        <Facts
          rows={[
            ['Received', <Time key="at" at={request.at} />],
            ['Time taken', <Took key="ms" ms={request.ms} budgetMs={answerBudgetMs} />],
            ['Route', request.route ?? '–'],
            [
              'Account',
              request.provider === undefined
                ? '–'
                : `${providerTitle(request.provider)}, ${request.account ?? ''}`,
            ],
            [
              'Payments',
              payments.length === 0 ? (
                <span class="faint">none is known</span>
              ) : (
                payments.map((payment) => (
                  <a key={payment} class="stacked" href={href('payments', payment)}>
                    {idOf(payment)}
                  </a>
                ))
              ),
            ],
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

function Fields({
  content,
  correlationId,
}: {
  content: NonNullable<RequestDetail['content']>;
  correlationId: string | undefined;
}) {
  return (
    <table class="simple fields">
      <caption class="visually-hidden">Fields</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
          <th scope="col">
            <span class="visually-hidden">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {content.fields.map(({ name, value }) => (
          <tr key={name}>
            <td>
              <code class="wrap">{name}</code>
            </td>
            <td>
              <code class="wrap">{value}</code>
            </td>
            <td class="right">
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
      </tbody>
    </table>
  );
}
