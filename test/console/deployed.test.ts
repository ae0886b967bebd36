/** What the console asks of AWS, and how seldom. */
import { describe, expect, it } from 'vitest';
import { consoleCommand } from '../../cli/commands/console.ts';
import type { Connection } from '../../cli/connect.ts';
import { Flags } from '../../cli/flags.ts';
import type { DashboardDetail, RequestsView } from '../../console/contract.ts';
import { deployedBackend } from '../../console/server/deployed.ts';
import { consoleBench } from './console-bench.ts';

const MINUTE = 60_000;

interface Sent {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A stack on AWS whose CloudWatch has these lines and these dashboards. */
function deployed(lines: () => readonly { readonly message: string; readonly timestamp: number }[]) {
  const bench = consoleBench();
  const sent: Sent[] = [];
  const send = (answers: Readonly<Record<string, (input: Sent['input']) => unknown>>) => ({
    send: async (command: {
      readonly constructor: { readonly name: string };
      readonly input: Sent['input'];
    }) => {
      const { name } = command.constructor;
      sent.push({ name, input: command.input });
      return answers[name]?.(command.input) ?? {};
    },
  });
  const connection = {
    ...bench.backend.connection,
    clients: {
      ...bench.backend.connection.clients,
      logs: send({
        FilterLogEventsCommand: ({ startTime, logGroupName }) => ({
          events: String(logGroupName).endsWith('/intake-paymentwall')
            ? lines().filter(({ timestamp }) => timestamp >= Number(startTime))
            : [],
        }),
      }),
      cloudWatch: send({
        GetDashboardCommand: () => ({ DashboardBody: BODY }),
        GetMetricDataCommand: () => ({
          MetricDataResults: [{ Label: 'paid', Timestamps: [new Date(bench.time.now)], Values: [7] }],
        }),
      }),
    },
  } as unknown as Connection;
  const backend = deployedBackend(connection, {
    ...{ name: 'PayhooksTest', actionsAllowed: false, user: 'ann', clock: () => bench.time.now },
    fetch: () => Promise.reject(new Error('nothing is fetched')),
  });
  backend.live.stop();
  return { ...bench, backend, sent };
}

const BODY = JSON.stringify({
  start: '-P7D',
  widgets: [
    {
      ...{ type: 'metric', x: 0, y: 0, width: 24, height: 3 },
      properties: {
        ...{ title: 'Today', view: 'singleValue' },
        metrics: [
          [
            'Payhooks',
            'Effects',
            'service',
            's',
            'type',
            'payment.paid',
            { stat: 'Sum', period: 86_400, label: 'paid' },
          ],
          [{ expression: 'm1 - m2', id: 'e1', period: 300 }],
          ['Payhooks', 'Accepted', 'service', 's', { id: 'm1', visible: false }],
        ],
      },
    },
    { type: 'log', x: 0, y: 3, width: 24, height: 6, properties: { title: 'Cold starts' } },
  ],
});

const line = (correlationId: string, ms: number) =>
  JSON.stringify({
    ...{ Notifications: 1, IntakeDuration: ms, outcome: 'accepted', provider: 'paymentwall', account: 'toy' },
    correlationId,
  });

describe('requests on AWS', () => {
  it('are read from the logs of intake once, and after that only what is new', async () => {
    const lines: { message: string; timestamp: number }[] = [];
    const { view, backend, time, sent } = deployed(() => lines);
    const start = time.now;
    lines.push({ message: line('c1', 40), timestamp: start - 10 * MINUTE });
    const first = await view<RequestsView>('requests', backend);
    expect(first.requests).toMatchObject([{ correlationId: 'c1', status: '200', ms: 40 }]);
    const asked = sent.length;
    await view('requests', backend);
    await view('latency', backend);
    expect(sent).toHaveLength(asked);

    time.now += MINUTE;
    lines.push({ message: line('c2', 3_500), timestamp: start + MINUTE / 2 });
    const second = await view<RequestsView>('requests?since=90min', backend);
    expect(second.requests.map(({ correlationId }) => correlationId)).toEqual(['c2', 'c1']);
    const latest = sent.slice(asked).map(({ input }) => Number(input.startTime));
    expect(Math.min(...latest)).toBeGreaterThanOrEqual(start - 2 * MINUTE);

    const before = sent.length;
    await view('requests?since=7d', backend);
    expect(sent.length).toBeGreaterThan(before);
  });
});

describe('dashboards on AWS', () => {
  it('are the deployed ones, with what CloudWatch has, asked for once a minute', async () => {
    const { view, backend, sent, time } = deployed(() => []);
    const shown = await view<DashboardDetail>('dashboards/business', backend);
    expect(shown.name).toBe('payhooks-sandbox-business');
    expect(Date.parse(shown.to) - Date.parse(shown.from)).toBe(7 * 24 * 60 * MINUTE);
    expect(shown.widgets).toMatchObject([
      { title: 'Today', type: 'number', series: [{ label: 'paid', points: [[time.now / 1_000, 7]] }] },
      { title: 'Cold starts', type: 'log', series: [], note: expect.any(String) },
    ]);
    const data = () => sent.filter(({ name }) => name === 'GetMetricDataCommand');
    const [query] = data();
    expect(query?.input.MetricDataQueries).toMatchObject([
      {
        Label: 'paid',
        ReturnData: true,
        MetricStat: {
          ...{ Period: 86_400, Stat: 'Sum' },
          Metric: {
            ...{ Namespace: 'Payhooks', MetricName: 'Effects' },
            Dimensions: [
              { Name: 'service', Value: 's' },
              { Name: 'type', Value: 'payment.paid' },
            ],
          },
        },
      },
      { Id: 'e1', Expression: 'm1 - m2', Period: 300 },
      { Id: 'm1', ReturnData: false },
    ]);
    await view('dashboards/business', backend);
    expect(data()).toHaveLength(1);
    time.now += 2 * MINUTE;
    await view('dashboards/business', backend);
    expect(data()).toHaveLength(2);
    await expect(view('dashboards/nothing', backend)).rejects.toMatchObject({ code: 3 });
  });
});

it.each(['x', '65536', '-1', ''])('payhooks console refuses the port "%s"', async (port) => {
  const { backend } = consoleBench();
  const world = { connect: async () => backend.connection } as unknown as Parameters<
    typeof consoleCommand.run
  >[0]['world'];
  await expect(consoleCommand.run({ args: [], flags: new Flags({ port }), world })).rejects.toThrow(/--port/);
});

it('payhooks console serves until it is ended, read-only, and prints its address', async () => {
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

it('payhooks console says where the console of npm start is', async () => {
  const { backend } = consoleBench();
  const connection = { ...backend.connection, localUrl: 'http://127.0.0.1:8787' };
  const world = { connect: async () => connection } as unknown as Parameters<
    typeof consoleCommand.run
  >[0]['world'];
  const { json } = await consoleCommand.run({ args: [], flags: new Flags({}), world });
  expect(json).toMatchObject({ url: 'http://127.0.0.1:8787/_local/' });
});
