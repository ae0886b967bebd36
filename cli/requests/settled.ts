/**
 * What the transition worker did with the notification of each request, from its log: no row leads from a request to
 * it.
 */
import {
  type LoggedDuplicate,
  type LoggedOutcome,
  readDuplicate,
  readLoggedOutcome,
} from '../../shared/app/http/request-log.ts';
import type { Connection } from '../connect.ts';
import { logPages } from './log-pages.ts';

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
  const group = `/payhooks/${environment}/transition-worker`;
  const found: T[] = [];
  for await (const page of logPages({ clients }, { group, since, filterPattern })) {
    found.push(...page.flatMap(({ message }) => read(message) ?? []));
    if (found.length >= MAX_READ) break;
  }
  return found;
}

/** Requests whose notification was already known, for a deployed stack. @param since milliseconds since 1970 */
export const readDuplicates = (logs: Logs, since: number): Promise<readonly LoggedDuplicate[]> =>
  workerLines(logs, { since, filterPattern: '{ $.Duplicates = 1 }', read: readDuplicate });

/**
 * Every request whose notification the worker has settled, for a deployed stack. @param since milliseconds since 1970
 */
export const readSettlements = (logs: Logs, since: number): Promise<readonly LoggedOutcome[]> =>
  workerLines(logs, { since, filterPattern: '{ $.Settled = 1 }', read: readLoggedOutcome });
