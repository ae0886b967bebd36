/** The console's server for a deployed stack with logs and with a dashboard of CloudWatch. */
import type { Connection } from '../../cli/connect.ts';
import { deployedBackend } from '../../console/server/deployed.ts';
import { consoleBench } from './console-bench.ts';

export const MINUTE = 60_000;

interface Sent {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A stack on AWS whose CloudWatch has these lines and these dashboards. */
export function deployed(lines: () => readonly { readonly message: string; readonly timestamp: number }[]) {
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
