/** Requests whose notification was already known, from the log of the transition worker: no row records them. */
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type Absorbed, readDuplicate } from '../../shared/app/http/request-log.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';

const MAX_READ = 10_000;

/** For a deployed stack. @param since milliseconds since 1970 */
export async function readDuplicates(
  { clients, environment }: Pick<Connection, 'clients' | 'environment'>,
  since: number,
): Promise<readonly Absorbed[]> {
  const found: Absorbed[] = [];
  let nextToken: string | undefined;
  do {
    const page = await clients.logs.send(
      new FilterLogEventsCommand({
        logGroupName: `/payhooks/${environment}/transition-worker`,
        startTime: since,
        filterPattern: '{ $.Duplicates = 1 }',
        ...defined({ nextToken }),
      }),
    );
    found.push(...(page.events ?? []).flatMap(({ message = '' }) => readDuplicate(message) ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && found.length < MAX_READ);
  return found;
}
