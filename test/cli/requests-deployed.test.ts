/** `payhooks requests --stack` reads each request with its reason from the log groups of the intake functions. */
import type { FilterLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import type { World } from '../../cli/command.ts';
import { requestsCommand } from '../../cli/commands/requests.ts';
import { Flags, type Values } from '../../cli/flags.ts';
import { render } from '../../cli/output.ts';
import { REFUSED, SELF_TEST_ACCEPTED } from '../../shared/app/http/request-log.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const MINUTE = 60_000;

/** Lines as the functions write them: metrics of an accepted request, a line of its own for a refused request. */
const refused = {
  ...{ level: 'WARN', message: REFUSED, correlationId: 'r-1', provider: 'paymentwall', account: 'goods' },
  ...{ status: '401', reason: 'wrong_signature', sentence: 'version 3 as pinned' },
};
const refusedMetrics = {
  Notifications: 1,
  correlationId: 'r-1',
  outcome: 'refused',
  provider: 'paymentwall',
};
const accepted = {
  ...{ Notifications: 1, correlationId: 'r-2', outcome: 'accepted', status: '200' },
  ...{ provider: 'trustly-americas', account: 'shop' },
};
const ownRefused = { ...refused, correlationId: 'r-7', reason: 'own_probe' };
const ownAccepted = { ...ownRefused, message: SELF_TEST_ACCEPTED, correlationId: 'r-8', status: '200' };
const LINES: Readonly<Record<string, readonly (readonly [minutesAgo: number, line: unknown])[]>> = {
  '/payhooks/live/intake-paymentwall': [
    [3, refused],
    [3, refusedMetrics],
    [2, 'START RequestId: r-9 Version: $LATEST'],
    [2, ownRefused],
    [1, ownAccepted],
  ],
  '/payhooks/live/intake-trustly-americas': [[9, accepted]],
};

/** A deployed stack whose log groups answer with one line per page; one function is not deployed. */
function deployed(readable = true) {
  const calls: FilterLogEventsCommandInput[] = [];
  const logs = async ({ input }: { readonly input: FilterLogEventsCommandInput }) => {
    calls.push(input);
    const lines = LINES[input.logGroupName ?? ''] ?? [];
    const at = Number(input.nextToken ?? 0);
    const events = lines.slice(at, at + 1).map(([minutes, line]) => ({
      timestamp: NOW - minutes * MINUTE,
      message: typeof line === 'string' ? line : JSON.stringify(line),
    }));
    return { events, ...(at + 1 < lines.length ? { nextToken: String(at + 1) } : {}) };
  };
  const secrets = async () => {
    if (!readable) throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    return {
      SecretString: JSON.stringify({ current: { secretKey: 'a-secret-that-nobody-may-see' } }),
      CreatedDate: new Date(NOW - 5 * MINUTE),
    };
  };
  const connection = {
    ...{ kind: 'deployed', label: 'PayhooksLive (live)', environment: 'live' },
    clients: { logs: { send: logs }, secrets: { send: secrets } },
  };
  return { calls, connection };
}

async function run(values: Values, { connection }: ReturnType<typeof deployed>) {
  const world = { connect: async () => connection, now: () => NOW } as unknown as World;
  const { json, lines } = await requestsCommand.run({ args: [], flags: new Flags(values), world });
  return { json: json as { items: object[] }, text: render(lines, false) };
}

describe('payhooks requests --stack', () => {
  it('requests --stack says the reason of a refusal and the age of the secret, but nothing of the secret', async () => {
    const { text, json } = await run({}, deployed());
    expect(text.split('\n').slice(0, 2)).toEqual([
      '2026-03-01 11:51:00  200  trustly-americas/shop       ',
      '2026-03-01 11:57:00  401  paymentwall/goods             wrong_signature: version 3 as pinned; secret set 5 min ago, second key not set',
    ]);
    expect(json.items).toMatchObject([
      { requestId: 'r-2', status: '200' },
      { requestId: 'r-1', status: '401', reason: 'wrong_signature' },
    ]);
    expect(text + JSON.stringify(json)).not.toContain('nobody-may-see');
  });

  it('requests --stack leaves out the self-tests and counts them, and --self-tests shows them', async () => {
    const { text, json } = await run({}, deployed());
    expect(text).toContain('2 self-tests of this stack left out (--self-tests).');
    expect(json).toMatchObject({ selfTests: 2, items: [{ requestId: 'r-2' }, { requestId: 'r-1' }] });
    const all = await run({ 'self-tests': true }, deployed());
    expect(all.json.items).toMatchObject([
      {},
      {},
      { requestId: 'r-7', status: '401', reason: 'own_probe' },
      { requestId: 'r-8', status: '200', reason: 'own_probe' },
    ]);
    expect(all.text).not.toContain('left out');
    expect((await run({ status: '2xx' }, deployed())).text).toContain('1 self-test of this stack');
  });

  it('requests --stack says no age of a secret that may not be read', async () => {
    const { text } = await run({ status: '401' }, deployed(false));
    expect(text).toContain('wrong_signature: version 3 as pinned\n');
    expect(text).toContain('PayhooksLive (live): 1 request answered 401');
  });

  it('requests --stack reads every page of every intake function since the time of --since', async () => {
    const stack = deployed();
    await run({ since: '6h' }, stack);
    expect(new Set(stack.calls.map(({ logGroupName }) => logGroupName?.split('/').pop()))).toEqual(
      new Set([
        ...['intake-trustly-americas', 'intake-trustly-europe', 'intake-trustly-europe-decisions'],
        'intake-paymentwall',
      ]),
    );
    expect(new Set(stack.calls.map(({ startTime }) => startTime))).toEqual(new Set([NOW - 6 * 60 * MINUTE]));
    expect(stack.calls.filter(({ logGroupName }) => logGroupName?.endsWith('paymentwall'))).toHaveLength(5);
    expect(stack.calls[0]?.filterPattern).toContain(REFUSED);
  });
});
