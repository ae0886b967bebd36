/** "Is money stuck?" at a glance, and what to do about it. */
import type { ComponentChildren } from 'preact';
import type {
  FlowView,
  HoldsView,
  LatencyView,
  PaymentsView,
  QuarantineView,
  QueuesView,
  ReconciliationView,
  RequestsView,
  UndeliveredView,
} from '../../contract.ts';
import { href, hrefOf } from '../address.ts';
import { type Failure, useView, type View } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { Card, ViewLayout } from '../parts/layout.tsx';
import { Shown } from '../parts/states.tsx';
import { Age, holdTitle } from '../parts/values.tsx';
import {
  dueSum,
  grouped,
  heldSays,
  heldSum,
  idOf,
  moneyText,
  nothingStuck,
  plural,
  verdict,
  words,
} from '../text.ts';
import { Flow } from './flow.tsx';
import { Latency } from './metrics.tsx';
import { RequestTable } from './requests.tsx';

const RECENT = 8;
const NAMED = 3;

interface Worry {
  readonly view: string;
  readonly icon: IconName;
  readonly title: string;
  readonly count: number | undefined;
  /** Why the count is unknown, for example a missing permission. */
  readonly failure?: string | undefined;
  /** Whether more exist than were read. */
  readonly isMore?: boolean | undefined;
  /** The money in question: "262.00 EUR and 1 of unknown amount". */
  readonly sum?: string | undefined;
  readonly counted: readonly [one: string, many: string];
  /** The meaning, and what to do. */
  readonly says: string;
  readonly first: readonly {
    readonly key: string;
    readonly href: string;
    readonly text: ComponentChildren;
    readonly since?: string;
  }[];
  /** Whether somebody must act; otherwise it is for information. */
  readonly isStuck: boolean;
}

function heldWorry(data: HoldsView | undefined): Worry {
  const held = data?.held ?? [];
  return {
    view: 'holds',
    counted: ['payment held', 'payments held'],
    icon: 'holds',
    title: 'Held',
    isStuck: true,
    count: data?.held.length,
    isMore: data?.more,
    sum: heldSum(held),
    says: heldSays(held),
    first: held.slice(0, NAMED).map(({ payment, holds, since }) => ({
      ...{ key: payment, href: href('holds', payment), since },
      text: holdTitle(holds[0]?.reason ?? ''),
    })),
  };
}

function dueWorry(data: PaymentsView | undefined): Worry {
  const sum = data?.due === undefined || data.total === 0 ? undefined : dueSum(data.due);
  return {
    view: 'payments?due=1',
    counted: ['refund due', 'refunds due'],
    icon: 'payments',
    title: 'To be refunded',
    isStuck: true,
    count: data?.total,
    isMore: data?.more && data.total > 0,
    sum,
    says: `After a rejection, or a refund that failed, the shopper’s money is with you${sum === undefined ? '' : ` (${sum})`}. Refund it at the provider.`,
    first: (data?.payments ?? []).map(({ payment, updatedAt, due }) => ({
      ...{ key: payment, href: href('payments', payment), since: updatedAt },
      text: `${due === undefined || due.isUnknown ? 'amount not known' : due.sum.map(moneyText).join(', ')} · ${idOf(payment)}`,
    })),
  };
}

function undeliveredWorry(data: UndeliveredView | undefined): Worry {
  return {
    view: 'undelivered',
    counted: ['event undelivered', 'events undelivered'],
    icon: 'undelivered',
    title: 'Undelivered',
    isStuck: true,
    count: data?.events.length,
    isMore: data?.more,
    says: 'The shop has not received these events. See whether it answers, then redeliver.',
    first: (data?.events ?? []).slice(0, NAMED).map(({ id, type, payment, createdAt }) => ({
      ...{ key: id, href: href('undelivered', id), since: createdAt },
      text: `${type} of ${idOf(payment)}`,
    })),
  };
}

