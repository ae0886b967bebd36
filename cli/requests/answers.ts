/**
 * Every request with what intake wrote down of it: of the local stack from its gateway, of a deployed one from the logs of
 * the intake functions (requests that no intake function answered are in the gateway's access log alone).
 */
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type Explained, REFUSED, readDuration, readLogLine } from '../../shared/app/http/request-log.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';
import { EXIT, Problem } from '../problem.ts';

export interface Answered {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: string;
  /** "POST /trustly/americas/{account}/events"; undefined: the log of the function does not say. */
  readonly route?: string;
  /** Undefined: no intake function answered it. */
  readonly explained?: Explained;
  /** From the gateway's time stamp to the answer; undefined: nobody measured it. */
  readonly ms?: number;
}

export interface Asked {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** "401", "4xx"; undefined: every status. */
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
  { since, status }: Asked,
  get: typeof fetch,
): Promise<readonly Answered[]> {
  const all = await (connection.kind === 'local'
    ? fromLocal(connection, get)
    : fromCloudWatch(connection, since));
  const fits = (answered: Answered) =>
    status === undefined ||
    (status.endsWith('xx') ? answered.status.startsWith(status.charAt(0)) : answered.status === status);
  return all.filter((answered) => answered.at >= since && fits(answered)).sort((a, b) => a.at - b.at);
}

export interface LocalEntry {
  readonly requestId: string;
  readonly time: string;
  readonly status: string;
  readonly route: string;
  readonly explained?: Explained;
  readonly ms?: number;
}

async function fromLocal({ localUrl }: Connection, get: typeof fetch): Promise<readonly Answered[]> {
  const url = `${localUrl}/_local/api/requests`;
  const response = await get(url);
  if (!response.ok) {
    throw new Problem(EXIT.failed, `${url} answered ${response.status}.`, 'Start `npm start` anew.');
  }
  const entries = (await response.json()) as readonly LocalEntry[];
  return entries.map(ofLocalEntry);
}

export const ofLocalEntry = ({ requestId, time, status, route, explained, ms }: LocalEntry): Answered => ({
  ...{ requestId, at: Number(time), status, route },
  ...defined({ explained, ms }),
});

async function fromCloudWatch(
  { clients, environment }: Connection,
  since: number,
): Promise<readonly Answered[]> {
  const found = new Map<string, Answered>();
  const durations = new Map<string, number>();
  for (const name of INTAKE) {
    let nextToken: string | undefined;
    do {
      const page = await clients.logs.send(
        new FilterLogEventsCommand({
          logGroupName: `/payhooks/${environment}/${name}`,
          startTime: since,
          filterPattern: `{ ($.Notifications = 1) || ($.message = "${REFUSED}") }`,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      for (const { message = '', timestamp = 0 } of page.events ?? []) {
        const took = readDuration(message);
        if (took !== undefined) durations.set(took.requestId, took.ms);
        const explained = readLogLine(message);
        if (explained === undefined) continue;
        const { requestId, status } = explained;
        found.set(requestId, { requestId, at: timestamp, status, explained });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined && found.size < MAX_READ);
  }
  return [...found.values()].map((answered) => ({
    ...answered,
    ...defined({ ms: durations.get(answered.requestId) }),
  }));
}
