/** The dashboards of CloudWatch. */
import { describe, expect, it } from 'vitest';
import type { DashboardDetail } from '../../../console/contract.ts';
import { deployed, MINUTE } from '../deployed-bench.ts';

describe('dashboards on AWS', () => {
  it('a dashboard on AWS has the data of CloudWatch, which is queried once a minute at most', async () => {
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
