/** Notifications, operators' decisions and events to the merchant, oldest first. */
import type { ComponentChildren } from 'preact';
import type { DecisionShown, EffectShown, MomentShown, NotificationShown, Received } from '../../contract.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Icon, type IconName } from '../parts/icons.tsx';
import { JsonOf, JsonOnDemand } from '../parts/json.tsx';
import { Badge, holdTitle, Time, type Tone } from '../parts/values.tsx';
import { href } from '../route.ts';
import { eventFacts, eventTitle, idOf, plural, words } from '../text.ts';

type Moment =
  | MomentShown
  | ({ readonly at: string; readonly what: 'received' } & Pick<Received, 'id' | 'type' | 'copies' | 'via'>);

const ORDER_AT_SAME_TIME = ['notification', 'release', 'effect', 'received'];

const place = ({ what }: Moment): number => {
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
  const all: Moment[] = [
    ...moments,
    ...received.map(({ receivedAt, id, type, copies, via }) => ({
      at: receivedAt,
      what: 'received' as const,
      id,
      type,
      copies,
      via,
    })),
  ];
  all.sort((left, right) => left.at.localeCompare(right.at) || place(left) - place(right));
  return (
    <ol class="timeline">
      {all.map((moment) => (
        <MomentItem key={keyOf(moment)} moment={moment} namesPayment={areOfSeveral} order={order} />
      ))}
    </ol>
  );
}

function keyOf(moment: Moment): string {
  if (moment.what === 'notification') return `n ${moment.at} ${moment.digest}`;
  if (moment.what === 'effect') return `e ${moment.effect.id}`;
  if (moment.what === 'received') return `r ${moment.id}`;
  return `d ${moment.at} ${moment.what}`;
}

interface MomentProps<M> {
  readonly moment: M;
  readonly namesPayment: boolean;
  readonly order: string | undefined;
}

function MomentItem({ moment, ...about }: MomentProps<Moment>) {
  switch (moment.what) {
    case 'notification':
      return <NotificationItem moment={moment} />;
    case 'effect':
      return <EffectItem moment={moment as EffectShown} {...about} />;
    case 'received':
      return (
        <Item icon="shop" tone="good" at={moment.at} title={`The shop received ${moment.type}`}>
          <p class="faint">
            {moment.copies === 1 ? 'It came once' : `It came ${moment.copies} times with the same id`}
            {moment.via === 'bus' ? ', over the event bus.' : ', at the shop’s HTTPS address.'}
          </p>
        </Item>
      );
    default:
      return <DecisionItem moment={moment as DecisionShown} />;
  }
}

interface ItemProps {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly at: string;
  readonly title: ComponentChildren;
  readonly badges?: ComponentChildren;
  readonly children?: ComponentChildren;
}

const Item = ({ icon, tone, at, title, badges, children }: ItemProps) => (
  <li class="moment">
    <span class={`moment-icon ${tone}`}>
      <Icon name={icon} />
    </span>
    <div class="moment-body">
      <div class="moment-head">
        <span class="moment-title">{title}</span>
        {badges}
        <Time at={at} />
      </div>
      {children}
    </div>
  </li>
);

/** "1#fulfil" → "fulfil": the JSON keeps the number, which distinguishes repeated ones. */
const typeOf = (name: string): string => name.split('#').at(-1) ?? name;

const AS: Readonly<Record<NotificationShown['as'], readonly [Tone, string]>> = {
  applied: ['good', 'Counts'],
  conflict: ['bad', 'Kept aside'],
  copy: ['plain', 'Duplicate'],
  waiting: ['wait', 'Does not count yet'],
};

function NotificationItem({ moment }: { moment: NotificationShown }) {
  const { key, as, at, says, outOfOrder, duplicates = 0, correlationId, caused } = moment;
  const [tone, text] = AS[as];
  return (
    <Item
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
    </Item>
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

function EffectItem({ moment, namesPayment, order }: MomentProps<EffectShown>) {
  const { effect, at, says, late = false } = moment;
  const tone = EFFECT_TONE[effect.state] ?? 'wait';
  return (
    <Item
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
          Of payment <a href={href('payments', paymentOf(effect))}>{idOf(paymentOf(effect))}</a>
        </p>
      ) : null}
      <p>{says}</p>
      <div class="moment-links">
        {late || effect.state === 'delivered' || effect.state === 'failed' ? (
          <ActionButton
            small
            quiet={effect.state !== 'failed'}
            ready={{ action: 'redeliver', body: { event: effect.id }, facts: eventFacts(effect.id, order) }}
          />
        ) : null}
        <JsonOnDemand label="JSON" path={`events/${encodeURIComponent(effect.id)}`} />
      </div>
    </Item>
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
  Object.entries(DETAILS).flatMap(([name, says]) =>
    detail[name] === undefined ? [] : says(String(detail[name])),
  );

/** What an operator did with a message of this payment; other decisions concern the payment itself. */
const DONE: Readonly<Partial<Record<DecisionShown['what'], string>>> = {
  release: 'Released',
  reject: 'Rejected',
  confirm: 'Amount confirmed',
  redeliver: 'Event sent again',
  rederive: 'Worked out again',
  erase: 'Personal data erased',
  redrive: 'Dead letter redriven',
  apply: 'Applied from quarantine',
};

const DecisionItem = ({ moment }: { moment: DecisionShown }) => {
  const { what, by, note, at, detail } = moment;
  return (
    <Item icon="decision" tone="info" at={at} title={`${DONE[what] ?? words(what)} by ${by}`}>
      <p>{note}</p>
      {detailLines(detail).map((line) => (
        <p key={line} class="faint">
          {line}
        </p>
      ))}
      <div class="moment-links">
        <JsonOf label="JSON" value={moment} />
      </div>
    </Item>
  );
};
