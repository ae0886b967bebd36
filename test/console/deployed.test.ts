/** The console's requests to AWS, and their number. */
import { describe, expect, it } from 'vitest';
import { consoleCommand } from '../../cli/commands/console.ts';
import { Flags } from '../../cli/flags.ts';
import type { RequestsView } from '../../console/contract.ts';
import { consoleBench } from './console-bench.ts';
import { deployed, MINUTE } from './deployed-bench.ts';

const line = (correlationId: string, ms: number) =>
  JSON.stringify({
    ...{ Notifications: 1, IntakeDuration: ms, outcome: 'accepted', provider: 'paymentwall', account: 'toy' },
    correlationId,
  });

describe('requests on AWS', () => {
  it('the console reads the logs of intake on AWS once, and after that only new lines', async () => {
    const lines: { message: string; timestamp: number }[] = [];
    const { view, backend, time, sent } = deployed(() => lines);
    const start = time.now;
    lines.push({ message: line('c1', 40), timestamp: start - 10 * MINUTE });
    const first = await view<RequestsView>('requests', backend);
    expect(first.requests).toMatchObject([{ correlationId: 'c1', status: '200', ms: 40 }]);
    const sentBefore = sent.length;
    await view('requests', backend);
    await view('latency', backend);
    expect(sent).toHaveLength(sentBefore);

    time.now += MINUTE;
    lines.push({ message: line('c2', 3_500), timestamp: start + MINUTE / 2 });
    const second = await view<RequestsView>('requests?since=90min', backend);
    expect(second.requests.map(({ correlationId }) => correlationId)).toEqual(['c2', 'c1']);
    const latest = sent.slice(sentBefore).map(({ input }) => Number(input.startTime));
    expect(Math.min(...latest)).toBeGreaterThanOrEqual(start - 2 * MINUTE);

    const before = sent.length;
    await view('requests?since=7d', backend);
    expect(sent.length).toBeGreaterThan(before);
  });
});

it.each(['x', '65536', '-1', ''])('payhooks console refuses the port "%s"', async (port) => {
  const { backend } = consoleBench();
  const world = { connect: async () => backend.connection } as unknown as Parameters<
    typeof consoleCommand.run
  >[0]['world'];
  await expect(consoleCommand.run({ args: [], flags: new Flags({ port }), world })).rejects.toThrow(/--port/);
});

it('payhooks console serves read-only until its signal ends it, and prints its address', async () => {
  const { backend } = consoleBench();
  const controller = new AbortController();
  const printed = Promise.withResolvers<{ readonly url: string; readonly actionsAllowed: boolean }>();
  const ended = consoleCommand.run({
    args: [],
    flags: new Flags({}),
    world: {
      ...{ connect: async () => backend.connection, now: () => 0, stdin: async () => '', user: 'ann' },
      input: async function* () {},
      fetch: globalThis.fetch,
      notice: () => {},
      print: ({ json }) => printed.resolve(json as { url: string; actionsAllowed: boolean }),
      stopping: () => controller.signal,
    },
  });
  const { url, actionsAllowed } = await printed.promise;
  expect(actionsAllowed).toBe(false);
  const answer = await fetch(new URL('api/v1/capabilities', url));
  expect(await answer.json()).toMatchObject({ backend: 'PayhooksTest', local: false, actionsAllowed: false });
  controller.abort();
  await ended;
  await expect(fetch(url)).rejects.toThrow();
});

it('payhooks console prints the address of the local console when the stack is local', async () => {
  const { backend } = consoleBench();
  const connection = { ...backend.connection, localUrl: 'http://127.0.0.1:8787' };
  const world = { connect: async () => connection } as unknown as Parameters<
    typeof consoleCommand.run
  >[0]['world'];
  const { json } = await consoleCommand.run({ args: [], flags: new Flags({}), world });
  expect(json).toMatchObject({ url: 'http://127.0.0.1:8787/_local/' });
});
