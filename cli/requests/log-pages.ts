/** Reads lines from a log group of a deployed stack, page by page. */
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';

export interface LogLine {
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Wanted {
  readonly group: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly filterPattern: string;
  /** The most lines of the next page; absent: CloudWatch's own limit. */
  readonly limit?: () => number;
}

/**
 * Whoever has enough stops the loop: no page after that is asked for. The SDK's paginator has one page size for all
 * pages.
 */
export async function* logPages(
  { clients }: Pick<Connection, 'clients'>,
  { group, since, filterPattern, limit }: Wanted,
): AsyncGenerator<readonly LogLine[]> {
  let nextToken: string | undefined;
  do {
    const page = await clients.logs.send(
      new FilterLogEventsCommand({
        ...{ logGroupName: group, startTime: since, filterPattern },
        ...defined({ limit: limit?.(), nextToken }),
      }),
    );
    yield (page.events ?? []).map(({ message = '', timestamp = 0 }) => ({ message, at: timestamp }));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
