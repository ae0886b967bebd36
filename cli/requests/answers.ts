/**
 * Every request with what intake logged about it: of the local stack from its gateway, of a deployed one from the logs
 * of the intake functions (the gateway's access log alone has the requests that no intake function answered).
 */
import {
  isSelfTest,
  type LoggedOutcome,
  type LoggedRequest,
  OWN_PROBE,
  REFUSED,
  readDuration,
  readLoggedRequest,
  SELF_TEST_ACCEPTED,
} from '../../shared/app/http/request-log.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';
import { hasStatus, localRequests } from './access-log.ts';
import { logPages } from './log-pages.ts';

export interface Answered {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: string;
  /** "POST /trustly/americas/{account}/events"; undefined when the function's log does not have it. */
  readonly route?: string;
  /** Undefined when no intake function answered it. */
  readonly explained?: LoggedRequest;
  /** Milliseconds from the gateway's time stamp to the answer; undefined when not measured. */
  readonly ms?: number;
  /** What the worker did with it; undefined when it has not handled it yet, or was not asked. */
  readonly settled?: LoggedOutcome;
}

export interface AnswerFilter {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** "401", "4xx"; undefined for every status. */
  readonly status: string | undefined;
}

const MAX_READ = 10_000;
const INTAKE = [
  'intake-trustly-americas',
  'intake-trustly-europe',
  'intake-trustly-europe-decisions',
  'intake-paymentwall',
] as const;

/** Oldest first. @throws Problem */
export async function readAnswers(
  connection: Connection,
  { since, status }: AnswerFilter,
  get: typeof fetch,
): Promise<readonly Answered[]> {
  const all = await (connection.kind === 'local'
    ? fromLocal(connection, get)
    : fromCloudWatch(connection, since));
  const matches = (answered: Answered) =>
    answered.at >= since && (status === undefined || hasStatus(answered, status));
  return all.filter(matches).sort((a, b) => a.at - b.at);
}

/** A request as the local gateway remembers it. */
export type LocalEntry = Omit<Answered, 'at' | 'route'> & { readonly time: string; readonly route: string };

async function fromLocal(connection: Connection, get: typeof fetch): Promise<readonly Answered[]> {
  return ((await localRequests(connection, get)) as readonly LocalEntry[]).map(ofLocalEntry);
}

export const ofLocalEntry = ({ requestId, time, status, route, ...rest }: LocalEntry): Answered => ({
  ...{ requestId, at: Number(time), status, route },
  ...defined({ explained: rest.explained, ms: rest.ms, settled: rest.settled }),
});

const EVERY_REQUEST = `{ ($.Notifications = 1) || ($.message = "${REFUSED}") || ($.message = "${SELF_TEST_ACCEPTED}") }`;

async function fromCloudWatch(connection: Connection, since: number): Promise<readonly Answered[]> {
  const found = new Map<string, Answered>();
  const durations = new Map<string, number>();
  await eachIntakeLine(connection, { since, filterPattern: EVERY_REQUEST }, (message, at) => {
    const took = readDuration(message);
    if (took !== undefined) durations.set(took.requestId, took.ms);
    const explained = readLoggedRequest(message);
    if (explained === undefined) return found.size < MAX_READ;
    const { requestId, status } = explained;
    found.set(requestId, { requestId, at, status, explained });
    return found.size < MAX_READ;
  });
  return [...found.values()].map((answered) => ({
    ...answered,
    ...defined({ ms: durations.get(answered.requestId) }),
  }));
}

interface Lines {
  readonly since: number;
  readonly filterPattern: string;
}

/** @param take gets each line, and returns whether to read another page */
async function eachIntakeLine(
  connection: Connection,
  lines: Lines,
  take: (message: string, at: number) => boolean,
): Promise<void> {
  for (const name of INTAKE) {
    const group = `/payhooks/${connection.environment}/${name}`;
    let isRoom = true;
    for await (const page of logPages(connection, { ...lines, group })) {
      for (const { message, at } of page) isRoom = take(message, at);
      if (!isRoom) break;
    }
  }
}

/**
 * Ids of the requests by which the stack, or doctor, tested its own address: the gateway's log cannot distinguish them.
 */
export async function readSelfTests(
  connection: Connection,
  since: number,
  get: typeof fetch,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (connection.kind === 'local') {
    const all = await fromLocal(connection, get);
    for (const { requestId, explained } of all) if (isSelfTest(explained)) found.add(requestId);
    return found;
  }
  const filterPattern = `{ $.reason = "${OWN_PROBE}" }`;
  await eachIntakeLine(connection, { since, filterPattern }, (message) => {
    const explained = readLoggedRequest(message);
    if (isSelfTest(explained)) found.add(explained?.requestId ?? '');
    return found.size < MAX_READ;
  });
  return found;
}
