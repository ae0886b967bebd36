/** Notifications, operators' decisions and events to the merchant, oldest first. */
import type { DecisionShown, EffectShown, MomentShown, NotificationShown, Received } from '../../contract.ts';
import { href } from '../address.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { JsonOf, JsonOnDemand } from '../parts/json.tsx';
import { Moment } from '../parts/moment.tsx';
import { Badge, holdTitle, PaymentLink, type Tone } from '../parts/values.tsx';
import { eventRows, eventTitle, plural, words } from '../text.ts';

type Entry = MomentShown | ({ readonly at: string; readonly what: 'received' } & Received);

const ORDER_AT_SAME_TIME = ['notification', 'release', 'effect', 'received'];

const place = ({ what }: Entry): number => {
  const index = ORDER_AT_SAME_TIME.indexOf(what);
  return index < 0 ? 1 : index;
};

interface TimelineProps {
  readonly moments: readonly MomentShown[];
  readonly received: readonly Received[];
  /** Whether the timeline has several payments: then each event names its own. */
  readonly areOfSeveral?: boolean;
  /** Reference of the order, for the dialog of an event. */
  readonly order: string | undefined;
}

export function Timeline({ moments, received, areOfSeveral = false, order }: TimelineProps) {
  const all: Entry[] = [
    ...moments,
    ...received.map((event) => ({ ...event, at: event.receivedAt, what: 'received' as const })),
  ];
  all.sort((left, right) => left.at.localeCompare(right.at) || place(left) - place(right));
  return (
    <ol class="timeline">
      {all.map((moment) => (
        <EntryItem key={keyOf(moment)} moment={moment} namesPayment={areOfSeveral} order={order} />
      ))}
    </ol>
  );
}

function keyOf(moment: Entry): string {
  if (moment.what === 'notification') return `n ${moment.at} ${moment.digest}`;
  if (moment.what === 'effect') return `e ${moment.effect.id}`;
  if (moment.what === 'received') return `r ${moment.id}`;
  return `d ${moment.at} ${moment.what}`;
}

interface EntryProps<M> {
  readonly moment: M;
  readonly namesPayment: boolean;
  readonly order: string | undefined;
}

function EntryItem({ moment, ...about }: EntryProps<Entry>) {
  switch (moment.what) {
    case 'notification':
      return <NotificationItem moment={moment} />;
    case 'effect':
      return <EffectItem moment={moment} {...about} />;
    case 'received':
      return (
        <Moment icon="shop" tone="good" at={moment.at} title={`The shop received ${moment.type}`}>
          <p class="faint">
            {moment.copies === 1 ? 'It came once' : `It came ${moment.copies} times with the same id`}
            {moment.via === 'bus' ? ', over the event bus.' : ', at the shop’s HTTPS address.'}
          </p>
        </Moment>
      );
    default:
      return <DecisionItem moment={moment} />;
  }
}

/** "1#fulfil" → "fulfil": the JSON keeps the number, which distinguishes repeated ones. */
const typeOf = (name: string): string => name.split('#').at(-1) ?? name;

const AS: Readonly<Record<NotificationShown['as'], readonly [Tone, string]>> = {
  applied: ['good', 'Applied'],
  conflict: ['bad', 'Conflicting duplicate'],
  copy: ['plain', 'Duplicate'],
  waiting: ['wait', 'Not applied yet'],
};

function NotificationItem({ moment }: { moment: NotificationShown }) {
  const { key, as, at, says, outOfOrder, duplicates = 0, correlationId, caused } = moment;
  const [tone, text] = AS[as];
  return (
    <Moment
      icon="notification"
      tone={tone === 'good' ? 'info' : tone}
      at={at}
      title={
        <>
          Notification <code>{key}</code>
        </>
      }
      badges={
        <>
          <Badge tone={tone}>{text}</Badge>
          {outOfOrder ? <Badge tone="plain">Came late</Badge> : null}
          {duplicates > 0 ? (
            <Badge tone="plain">{`Came ${plural(duplicates, 'more time', 'more times')}`}</Badge>
          ) : null}
        </>
      }
    >
      <p>{says}</p>
      {caused.length === 0 ? null : (
        <p class="faint">
          {`Your shop is told: ${caused.map((name) => eventTitle(typeOf(name))).join(', ')}.`}
        </p>
      )}
      <div class="moment-links">
        {correlationId === undefined ? null : <a href={href('requests', correlationId)}>Request</a>}
        <JsonOf label="JSON" value={moment} />
      </div>
    </Moment>
  );
}

