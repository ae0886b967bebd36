/**
 * The gateway's access log, of a deployed stack (CloudWatch Logs) or of the local one. All commands use this one
 * reader.
 */

import { gatewayLogGroup } from '../../infra/names.ts';
import type { Connection } from '../connect.ts';
import { Problem } from '../problem.ts';
import { logPages } from './log-pages.ts';

/** One request from the access log: no path, no query, no header. */
export interface Logged {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** "POST /trustly/americas/{account}/events"; "$default" or "-" if no route matched. */
  readonly route: string;
  readonly method: string;
  readonly status: string;
  /** Undefined for entries of a version that did not log it. */
  readonly sourceIp: string | undefined;
}

export interface Wanted {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** "401", or "4xx" for a whole class. */
  readonly status: string;
  /** The maximum number of entries to read. */
  readonly most: number;
}

export interface Found {
  readonly requests: readonly Logged[];
  /** Whether more entries exist than were read. */
  readonly more: boolean;
}

/** @throws Problem */
export const readAccessLog = (connection: Connection, wanted: Wanted, get: typeof fetch): Promise<Found> =>
  connection.kind === 'local' ? fromLocal(connection, wanted, get) : fromCloudWatch(connection, wanted);

/** CloudWatch's largest page. */
const PAGE = 10_000;

async function fromCloudWatch(connection: Connection, { since, status, most }: Wanted): Promise<Found> {
  const requests: Logged[] = [];
  const lines = {
    group: gatewayLogGroup(connection.environment),
    since,
    filterPattern: `{ $.status = "${status.replace('xx', '*')}" }`,
    limit: () => Math.min(PAGE, most - requests.length + 1),
  };
  for await (const page of logPages(connection, lines)) {
    requests.push(...page.flatMap(({ message }) => readLine(message) ?? []));
    if (requests.length > most) break;
  }
  return { requests: requests.slice(0, most), more: requests.length > most };
}

async function fromLocal(connection: Connection, { since, status, most }: Wanted, get: typeof fetch) {
  const found = (await localRequests(connection, get))
    .flatMap((line) => readEntry(line) ?? [])
    .filter((request) => request.at >= since && hasStatus(request, status));
  return { requests: found.slice(0, most), more: found.length > most };
}

/** The requests that the local gateway remembers. @throws Problem */
export async function localRequests(
  { localUrl }: Connection,
  get: typeof fetch,
): Promise<readonly unknown[]> {
  const url = `${localUrl}/_local/api/requests`;
  const response = await get(url);
  if (response.ok) return (await response.json()) as readonly unknown[];
  throw Problem.failed(`${url} answered ${response.status}.`, 'End `npm start` and start it again.');
}

/** @param wanted "401", or "4xx" for a whole class */
export const hasStatus = ({ status }: { readonly status: string }, wanted: string): boolean =>
  wanted.endsWith('xx') ? status.startsWith(wanted.charAt(0)) : status === wanted;

function readLine(line: string): Logged | undefined {
  try {
    return readEntry(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Undefined when the value is no entry of an access log. */
function readEntry(value: unknown): Logged | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entry = value as Readonly<Record<string, unknown>>;
  const text = (name: string): string => (typeof entry[name] === 'string' ? entry[name] : '');
  const at = Number(text('time'));
  if (!Number.isFinite(at) || text('status') === '') return undefined;
  return {
    ...{ requestId: text('requestId'), at, route: text('route'), method: text('method') },
    status: text('status'),
    sourceIp: text('sourceIp') || undefined,
  };
}
