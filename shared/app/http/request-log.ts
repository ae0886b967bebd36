/** What intake writes down of each request, read again: by the local stack and by the command line. */

/** The message of the log line of a refusal. */
export const REFUSED = 'request refused';

/** What the lines of one request say. */
export interface Explained {
  /** The gateway's id of the request. */
  readonly requestId: string;
  readonly provider: string;
  /** "unknown": none that is configured. */
  readonly account: string;
  readonly outcome: string;
  readonly status: string;
  readonly reason?: string;
  readonly sentence?: string;
}

/** How long the answer took, from the gateway's time stamp on. */
export interface Took {
  /** The gateway's id of the request. */
  readonly requestId: string;
  readonly ms: number;
}

/** Undefined: a line about something else. */
export function readDuration(line: string): Took | undefined {
  if (!line.includes('"IntakeDuration"')) return undefined;
  const { correlationId, IntakeDuration: ms } = parsed(line);
  return typeof correlationId === 'string' && typeof ms === 'number'
    ? { requestId: correlationId, ms }
    : undefined;
}

/** A refusal has a line of its own, which says more than its metric. Undefined: a line about something else. */
export function readLogLine(line: string): Explained | undefined {
  // Most lines are of something else, and parsing is what costs.
  if (!line.includes('"Notifications"') && !line.includes(REFUSED)) return undefined;
  const entry = parsed(line);
  const text = (name: string): string | undefined =>
    typeof entry[name] === 'string' && entry[name] !== '' ? entry[name] : undefined;
  const requestId = text('correlationId');
  const isRefusal = entry.message === REFUSED;
  if (requestId === undefined || (!isRefusal && entry.Notifications !== 1)) return undefined;
  const outcome = isRefusal ? 'refused' : (text('outcome') ?? '');
  if (!isRefusal && outcome === 'refused') return undefined;
  const [reason, sentence] = [text('reason'), text('sentence')];
  return {
    ...{ requestId, provider: text('provider') ?? '', account: text('account') ?? '', outcome },
    status: text('status') ?? (outcome === 'failed' ? '503' : '200'),
    ...(reason === undefined ? {} : { reason }),
    ...(sentence === undefined ? {} : { sentence }),
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