const EFFECT_TONE: Readonly<Record<string, Tone>> = { delivered: 'good', failed: 'bad', superseded: 'plain' };

const EFFECT_STATE: Readonly<Record<EffectShown['effect']['state'], string>> = {
  pending: 'Waiting',
  queued: 'Waiting',
  delivering: 'Being sent',
  delivered: 'Delivered',
  superseded: 'Not sent',
  failed: 'Given up',
};

/** An event's id is the payment's name, "#" and the event's name. */
const paymentOf = ({ id, name }: EffectShown['effect']): string => id.slice(0, -(name.length + 1));

function EffectItem({ moment, namesPayment, order }: EntryProps<EffectShown>) {
  const { effect, at, says, late = false } = moment;
  const tone = EFFECT_TONE[effect.state] ?? 'wait';
  return (
    <Moment
      icon="effect"
      tone={tone}
      at={at}
      title={
        <>
          {`${eventTitle(effect.type)} `}
          <code>{effect.type}</code>
        </>
      }
      badges={<Badge tone={tone}>{late ? 'Late' : EFFECT_STATE[effect.state]}</Badge>}
    >
      {namesPayment ? (
        <p>
          Of payment <PaymentLink payment={paymentOf(effect)} />
        </p>
      ) : null}
      <p>{says}</p>
      <div class="moment-links">
        {late || effect.state === 'delivered' || effect.state === 'failed' ? (
          <ActionButton
            small
            quiet={effect.state !== 'failed'}
            ready={{ action: 'redeliver', body: { event: effect.id }, rows: eventRows(effect.id, order) }}
          />
        ) : null}
        <JsonOnDemand label="JSON" path={`events/${encodeURIComponent(effect.id)}`} />
      </div>
    </Moment>
  );
}

/** The details to show; digests and ids of messages are only in the JSON. */
const DETAILS: Readonly<Record<string, (value: string) => string>> = {
  reason: (value) =>
    value === 'waiting' ? 'Answer to a payment that waited' : `Held for: ${holdTitle(value)}`,
  status: (value) => `Status afterwards: ${words(value)}`,
  paid: (value) => `Confirmed as paid: ${value}`,
  returned: (value) => `Of that returned: ${value}`,
  from: (value) => `From: ${words(value)}`,
};
const detailLines = (detail: DecisionShown['detail']): readonly string[] =>
  Object.entries(DETAILS).flatMap(([name, says]) => (detail[name] === undefined ? [] : says(detail[name])));

/** What an operator did with a message of this payment; other decisions concern the payment itself. */
const DONE: Readonly<Partial<Record<DecisionShown['what'], string>>> = {
  release: 'Released',
  reject: 'Rejected',
  confirm: 'Amount confirmed',
  redeliver: 'Event redelivered',
  rederive: 'Rederived',
  erase: 'Personal data erased',
  redrive: 'Dead letter redriven',
  apply: 'Applied from quarantine',
};

function DecisionItem({ moment }: { moment: DecisionShown }) {
  const { what, by, note, at, detail } = moment;
  return (
    <Moment icon="decision" tone="info" at={at} title={`${DONE[what] ?? words(what)} by ${by}`}>
      <p>{note}</p>
      {detailLines(detail).map((line) => (
        <p key={line} class="faint">
          {line}
        </p>
      ))}
      <div class="moment-links">
        <JsonOf label="JSON" value={moment} />
      </div>
    </Moment>
  );
}