function deadWorry(data: QueuesView | undefined): Worry {
  const dead = (data?.queues ?? []).filter(({ deadLetters, parked }) => deadLetters + parked > 0);
  return {
    view: 'queues',
    counted: ['dead letter or parked message', 'dead letters and parked messages'],
    icon: 'queues',
    title: 'Dead letters',
    isStuck: true,
    count:
      data === undefined
        ? undefined
        : dead.reduce((sum, { deadLetters, parked }) => sum + deadLetters + parked, 0),
    says: 'Messages that could not be handled. Correct the cause, then redrive them.',
    first: dead.map(({ name, deadLetters, parked }) => ({
      ...{ key: name, href: href('queues') },
      text: `${words(name)}: ${[
        ...(deadLetters > 0 ? [plural(deadLetters, 'dead letter')] : []),
        ...(parked > 0 ? [`${parked} parked`] : []),
      ].join(', ')}`,
    })),
  };
}

function quarantineWorry(data: QuarantineView | undefined): Worry {
  const messages = (data?.messages ?? []).filter(({ today }) => today !== 'applied');
  return {
    view: 'quarantine',
    counted: ['notification in quarantine', 'notifications in quarantine'],
    icon: 'quarantine',
    title: 'Quarantine',
    isStuck: true,
    count: data === undefined ? undefined : messages.length,
    isMore: data?.more,
    says: 'Notifications that could not be read safely. Apply or discard each.',
    first: messages.slice(0, NAMED).map(({ id, reason, receivedAt }) => ({
      ...{ key: id, href: href('quarantine', id), since: receivedAt },
      text: words(reason),
    })),
  };
}

function waitingWorry(data: ReconciliationView | undefined): Worry {
  return {
    view: 'reconciliation',
    counted: ['payment waits', 'payments wait'],
    icon: 'reconciliation',
    title: 'At the provider',
    isStuck: false,
    count: data?.waiting.length,
    isMore: data?.more,
    says: 'Payments that wait for their provider. There is nothing to do unless it takes days.',
    first: (data?.waiting ?? []).slice(0, NAMED).map(({ payment, status, updatedAt }) => ({
      ...{ key: payment, href: href('payments', payment), since: updatedAt },
      text: `${words(status)} · ${idOf(payment)}`,
    })),
  };
}

export function Overview() {
  const { label } = useCapabilities();
  const holds = useView<HoldsView>('holds');
  const undelivered = useView<UndeliveredView>('undelivered');
  const queues = useView<QueuesView>('queues');
  const quarantine = useView<QuarantineView>('quarantine');
  const reconciliation = useView<ReconciliationView>('reconciliation');
  const due = useView<PaymentsView>(`payments?due=1&limit=${NAMED}`);
  const flow = useView<FlowView>('flow');
  const latency = useView<LatencyView>('latency');
  const requests = useView<RequestsView>(`requests?limit=${RECENT}`);
  const worries = [
    { ...heldWorry(holds.data), failure: unknownFor(holds) },
    { ...undeliveredWorry(undelivered.data), failure: unknownFor(undelivered) },
    { ...dueWorry(due.data), failure: unknownFor(due) },
    { ...deadWorry(queues.data), failure: unknownFor(queues) },
    { ...quarantineWorry(quarantine.data), failure: unknownFor(quarantine) },
    { ...waitingWorry(reconciliation.data), failure: unknownFor(reconciliation) },
  ];
  const failure = [holds, undelivered, due, queues, quarantine].find(
    (view) => view.failure !== undefined,
  )?.failure;
  return (
    <ViewLayout title="Overview" says={label}>
      <Verdict worries={worries} onTheirWay={undelivered.data?.onTheirWay ?? 0} failure={failure} />
      <Worries worries={worries} sentence={failure?.error} />
      <Card title="From provider to shop" beside={<span class="faint">now, and in the last hour</span>}>
        <Shown view={flow} lines={3}>
          {(data) => <Flow flow={data} />}
        </Shown>
      </Card>
      <Card title="Time taken to answer" beside={<a href={href('metrics')}>Metrics</a>}>
        <Shown view={latency} lines={3}>
          {(data) => <Latency latency={data} />}
        </Shown>
      </Card>
      <Card title="Latest requests" beside={<a href={href('requests')}>All requests</a>} isFlush>
        <Shown view={requests} lines={4}>
          {(data) => <RequestTable requests={data.requests} label="Latest requests" />}
        </Shown>
      </Card>
    </ViewLayout>
  );
}

