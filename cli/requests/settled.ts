/**
 * What the transition worker did with the notification of each request, from its log: no row leads from a request to
 * it.
 */
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  type Absorbed,
  readDuplicate,
  readSettled,
  type Settled,
} from '../../shared/app/http/request-log.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';

const MAX_READ = 10_000;

type Logs = Pick<Connection, 'clients' | 'environment'>;

interface Wanted<T> {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly filterPattern: string;
  readonly read: (line: string) => T | undefined;
}

async function workerLines<T>(
  { clients, environment }: Logs,
  { since, filterPattern, read }: Wanted<T>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let nextToken: string | undefined;
  do {
    const page = await clients.logs.send(
      new FilterLogEventsCommand({
        ...{ logGroupName: `/payhooks/${environment}/transition-worker`, startTime: since, filterPattern },
        ...defined({ nextToken }),
      }),
    );
    found.push(...(page.events ?? []).flatMap(({ message = '' }) => read(message) ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && found.length < MAX_READ);
  return found;
}

/** Requests whose notification was already known, for a deployed stack. @param since milliseconds since 1970 */
export const readDuplicates = (logs: Logs, since: number): Promise<readonly Absorbed[]> =>
  workerLines(logs, { since, filterPattern: '{ $.Duplicates = 1 }', read: readDuplicate });

/**
 * Every request whose notification the worker has settled, for a deployed stack. @param since milliseconds since 1970
 */
export const readSettlements = (logs: Logs, since: number): Promise<readonly Settled[]> =>
  workerLines(logs, { since, filterPattern: '{ $.Settled = 1 }', read: readSettled });
