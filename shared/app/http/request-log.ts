import { defined } from '../../payment/defined.ts';
/**
 * What intake logs about each request, and the worker about each accepted notification. The command line and the
 * console read it.
 */

/** The message of the log line of a refusal. */
export const REFUSED = 'request refused';

/** The message of the log line of an accepted self-test: a verified request whose whole text is known. */
export const SELF_TEST_ACCEPTED = 'self-test accepted';

/**
 * The reason of both self-tests, the forged and the signed one. Only intake writes it; no content of a request can
 * cause it.
 */
export const OWN_PROBE = 'own_probe';

export const isSelfTest = (explained: LoggedRequest | undefined): boolean => explained?.reason === OWN_PROBE;

/** What the log lines of one request say. */
export interface LoggedRequest {
  /** The gateway's id of the request. */
  readonly requestId: string;
  readonly provider: string;
  /** "unknown": no configured account. */
  readonly account: string;
  readonly outcome: string;
  readonly status: string;
  readonly reason?: string;
  readonly sentence?: string;
}

/** How long the answer took, counted from the gateway's time stamp. */
export interface LoggedDuration {
  /** The gateway's id of the request. */
  readonly requestId: string;
  readonly ms: number;
}

/** Undefined: the line is about something else. */
export function readDuration(line: string): LoggedDuration | undefined {
  if (!line.includes('"IntakeDuration"')) return undefined;
  const { correlationId, IntakeDuration: ms } = parsed(line);
  return typeof correlationId === 'string' && typeof ms === 'number'
    ? { requestId: correlationId, ms }
    : undefined;
}

const REQUEST_WORDS = ['"Notifications"', REFUSED, SELF_TEST_ACCEPTED];
/** The outcome of each log message that is not a metric. */
const OUTCOMES: Readonly<Record<string, string>> = {
  [REFUSED]: 'refused',
  [SELF_TEST_ACCEPTED]: 'self_test',
};

/**
 * A refusal has a log line of its own, which contains more than its metric. Undefined: the line is about something
 * else.
 */
export function readLoggedRequest(line: string): LoggedRequest | undefined {
  // Most lines are about something else, and parsing is the expensive part.
  if (!REQUEST_WORDS.some((part) => line.includes(part))) return undefined;
  const entry = parsed(line);
  const text = (name: string): string | undefined =>
    typeof entry[name] === 'string' && entry[name] !== '' ? entry[name] : undefined;
  const requestId = text('correlationId');
  const own = OUTCOMES[text('message') ?? ''];
  if (requestId === undefined || (own === undefined && entry.Notifications !== 1)) return undefined;
  const outcome = own ?? text('outcome') ?? '';
  if (own === undefined && outcome === 'refused') return undefined;
  const [reason, sentence] = [text('reason'), text('sentence')];
  return {
    ...{ requestId, provider: text('provider') ?? '', account: text('account') ?? '', outcome },
    status: text('status') ?? (outcome === 'failed' ? '503' : '200'),
    ...defined({ reason, sentence }),
  };
}

/** What the worker did with an accepted notification. */
export interface LoggedOutcome {
  /** The gateway's id of the request. */
  readonly requestId: string;
  readonly as: 'applied' | 'duplicate' | 'conflict' | 'quarantined';
  /** The provider's id of the message. */
  readonly notification?: string;
  readonly payment?: string;
}

const SETTLED_AS = {
  Applied: 'applied',
  Duplicates: 'duplicate',
  ConflictingDuplicates: 'conflict',
  Quarantined: 'quarantined',
} as const;

/** Undefined: the line is about something else. */
export function readLoggedOutcome(line: string): LoggedOutcome | undefined {
  if (!line.includes('"Settled"')) return undefined;
  const { Settled, correlationId: requestId, notification, payment, ...counted } = parsed(line);
  const [, as] = Object.entries(SETTLED_AS).find(([metric]) => counted[metric] === 1) ?? [];
  if (Settled !== 1 || typeof requestId !== 'string' || as === undefined) return undefined;
  return {
    ...{ requestId, as },
    ...(typeof notification === 'string' ? { notification } : {}),
    ...(typeof payment === 'string' ? { payment } : {}),
  };
}

/** A request whose notification was a duplicate. */
export interface LoggedDuplicate {
  /** The gateway's id of the request. */
  readonly requestId: string;
  /** The provider's id of the message. */
  readonly notification: string;
  readonly payment?: string;
}

/** Undefined: the line is about something else, or of an older version, which did not name the notification. */
export function readDuplicate(line: string): LoggedDuplicate | undefined {
  if (!line.includes('"Duplicates"')) return undefined;
  const { Duplicates, correlationId: requestId, notification, payment } = parsed(line);
  if (Duplicates !== 1 || typeof requestId !== 'string' || typeof notification !== 'string') return undefined;
  return { requestId, notification, ...(typeof payment === 'string' ? { payment } : {}) };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
