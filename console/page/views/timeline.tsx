/** Notifications, operators' decisions and events to the merchant, oldest first. */
import type { ComponentChildren } from 'preact';
import type { DecisionShown, EffectShown, MomentShown, NotificationShown, Received } from '../../contract.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Icon, type IconName } from '../parts/icons.tsx';
import { JsonOf, JsonOnDemand } from '../parts/json.tsx';
import { Badge, Time, type Tone } from '../parts/values.tsx';
import { href } from '../route.ts';
import { plural, words } from '../text.ts';

type Moment =
  | MomentShown
  | ({ readonly at: string; readonly what: 'received' } & Pick<Received, 'id' | 'type' | 'copies' | 'via'>);

const ORDER_AT_SAME_TIME = ['notification', 'release', 'effect', 'received'];

const place = ({ what }: Moment): number => {
  const index = ORDER_AT_SAME_TIME.indexOf(what);
  return index < 0 ? 1 : index;
};

export function Timeline({
  moments,
  received,
}: {
  moments: readonly MomentShown[];
  received: readonly Received[];
}) {
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
        <MomentItem key={keyOf(moment)} moment={moment} />
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

function MomentItem({ moment }: { moment: Moment }) {
  switch (moment.what) {
    case 'notification':
      return <NotificationItem moment={moment} />;
    case 'effect':
      return <EffectItem moment={moment as EffectShown} />;
    case 'received':
      return (
        <Item icon="shop" tone="good" at={moment.at} title={`The shop received ${moment.type}`}>
          <p class="faint">
            {moment.copies === 1 ? 'Once' : plural(moment.copies, 'copy', 'copies')}, by {moment.via}.
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
  applied: ['good', 'Applied'],
  conflict: ['bad', 'Kept aside'],
  copy: ['plain', 'Duplicate'],
  waiting: ['wait', 'Not applied yet'],
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
          {outOfOrder ? <Badge tone="plain">Out of order</Badge> : null}
          {duplicates > 0 ? (
            <Badge tone="plain">{`${plural(duplicates, 'duplicate')} absorbed`}</Badge>
          ) : null}
        </>
      }
    >
      <p>{says}</p>
      {caused.length === 0 ? null : (
        <p class="faint">
          {`Caused the ${caused.length === 1 ? 'event' : 'events'} ${caused.map(typeOf).join(', ')}`}
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

function EffectItem({ moment: { effect, at, says } }: { moment: EffectShown }) {
  const tone = EFFECT_TONE[effect.state] ?? 'wait';
  return (
    <Item
      icon="effect"
      tone={tone}
      at={at}
      title={
        <>
          Event <code>{effect.type}</code>
        </>
      }
      badges={<Badge tone={tone}>{words(effect.state)}</Badge>}
    >
      <p>{says}</p>
      <div class="moment-links">
        {effect.state === 'delivered' || effect.state === 'failed' ? (
          <ActionButton
            small
            quiet={effect.state === 'delivered'}
            ready={{ action: 'redeliver', body: { event: effect.id } }}
          />
        ) : null}
        <JsonOnDemand label="JSON" path={`events/${encodeURIComponent(effect.id)}`} />
      </div>
    </Item>
  );
}

/** What an operator did with a message of this payment; other decisions concern the payment itself. */
const DONE: Readonly<Partial<Record<DecisionShown['what'], string>>> = {
  redrive: 'Dead letter redriven',
  apply: 'Applied from quarantine',
};

const DecisionItem = ({ moment: { what, by, note, at, detail } }: { moment: DecisionShown }) => (
  <Item icon="decision" tone="info" at={at} title={`${DONE[what] ?? words(what)} by ${by}`}>
    <p>{note}</p>
    {Object.entries(detail).map(([name, value]) => (
      <p key={name} class="faint">
        {words(name)}: {value}
      </p>
    ))}
  </Item>
);
