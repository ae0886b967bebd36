/** The page's requests to its server: views that stay current while they are shown, and actions. */
import { defined } from '../../shared/payment/defined.ts';
import type { ActionName, ActionResult, Actions, ApiError, Capabilities, LiveEvent } from '../contract.ts';
import { useRerender } from './rerender.ts';

const API = new URL('api/v1/', location.href);

export interface Failure extends ApiError {
  /** 0 when there was no answer. */
  readonly status: number;
}

interface Entry {
  readonly path: string;
  readonly listeners: Set<() => void>;
  /** Whether each live event requests it again. */
  live: boolean;
  data?: unknown;
  etag?: string | undefined;
  failure?: Failure | undefined;
  isLoading: boolean;
  isStale: boolean;
}

export interface View<T> {
  readonly data: T | undefined;
  readonly failure: Failure | undefined;
}

const MAX_UNUSED = 40;
const entries = new Map<string, Entry>();

function entryOf(path: string): Entry {
  const known = entries.get(path);
  if (known !== undefined) return known;
  const unused = [...entries.values()].filter(({ listeners }) => listeners.size === 0);
  for (const { path: old } of unused.slice(0, Math.max(0, unused.length - MAX_UNUSED))) entries.delete(old);
  const entry: Entry = { path, listeners: new Set(), live: true, isLoading: false, isStale: false };
  entries.set(path, entry);
  return entry;
}

const notify = ({ listeners }: Entry) => {
  for (const listener of listeners) listener();
};

async function readFailure(response: Response): Promise<Failure> {
  const body: unknown = await response.json().catch(() => undefined);
  const { error, next } = (body ?? {}) as Partial<ApiError>;
  return {
    status: response.status,
    error: error ?? `The console's server answered ${response.status}.`,
    ...defined({ next }),
  };
}

export const UNREACHABLE: Failure = {
  status: 0,
  error: 'The console does not answer.',
  next: 'See whether `npm start` or `payhooks console` still runs in its terminal. The page reconnects when one of them runs.',
};

async function load(entry: Entry): Promise<void> {
  if (entry.isLoading) {
    entry.isStale = true;
    return;
  }
  entry.isLoading = true;
  entry.isStale = false;
  try {
    const headers = defined({ 'if-none-match': entry.etag });
    const response = await fetch(new URL(entry.path, API), { headers, cache: 'no-store' });
    if (response.ok) {
      entry.data = await response.json();
      entry.etag = response.headers.get('etag') ?? undefined;
      entry.failure = undefined;
    } else if (response.status === 304) {
      entry.failure = undefined;
    } else {
      entry.failure = await readFailure(response);
      if (response.status === 404) entry.data = undefined;
    }
  } catch {
    entry.failure = UNREACHABLE;
  } finally {
    entry.isLoading = false;
    notify(entry);
  }
  if (entry.isStale && entry.listeners.size > 0) void load(entry);
}

/** Requests the shown views again, as after an action. */
export function refresh(path?: string): void {
  for (const entry of entries.values()) {
    if (entry.listeners.size === 0) continue;
    const isMeant = path === undefined ? entry.live || entry.failure !== undefined : entry.path === path;
    if (isMeant) void load(entry);
  }
}

/** @param path below api/v1/; undefined requests nothing @param live requests it again when something changed */
export function useView<T>(path: string | undefined, { live = true } = {}): View<T> {
  const subscribe = (rerender: () => void) => {
    if (path === undefined) return;
    const entry = entryOf(path);
    entry.live = live;
    entry.listeners.add(rerender);
    void load(entry);
    return () => entry.listeners.delete(rerender);
  };
  useRerender(subscribe, [path, live]);
  const entry = path === undefined ? undefined : entries.get(path);
  return { data: entry?.data as T | undefined, failure: entry?.failure };
}

/** @throws Failure */
async function send(path: string, request: RequestInit): Promise<Response> {
  const response = await fetch(new URL(path, API), request).catch(() => undefined);
  if (response === undefined) throw UNREACHABLE;
  if (!response.ok) throw await readFailure(response);
  return response;
}

/** Makes the server read the whole table again. @throws Failure */
export const reread = (): Promise<unknown> => send('reread', { cache: 'no-store' });

/** The path of a view that live events do not request again. */
export const DEAD_LETTERS = 'dead-letters';
/** The actions that change it. */
const ON_LETTERS: ReadonlySet<ActionName> = new Set(['redrive', 'discard-parked']);

/** @throws Failure */
export async function act<A extends ActionName>(
  capabilities: Capabilities,
  name: A,
  body: Actions[A],
): Promise<ActionResult> {
  const response = await send(`actions/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-payhooks-token': capabilities.token },
    body: JSON.stringify(body),
  });
  refresh();
  if (ON_LETTERS.has(name)) refresh(DEAD_LETTERS);
  return (await response.json()) as ActionResult;
}

export const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'error' in value && 'status' in value;

// The connection ------------------------------------------------------------------------------------------------------

export type Connection = 'connecting' | 'live' | 'lost';

const RECONNECT_MS = 2_000;
let connection: Connection = 'connecting';
const connectionListeners = new Set<() => void>();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of connectionListeners) listener();
}

/** Opens the page's only connection for live events, which tell when to request again. */
export function connect(): void {
  const source = new EventSource(new URL('live', API));
  let seen: number | undefined;
  let isLate = false;
  source.addEventListener('version', ({ data }: MessageEvent<string>) => {
    const { version } = JSON.parse(data) as LiveEvent;
    const wasLost = connection !== 'live';
    setConnection('live');
    if (version === seen && !wasLost) return;
    seen = version;
    // A hidden page requests again when it becomes visible.
    if (document.hidden) isLate = true;
    else refresh();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || !isLate) return;
    isLate = false;
    refresh();
  });
  source.addEventListener('error', () => {
    setConnection('lost');
    // The browser reconnects by itself, unless the answer was not an event stream.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, RECONNECT_MS);
  });
}

export function useConnection(): Connection {
  useRerender((rerender) => {
    connectionListeners.add(rerender);
    return () => connectionListeners.delete(rerender);
  }, []);
  return connection;
}
