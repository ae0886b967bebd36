import type { FilterLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { logPages } from '../../cli/requests/log-pages.ts';
import { readSettlements } from '../../cli/requests/settled.ts';

const WANTED = { group: '/payhooks/live/some', since: 7, filterPattern: '{ $.a = 1 }' };

/** A log group with this number of pages, each with one line, or with the lines of `page`. */
function logged(
  pages: number,
  page = (number: number) => [{ message: `line ${number}`, timestamp: number }],
) {
  const calls: FilterLogEventsCommandInput[] = [];
  const send = async ({ input }: { readonly input: FilterLogEventsCommandInput }) => {
    calls.push(input);
    const at = Number(input.nextToken ?? 0);
    return { events: page(at), ...(at + 1 < pages ? { nextToken: String(at + 1) } : {}) };
  };
  const connection = { environment: 'live', clients: { logs: { send } } } as unknown as Parameters<
    typeof readSettlements
  >[0];
  return { calls, connection };
}

describe('pages of a log group', () => {
  it('logPages reads every page of a log group, and asks for each page with the same filter', async () => {
    const { calls, connection } = logged(3);
    const lines = (await Array.fromAsync(logPages(connection, WANTED))).flat();
    expect(lines).toEqual([0, 1, 2].map((at) => ({ message: `line ${at}`, at })));
    const request = { logGroupName: WANTED.group, startTime: 7, filterPattern: WANTED.filterPattern };
    expect(calls).toEqual([request, { ...request, nextToken: '1' }, { ...request, nextToken: '2' }]);
  });

  it('logPages asks for no page after the reader has stopped', async () => {
    const { calls, connection } = logged(3);
    for await (const [line] of logPages(connection, WANTED)) if (line?.at === 1) break;
    expect(calls).toHaveLength(2);
  });

  it('logPages asks for each page with the limit of the moment', async () => {
    const { calls, connection } = logged(3);
    let room = 5;
    for await (const page of logPages(connection, { ...WANTED, limit: () => room })) room -= page.length;
    expect(calls.map(({ limit }) => limit)).toEqual([5, 4, 3]);
  });
});

it('readSettlements asks for no page after 10,000 lines', async () => {
  const line = JSON.stringify({ Settled: 1, correlationId: 'r-1', Applied: 1 });
  const { calls, connection } = logged(9, () =>
    Array.from({ length: 6_000 }, () => ({ message: line, timestamp: 1 })),
  );
  const found = await readSettlements(connection, 0);
  expect([found.length, calls.length]).toEqual([12_000, 2]);
});