const unknownFor = ({ data, failure }: View<unknown>): string | undefined =>
  data === undefined ? failure?.error : undefined;

interface VerdictProps {
  readonly worries: readonly Worry[];
  readonly onTheirWay: number;
  /** Why a number may be missing or old. */
  readonly failure: Failure | undefined;
}

/** One sentence that answers the question of the page's title. */
function Verdict({ worries, onTheirWay, failure }: VerdictProps) {
  const stuck = worries.filter(({ isStuck }) => isStuck);
  const isKnown = stuck.every(({ count }) => count !== undefined);
  const found = stuck.filter(({ count = 0 }) => count > 0);
  const isUnknown = failure !== undefined;
  const { tone, title } = verdict({ isStuck: found.length > 0, isKnown, isUnknown });
  const detail =
    found.length > 0
      ? found.map(foundText).join(' · ')
      : tone === 'good'
        ? nothingStuck(onTheirWay)
        : undefined;
  return (
    <div class={`verdict ${tone}`} role="status">
      <span class="verdict-icon">
        <Icon name={found.length > 0 || isUnknown ? 'alert' : 'check'} />
      </span>
      <div>
        <p class="verdict-title">{title}</p>
        {detail === undefined ? null : <p>{detail}</p>}
        {failure === undefined ? null : (
          <>
            <p>Some numbers may be old or missing. {failure.error}</p>
            {failure.next === undefined ? null : <p>{failure.next}</p>}
          </>
        )}
      </div>
    </div>
  );
}

/** "20 payments held (262.00 EUR)" */
function foundText({ count = 0, isMore, counted, sum }: Worry): string {
  const [one, many] = counted;
  const text = isMore ? `more than ${grouped(count)} ${many}` : plural(count, one, many);
  return sum === undefined ? text : `${text} (${sum})`;
}

/**
 * A card for what there is, or what is not known; one line for everything that is empty.
 * @param sentence the failure that the verdict names
 */
function Worries({ worries, sentence }: { worries: readonly Worry[]; sentence: string | undefined }) {
  const hasCard = ({ count = 0, failure }: Worry) =>
    count > 0 || (failure !== undefined && failure !== sentence);
  const [cards, clear] = [worries.filter(hasCard), worries.filter((worry) => !hasCard(worry))];
  return (
    <>
      {cards.length === 0 ? null : (
        <div class="worries">
          {cards.map((worry) => (
            <WorryCard key={worry.view} worry={worry} />
          ))}
        </div>
      )}
      {clear.length === 0 ? null : (
        <ul class="clear" aria-label="Nothing there, or not known">
          {clear.map(({ view, title, count, failure }) => (
            <li key={view}>
              <a href={hrefOf(view)}>
                {title} <strong>{count ?? (failure === undefined ? '…' : '?')}</strong>
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function WorryCard({ worry }: { worry: Worry }) {
  const { view, icon, title, count, failure, isMore, says, first, isStuck } = worry;
  return (
    <section
      class={`card worry${failure !== undefined ? '' : isStuck ? ' some' : ' known'}`}
      aria-label={title}
    >
      <header>
        <h2>
          <Icon name={icon} />
          <a href={hrefOf(view)}>{title}</a>
        </h2>
        <span class="worry-count">{count === undefined ? '?' : `${grouped(count)}${isMore ? '+' : ''}`}</span>
      </header>
      <p class="faint">{failure ?? says}</p>
      <ul>
        {first.map(({ key, href: to, text, since }) => (
          <li key={key}>
            <a href={to}>{text}</a>
            {since === undefined ? null : <Age since={since} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
