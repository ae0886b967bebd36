import { DescribeContinuousBackupsCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Config } from '../../infra/config.ts';
import { listHolds } from '../../shared/app/operator/views.ts';
import { END_OF_TIME, openRows } from '../../shared/app/table/open-index.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import type { Effect } from '../../shared/payment/types.ts';
import { mappingsOf } from '../commands/pause.ts';
import type { Connection } from '../connect.ts';
import { depthOf, parked, QUEUES } from '../dlq/dead-letters.ts';
import { commandFor } from '../names.ts';
import { age, count } from '../output.ts';
import { givenUp, undeliveredEffects } from '../undelivered.ts';
import { type Area, type Found, finding } from './finding.ts';

const MOST = 1_000;

/** Whether the queues move, and what waits for an operator. */
export const queues: Area = {
  name: 'queues',
  async *examine({ connection, world }) {
    const { store } = connection;
    for (const queue of QUEUES) {
      const states = (await mappingsOf(connection, queue)).map(({ State = '' }) => State);
      const isRunning = states.every((each) => each === 'Enabled');
      const detail = `${isRunning ? 'worked off' : `paused (${states.join(', ')})`}, ${await depthOf(connection, queue)} waiting`;
      yield finding(queue, isRunning ? 'ok' : 'fail', detail, commandFor(connection, 'resume'));
      const dead = await depthOf(connection, `${queue}-dlq`);
      const { length: rows } = await parked(connection, queue, MOST);
      const verdict = dead + rows > 0 ? 'fail' : 'ok';
      const found = `${count(dead, 'dead letter')}, ${rows} parked`;
      yield finding(`${queue} dead letters`, verdict, found, commandFor(connection, 'dlq list'));
    }
    const { effects: failed, more: moreFailed } = await givenUp(store);
    yield finding(
      'given up',
      failed.length > 0 || moreFailed ? 'fail' : 'ok',
      `${atLeast(failed.length, 'event', moreFailed)} not delivered and not tried again`,
      commandFor(connection, 'payments list --failed'),
    );
    const { undelivered, more } = await undeliveredEffects(store, world.now());
    const isLate = (effects: readonly Effect[]) => effects.some(({ state }) => state !== 'failed');
    const late = [...undelivered.values()].filter(isLate).length;
    yield finding(
      'delivery',
      late > 0 ? 'warn' : 'ok',
      late > 0
        ? `events of ${atLeast(late, 'payment', more)} not delivered for over five minutes`
        : 'no other event is late',
      commandFor(connection, 'payments list'),
    );
    const { held, more: moreHeld } = await listHolds(store, MOST);
    yield finding(
      'holds',
      held.length > 0 || moreHeld ? 'warn' : 'ok',
      `${atLeast(held.length, 'payment', moreHeld)} held`,
      commandFor(connection, 'holds list'),
    );
    yield await awaitingConfirmation(connection, world.now());
  },
};

const atLeast = (number: number, what: string, more: boolean): string =>
  more ? `${number} ${what}s or more` : count(number, what);

/** Longer than any provider takes to answer. */
const PATIENCE_MS = 86_400_000;

/** Payments that only the provider can move on: how many, and since when. */
export async function awaitingConfirmation(
  connection: Pick<Connection, 'store' | 'selector'>,
  now: number,
): Promise<Found> {
  const { rows, more } = await openRows(connection.store, ['waiting', 'payment'], {
    until: END_OF_TIME,
    most: MOST,
    keep: (row) => {
      const { holds, status } = paymentOf(row);
      return holds.length === 0 && status === 'awaiting_confirmation';
    },
  });
  const [oldest] = rows.map(paymentOf).map(({ updatedAt }) => now - Date.parse(updatedAt));
  const detail = `${atLeast(rows.length, 'payment', more)} awaiting confirmation by the provider`;
  if (oldest === undefined) return finding('waiting', 'ok', detail);
  return {
    check: 'waiting',
    verdict: oldest >= PATIENCE_MS ? 'warn' : 'ok',
    detail: `${detail}, the oldest for ${age(oldest)}`,
    next: commandFor(connection, 'payments list --status awaiting_confirmation'),
  };
}

/** Concurrent environments for intake, in addition to the workers' limits. */
const ROOM_FOR_INTAKE = 70;

/** A hundred with the workers' default limits. */
const concurrencyNeeded = ({ functions }: Config): number =>
  ROOM_FOR_INTAKE +
  functions['transition-worker'].maxConcurrency +
  functions['fulfilment-worker'].maxConcurrency;

export const platform: Area = {
  name: 'platform',
  async *examine({ connection: { kind, clients, config, table, environment, warning } }) {
    if (warning !== undefined) yield finding('disk', 'fail', warning);
    if (kind === 'local') return yield finding('quotas and backups', 'unknown', 'a local stack has neither');
    const { AccountLimit } = await clients.lambda.send(new GetAccountSettingsCommand({}));
    const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    const needed = concurrencyNeeded(config);
    yield finding(
      'concurrency of Lambda',
      free >= needed ? 'ok' : 'fail',
      `${free} unreserved in this AWS account and region; a burst needs ${needed}`,
      'Ask AWS for a higher "Concurrent executions" quota (Service Quotas, AWS Lambda).',
    );
    const { Table } = await clients.dynamo.send(new DescribeTableCommand({ TableName: table }));
    const isProtected = Table?.DeletionProtectionEnabled === true;
    const isNeeded = environment !== 'sandbox';
    yield finding(
      'deletion protection',
      isProtected || !isNeeded ? 'ok' : 'fail',
      isProtected ? 'on' : 'off',
    );
    const { ContinuousBackupsDescription } = await clients.dynamo.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
    );
    const isOn =
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
    yield finding('point-in-time recovery', isOn ? 'ok' : 'fail', isOn ? 'on' : 'off');
  },
};
