/**
 * The senders of refused requests: one reading for both access logs, a group per source, and the part that a firewall
 * would block.
 */
import type { FilterLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import type { World } from '../../cli/command.ts';
import { requestsCommand } from '../../cli/commands/requests.ts';
import { Flags, type Values } from '../../cli/flags.ts';
import { render } from '../../cli/output.ts';
import { EXIT } from '../../cli/problem.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const MINUTE = 60_000;
const STRANGER = '203.0.113.9';
const OTHER = '2001:db8::7';
/** An address that Paymentwall publishes. */
const PAYMENTWALL = '216.127.71.25';
const PINGBACK = 'ANY /paymentwall/goods/pingback';

const entry = (sourceIp: string | undefined, minutesAgo: number, status = '401', route = PINGBACK) => ({
  requestId: `r-${minutesAgo}`,
  time: String(NOW - minutesAgo * MINUTE),
  route,
  method: 'GET',
  status,
  ...(sourceIp === undefined ? {} : { sourceIp }),
});
const selfTest = (correlationId: string) => ({
  ...{ message: 'request refused', correlationId, provider: 'paymentwall', account: 'goods' },
  ...{ status: '401', reason: 'own_probe' },
});
const ENTRIES = [
  entry(STRANGER, 30),
  entry(OTHER, 20),
  entry(PAYMENTWALL, 15),
  entry(STRANGER, 10, '401', 'POST /trustly/americas/{account}/events'),
  entry(STRANGER, 5),
  entry(undefined, 1),
];

/**
 * A deployed stack whose log answers with one entry per page; the logs of its intakes have only the lines of
 * self-tests.
 */
function deployed(entries: readonly object[] = ENTRIES, selfTests: readonly string[] = []) {
  const calls: FilterLogEventsCommandInput[] = [];
  const send = async ({ input }: { readonly input: FilterLogEventsCommandInput }) => {
    if (input.logGroupName === '/payhooks/live/intake-paymentwall') {
      expect(input.filterPattern).toBe('{ $.reason = "own_probe" }');
      return { events: selfTests.map((id) => ({ message: JSON.stringify(selfTest(id)) })) };
    }
    if (input.logGroupName?.startsWith('/payhooks/')) return { events: [] };
    calls.push(input);
    const at = Number(input.nextToken ?? 0);
    const events = entries.slice(at, at + 1).map((each) => ({ message: JSON.stringify(each) }));
    return { events, ...(at + 1 < entries.length ? { nextToken: String(at + 1) } : {}) };
  };
  const connection = {
    ...{ kind: 'deployed', label: 'PayhooksLive (live)', environment: 'live' },
    clients: { logs: { send } },
  };
  return { calls, connection };
}

function local(entries: readonly object[] = ENTRIES) {
  const fetched: string[] = [];
  const fetch = async (url: string) => {
    fetched.push(url);
    return { ok: true, json: async () => entries };
  };
  const connection = { kind: 'local', label: 'local :8080 (sandbox)', localUrl: 'http://127.0.0.1:8080' };
  return { fetched, fetch, connection };
}

async function run(values: Values, connection: object, fetch: unknown = undefined) {
  const world = { connect: async () => connection, now: () => NOW, fetch } as unknown as World;
  const { json, lines } = await requestsCommand.run({
    args: [],
    flags: new Flags({ 'by-source': true, ...values }),
    world,
  });
  return { json: json as { sources: object[]; blocks: string[]; more: boolean }, text: render(lines, false) };
}

const SOURCES = [
  {
    address: STRANGER,
    requests: 3,
    statuses: { 401: 3 },
    routes: [PINGBACK, 'POST /trustly/americas/{account}/events'],
    first: '2026-03-01T11:30:00.000Z',
    last: '2026-03-01T11:55:00.000Z',
    isProvider: false,
  },
  { address: OTHER, requests: 1 },
  { address: PAYMENTWALL, requests: 1, isProvider: true },
  { address: 'unknown', requests: 1 },
];

describe('payhooks requests', () => {
  it('requests of a deployed stack reads every page of the log of the gateway, filtered by status', async () => {
    const { calls, connection } = deployed();
    const { json, text } = await run({ status: '401', since: '6h' }, connection);
    expect(json).toMatchObject({ sources: SOURCES, more: false, requests: 6 });
    expect(calls).toHaveLength(ENTRIES.length);
    expect(calls[0]).toMatchObject({
      logGroupName: '/aws/vendedlogs/payhooks/live/gateway',
      filterPattern: '{ $.status = "401" }',
      startTime: NOW - 360 * MINUTE,
    });
    expect(text).toContain('6 requests answered 401 since 2026-03-01 06:00:00, from 4 sources.');
    expect(text).toContain(`${PAYMENTWALL} (Paymentwall's)`);
  });

  it('requests without --status asks for the class 4xx by the pattern 4*', async () => {
    const { calls, connection } = deployed();
    await run({}, connection);
    expect(calls[0]?.filterPattern).toBe('{ $.status = "4*" }');
  });

  it('requests of the local stack finds the same sources as requests of a deployed stack', async () => {
    const { fetched, fetch, connection } = local([
      ...ENTRIES,
      entry(STRANGER, 2, '200'),
      entry(STRANGER, 9_999),
    ]);
    const { json } = await run({ status: '401' }, connection, fetch);
    expect(json).toMatchObject({ sources: SOURCES, requests: 6 });
    expect(new Set(fetched)).toEqual(new Set(['http://127.0.0.1:8080/_local/api/requests']));
    expect((await run({ status: '4xx' }, connection, fetch)).json).toMatchObject({ requests: 6 });
    expect((await run({ status: '2xx' }, connection, fetch)).json).toMatchObject({ requests: 1 });
  });

  it('requests --blocks prints the sources as blocks /32 and /128, without the addresses of providers', async () => {
    const { connection } = deployed();
    const { text, json } = await run({ blocks: true }, connection);
    expect(text).toBe(`${STRANGER}/32\n${OTHER}/128\n`);
    expect(json.blocks).toEqual([`${STRANGER}/32`, `${OTHER}/128`]);
    expect((await run({ blocks: true, least: '2' }, connection)).text).toBe(`${STRANGER}/32\n`);
  });

  it('requests --blocks leaves out the self-tests, so that no block has the address of the stack', async () => {
    const own = entry('198.51.100.7', 3);
    const stack = deployed([...ENTRIES, own], [own.requestId]);
    const { text, json } = await run({}, stack.connection);
    expect(json).toMatchObject({ sources: SOURCES, requests: 6, selfTests: 1 });
    expect(text).toContain('1 self-test of this stack left out (--self-tests).');
    expect((await run({ blocks: true }, stack.connection)).text).not.toContain('198.51.100.7');
    expect((await run({ 'self-tests': true }, stack.connection)).json).toMatchObject({ requests: 7 });
    const explained = { requestId: own.requestId, outcome: 'refused', reason: 'own_probe' };
    const { fetch, connection } = local([...ENTRIES, { ...own, explained }]);
    expect((await run({}, connection, fetch)).json).toMatchObject({ requests: 6, selfTests: 1 });
  });

  it('requests says how many sources are beyond --limit', async () => {
    const { connection } = deployed();
    const { text } = await run({ limit: '1' }, connection);
    expect(text).toContain('3 sources beyond --limit.');
  });

  it('requests says 0 requests when no request was refused', async () => {
    const { text } = await run({}, deployed([]).connection);
    expect(text).toBe('PayhooksLive (live): 0 requests answered 4xx since 2026-02-28 12:00:00.\n');
  });

  it('requests ignores a line that is no entry of an access log', async () => {
    const { connection } = deployed([{}, { status: '401', time: 'x' }, ENTRIES[0] as object]);
    expect((await run({}, connection)).json).toMatchObject({ requests: 1 });
  });

  it.each([
    [{ status: '7' }, '--status "7"'],
    [{ status: '40x' }, '--status "40x"'],
    [{ since: 'yesterday' }, '--since "yesterday"'],
    [{ since: '0h' }, '--since "0h"'],
  ])('requests refuses the options %j, and names the allowed values', async (values, message) => {
    const refused = run(values, deployed().connection);
    await expect(refused).rejects.toMatchObject({ code: EXIT.usage });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow('allowed are');
  });

  it('requests --since takes a time', async () => {
    const { calls, connection } = deployed();
    await run({ since: '2026-02-28T00:00:00Z' }, connection);
    expect(calls[0]?.startTime).toBe(Date.parse('2026-02-28T00:00:00Z'));
  });
});
