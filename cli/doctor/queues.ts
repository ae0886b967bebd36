import { DescribeContinuousBackupsCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Config } from '../../infra/config.ts';
import { listHolds } from '../../shared/app/operator/views.ts';
import { END_OF_TIME, openRows } from '../../shared/app/table/open-index.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { mappingsOf } from '../commands/pause.ts';
import type { Connection } from '../connect.ts';
import { depthOf, parked, QUEUES } from '../dlq/dead-letters.ts';
import { age, count } from '../output.ts';
import { givenUp, undeliveredEffects } from '../undelivered.ts';
import type { Area, Finding } from './finding.ts';

const LOOKED_AT = 1_000;

/** Whether the queues move, and what waits for an operator. */
export const queues: Area = {
  name: 'queues',
  async *examine({ connection, world }) {
    for (const queue of QUEUES) {
      const states = (await mappingsOf(connection, queue)).map(({ State = '' }) => State);
      const isRunning = states.every((each) => each === 'Enabled');
      const waiting = await depthOf(connection, queue);
      yield {
        check: queue,
        verdict: isRunning ? 'ok' : 'fail',
        detail: `${isRunning ? 'worked off' : `paused (${states.join(', ')})`}, ${waiting} waiting`,
        ...(isRunning ? {} : { next: `payhooks resume ${connection.selector}`.trimEnd() }),
      };
      const dead = await depthOf(connection, `${queue}-dlq`);
      const rows = await parked(connection, queue, LOOKED_AT);
      yield {
        check: `${queue} dead letters`,
        verdict: dead + rows.length > 0 ? 'fail' : 'ok',
        detail: `${count(dead, 'dead letter')}, ${rows.length} parked`,
        ...(dead + rows.length > 0 ? { next: `payhooks dlq list ${connection.selector}`.trimEnd() } : {}),
      };
    }
    const { effects: failed, more: moreFailed } = await givenUp(connection.store);
    yield {
      check: 'given up',
      verdict: failed.length > 0 || moreFailed ? 'fail' : 'ok',
      detail: `${many(failed.length, 'event', moreFailed)} that the merchant has not heard and nobody sends again`,
      ...(failed.length > 0 || moreFailed
        ? { next: `payhooks payments list --failed ${connection.selector}`.trimEnd() }
        : {}),
    };
    const { undelivered, more: moreUndelivered } = await undeliveredEffects(connection.store, world.now());
    const late = [...undelivered.values()].filter((effects) =>
      effects.some(({ state }) => state !== 'failed'),
    ).length;
    yield {
      check: 'merchant told',
      verdict: late > 0 ? 'warn' : 'ok',
      detail:
        late > 0
          ? `not of ${many(late, 'payment', moreUndelivered)}, for over five minutes`
          : 'of everything else',
      ...(late > 0 ? { next: `payhooks payments list ${connection.selector}`.trimEnd() } : {}),
    };
    const { held, more } = await listHolds(connection.store, LOOKED_AT);
    yield {
      check: 'holds',
      verdict: held.length > 0 || more ? 'warn' : 'ok',
      detail: `${many(held.length, 'payment', more)} held`,
      ...(held.length > 0 || more ? { next: `payhooks holds list ${connection.selector}`.trimEnd() } : {}),
    };
    yield await waiting(connection, world.now());
  },
};

const many = (n: number, what: string, more: boolean): string =>
  more ? `${n} ${what}s or more` : count(n, what);

/** Longer than any provider takes to answer. */
const PATIENCE_MS = 86_400_000;

/** Payments that only the provider can move on: how many, and since when. */
export async function waiting(
  { store, selector }: Pick<Connection, 'store' | 'selector'>,
  now: number,
): Promise<Omit<Finding, 'area'>> {
  const { rows, more } = await openRows(store, ['waiting', 'payment'], {
    until: END_OF_TIME,
    most: LOOKED_AT,
    keep: (row) => {
      const { holds, status } = paymentOf(row);
      return holds.length === 0 && status === 'awaiting_confirmation';
    },
  });
  const [oldest] = rows.map(paymentOf).map(({ updatedAt }) => now - Date.parse(updatedAt));
  const since = oldest === undefined ? '' : `, the oldest for ${age(oldest)}`;
  return {
    check: 'waiting',
    verdict: (oldest ?? 0) >= PATIENCE_MS ? 'warn' : 'ok',
    detail: `${many(rows.length, 'payment', more)} awaiting confirmation by the provider${since}`,
    ...(oldest === undefined
      ? {}
      : { next: `payhooks payments list --status awaiting_confirmation ${selector}`.trimEnd() }),
  };
}

/** Concurrent environments for intake, beside the workers' limits. */
const ROOM_FOR_INTAKE = 70;

/** A hundred with the workers' default limits. */
const concurrencyNeeded = ({ functions }: Config): number =>
  ROOM_FOR_INTAKE +
  functions['transition-worker'].maxConcurrency +
  functions['fulfilment-worker'].maxConcurrency;

export const platform: Area = {
  name: 'platform',
  async *examine({ connection: { kind, clients, config, table, environment, warning } }) {
    if (warning !== undefined) yield { check: 'disk', verdict: 'fail', detail: warning };
    if (kind === 'local') {
      yield { check: 'quotas and backups', verdict: 'unknown', detail: 'this computer has neither' };
      return;
    }
    const { AccountLimit } = await clients.lambda.send(new GetAccountSettingsCommand({}));
    const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    const needed = concurrencyNeeded(config);
    yield {
      check: 'concurrency of Lambda',
      verdict: free >= needed ? 'ok' : 'fail',
      detail: `${free} unreserved in this account and region; ${needed} leave room for a burst`,
      ...(free >= needed
        ? {}
        : { next: 'Ask AWS for a higher "Concurrent executions" quota (Service Quotas, AWS Lambda).' }),
    };
    const { Table } = await clients.dynamo.send(new DescribeTableCommand({ TableName: table }));
    const isKept = Table?.DeletionProtectionEnabled === true;
    yield {
      check: 'deletion protection',
      verdict: isKept || environment === 'sandbox' ? 'ok' : 'fail',
      detail: isKept ? 'on' : 'off',
    };
    const { ContinuousBackupsDescription } = await clients.dynamo.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
    );
    const isOn =
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
    yield { check: 'point-in-time recovery', verdict: isOn ? 'ok' : 'fail', detail: isOn ? 'on' : 'off' };
  },
};
