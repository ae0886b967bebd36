/** Small values: status, hold, time, money, an id with a copy button. */
import { useState } from 'preact/hooks';
import { HOLD_EXPLAINED, STATUS_EXPLAINED } from '../../../shared/payment/explained.ts';
import type { Hold, HoldReason, Money, Status } from '../../../shared/payment/types.ts';
import { href } from '../address.ts';
import { useRerender } from '../rerender.ts';
import {
  ago,
  clockOrDate,
  duration,
  fullTime,
  grouped,
  idOf,
  moneyText,
  providerTitle,
  words,
} from '../text.ts';
import { Icon } from './icons.tsx';

export type Tone = 'good' | 'bad' | 'wait' | 'info' | 'plain';

interface BadgeProps {
  readonly tone: Tone;
  readonly children: string;
  readonly title?: string | undefined;
}

export const Badge = ({ tone, children, title }: BadgeProps) => (
  <span class={`badge ${tone}`} title={title}>
    {children}
  </span>
);

const TONES: Readonly<Partial<Record<Status, Tone>>> = {
  paid: 'good',
  pending: 'info',
  authorized: 'info',
  processing: 'info',
  in_review: 'wait',
  awaiting_confirmation: 'wait',
  disputed: 'wait',
  reversed: 'bad',
  failed: 'bad',
  denied: 'bad',
};

export const StatusBadge = ({ status }: { status: Status }) => (
  <Badge tone={TONES[status] ?? 'plain'} title={STATUS_EXPLAINED[status]}>
    {words(status)}
  </Badge>
);

export const holdExplained = (reason: string) =>
  (HOLD_EXPLAINED as Readonly<Record<string, (typeof HOLD_EXPLAINED)[HoldReason] | undefined>>)[reason];

export const holdTitle = (reason: string): string => holdExplained(reason)?.title ?? words(reason);

export const HoldBadges = ({ holds }: { holds: readonly Hold[] }) => (
  <>
    {holds.map(({ reason, digest }) => (
      <Badge key={reason + digest} tone="wait" title={holdExplained(reason)?.says}>
        {`Held: ${holdTitle(reason)}`}
      </Badge>
    ))}
  </>
);

export const RejectedBadge = () => (
  <Badge tone="bad" title="An operator rejected it: its goods are not given, and its money is to go back.">
    Rejected
  </Badge>
);

/** The badge of an answer; its tone depends on the status class. */
export function AnswerBadge({ status }: { status: string }) {
  const tone: Tone = status.startsWith('2') ? 'good' : status.startsWith('5') ? 'bad' : 'wait';
  return <Badge tone={tone}>{status}</Badge>;
}

// Time ----------------------------------------------------------------------------------------------------------------

const TICK_MS = 10_000;
const clockListeners = new Set<() => void>();
let ticking = false;

function startTicking(): void {
  if (ticking) return;
  ticking = true;
  setInterval(() => {
    if (document.hidden) return;
    for (const listener of clockListeners) listener();
  }, TICK_MS);
}

/** The present time, updated every few seconds. */
function useNow(): number {
  useRerender((rerender) => {
    clockListeners.add(rerender);
    startTicking();
    return () => clockListeners.delete(rerender);
  }, []);
  return Date.now();
}

export function Time({ at }: { at: string }) {
  const now = useNow();
  return (
    <time class="time" dateTime={at} title={`${fullTime(at)} (${at})`}>
      {ago(at, now)}
    </time>
  );
}

/** The time of day, for lists in which the order of moments matters. */
export const Clock = ({ at }: { at: string }) => (
  <time class="clock" dateTime={at} title={`${fullTime(at)} (${at})`}>
    {clockOrDate(at, Date.now())}
  </time>
);

/** The time elapsed since `since`. */
export function Age({ since }: { since: string }) {
  const now = useNow();
  return (
    <time class="time" dateTime={since} title={`since ${fullTime(since)}`}>
      {duration(now - Date.parse(since))}
    </time>
  );
}

// Money ---------------------------------------------------------------------------------------------------------------

export function Amounts({ amounts, none = '–' }: { amounts: readonly Money[]; none?: string }) {
  if (amounts.length === 0) return <span class="faint">{none}</span>;
  return (
    <span class="amounts">
      {amounts.map((amount) => (
        <span key={amount.currency} class="amount">
          {moneyText(amount)}
        </span>
      ))}
    </span>
  );
}

/** "1,234 waiting": the number, and below it what it counts. */
export const Numbers = ({ rows }: { rows: readonly (readonly [string, number | string, Tone?])[] }) => (
  <dl class="numbers">
    {rows.map(([label, value, tone]) => (
      <div key={label} class={tone}>
        <dd>{typeof value === 'number' ? grouped(value) : value}</dd>
        <dt>{label}</dt>
      </div>
    ))}
  </dl>
);

// Ids -----------------------------------------------------------------------------------------------------------------

const COPIED_MS = 1_500;

/** An id in full, with a button that copies it. */
export function CopyId({ value, label }: { value: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (event: MouseEvent) => {
    event.stopPropagation();
    const done = await navigator.clipboard.writeText(value).then(
      () => true,
      () => false,
    );
    setCopied(done);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <span class="copy-id">
      <code>{value}</code>
      <button
        type="button"
        class="icon-button small"
        aria-label={`Copy ${label}`}
        title={`Copy ${label}`}
        onClick={copy}
      >
        <Icon name={isCopied ? 'check' : 'copy'} />
      </button>
      <span class="visually-hidden" role="status">
        {isCopied ? 'Copied' : ''}
      </span>
    </span>
  );
}

export const PaymentLink = ({ payment }: { payment: string }) => (
  <a href={href('payments', payment)}>{idOf(payment)}</a>
);

export const RequestLink = ({ correlationId }: { correlationId: string }) => (
  <a class="wrap" href={href('requests', correlationId)}>
    <code>{correlationId}</code>
  </a>
);

/** Undefined or null: there is none. */
export const OrderLink = ({ reference }: { reference: string | null | undefined }) =>
  reference === undefined || reference === null ? (
    'none'
  ) : (
    <a href={href('orders', reference)}>
      <bdi>{reference}</bdi>
    </a>
  );

/** Shown with the references that the provider named, because the person who registers the order needs them. */
export const NoOrder = ({ named = [] }: { named?: readonly string[] | undefined }) =>
  named.length === 0 ? (
    <span class="faint">none is named</span>
  ) : (
    <>
      {named.map((reference) => (
        <OrderLink key={reference} reference={reference} />
      ))}
      <span class="faint"> · not registered</span>
    </>
  );

interface SourceProps {
  readonly provider: string;
  readonly account: string;
  readonly test?: boolean;
}

/** Whose a payment or a notification is: provider and account. */
export const Source = ({ provider, account, test = false }: SourceProps) => (
  <span class="sub">
    {providerTitle(provider)} · {account}
    {test ? ' · test' : ''}
  </span>
);
