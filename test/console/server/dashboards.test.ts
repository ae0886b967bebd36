import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../cli/problem.ts';
import type { Backend } from '../../../console/server/backend.ts';
import type { DashboardSource, LineQuery, Range } from '../../../console/server/dashboard-source.ts';
import { dashboardDetail, dashboardsView } from '../../../console/server/dashboards.ts';
import { Query } from '../../../console/server/query.ts';

const NOW = Date.parse('2026-11-29T08:00:00Z');
const HOUR_MS = 3_600_000;
const place = { x: 6, y: 1, width: 12, height: 6 };

function backendOf(bodies: Readonly<Record<string, object>>, source: Partial<DashboardSource> = {}) {
  const reads: { queries: readonly LineQuery[]; range: Range }[] = [];
  const dashboards: DashboardSource = {
    bodies: async () => Object.entries(bodies).map(([name, body]) => ({ name, body: JSON.stringify(body) })),
    read: async (queries, range) => {
      reads.push({ queries, range });
      return { series: queries.map(({ label = '' }) => ({ label, points: [] })) };
    },
    ...source,
  };
  return { reads, backend: { dashboards, now: () => NOW } as Backend };
}
const detail = (backend: Backend, query = '') =>
  dashboardDetail(backend, 'business', new Query(new URLSearchParams(query)));
const body = (type: string, properties: object) => ({ widgets: [{ type, ...place, properties }] });
const hours = ({ from, to }: { from: string; to: string }) => (Date.parse(to) - Date.parse(from)) / HOUR_MS;

describe('the dashboards of a stack', () => {
  it('dashboards are listed by the last word of their names, with the hours that they show', async () => {
    const { backend } = backendOf({
      'payhooks-live-business': { start: '-P7D' },
      'payhooks-live-engineering': { start: '-PT3H' },
      plain: {},
    });
    expect((await dashboardsView(backend)).dashboards).toEqual([
      { name: 'payhooks-live-business', title: 'Business', defaultHours: 168 },
      { name: 'payhooks-live-engineering', title: 'Engineering', defaultHours: 3 },
      { name: 'plain', title: 'Plain', defaultHours: 12 },
    ]);
  });

  it('a dashboard is found by its whole name or last word; another name is refused with the existing names', async () => {
    const { backend } = backendOf({ 'payhooks-live-business': {} });
    expect((await detail(backend)).name).toBe('payhooks-live-business');
    const unknown = dashboardDetail(backend, 'siness', new Query(new URLSearchParams()));
    await expect(unknown).rejects.toMatchObject({
      ...{ code: EXIT.notFound, message: expect.stringContaining('payhooks-live-business') },
    });
  });
});

describe('the time of a dashboard', () => {
  it('a dashboard shows its own range up to now, or the range of the query', async () => {
    const { backend, reads } = backendOf({ business: { start: '-PT3H', ...body('metric', {}) } });
    expect(await detail(backend)).toMatchObject({ to: new Date(NOW).toISOString() });
    expect(reads[0]?.range).toEqual({ from: NOW - 3 * HOUR_MS, to: NOW });
    const query = 'from=2026-11-28T00:00:00Z&to=2026-11-28T06:00:00Z';
    expect(await detail(backend, query)).toMatchObject({
      ...{ from: '2026-11-28T00:00:00.000Z', to: '2026-11-28T06:00:00.000Z' },
    });
  });

  it('a dashboard begins when the stack began to measure, but shows at least an hour', async () => {
    const since = (ms: number) => backendOf({ business: { start: '-P7D' } }, { since: () => ms }).backend;
    expect(hours(await detail(since(NOW - 5 * HOUR_MS)))).toBe(5);
    expect(hours(await detail(since(NOW - 60_000)))).toBe(1);
    expect(hours(await detail(since(0)))).toBe(168);
  });

  it('a time that cannot be read is refused with the name of its parameter', async () => {
    const { backend } = backendOf({ business: {} });
    await expect(detail(backend, 'to=soon')).rejects.toMatchObject({
      ...{ code: EXIT.usage, message: expect.stringMatching(/^to: found "soon"/) },
    });
  });
});

describe('a widget', () => {
  const shown = async (type: string, properties: object, source?: Partial<DashboardSource>) => {
    const { backend, reads } = backendOf({ business: body(type, properties) }, source);
    const { widgets } = await detail(backend);
    return { widget: widgets[0], queries: reads[0]?.queries ?? [] };
  };

  it('a widget of metrics is a graph or a number, with its lines and place', async () => {
    const annotations = { horizontal: [{ label: 'limit', value: 3 }, { value: 5 }] };
    const { widget } = await shown('metric', { title: 'Errors of functions', annotations });
    expect(widget).toMatchObject({
      ...{ ...place, type: 'graph', title: 'Errors of functions', says: expect.any(String) },
      lines: [
        { label: 'limit', value: 3 },
        { label: '', value: 5 },
      ],
    });
    expect((await shown('metric', { view: 'singleValue' })).widget?.type).toBe('number');
  });

  it('a widget of metrics queries each line by name, dimensions, statistic and period, its own options first', async () => {
    const { queries } = await shown('metric', {
      ...{ stat: 'Sum', period: 60 },
      metrics: [
        ['Payhooks', 'Effects', 'service', 's', 'type', 'paid'],
        ['Payhooks', 'Lag', { stat: 'p99', period: 300, label: 'lag', id: 'm1', visible: false }],
        [{ expression: 'm1 - m2', label: 'left' }],
      ],
    });
    expect(queries).toEqual([
      {
        ...{ hidden: false, periodSeconds: 60, statistic: 'Sum' },
        metric: { namespace: 'Payhooks', name: 'Effects', dimensions: { service: 's', type: 'paid' } },
      },
      {
        ...{ label: 'lag', id: 'm1', hidden: true, periodSeconds: 300, statistic: 'p99' },
        metric: { namespace: 'Payhooks', name: 'Lag', dimensions: {} },
      },
      { label: 'left', hidden: false, periodSeconds: 60, expression: 'm1 - m2' },
    ]);
    const [bare] = (await shown('metric', { metrics: [['N', 'M']] })).queries;
    expect(bare).toMatchObject({ statistic: 'Average', periodSeconds: 300 });
  });

  it('a widget of alarms has the states of the alarms, or a note that only CloudWatch has the states', async () => {
    const alarms = async (arns: readonly string[]) => ({
      series: arns.map((label) => ({ label, points: [[1, 1]] as [number, number][] })),
    });
    const { widget } = await shown('alarm', { alarms: ['arn-1'] }, { alarms });
    expect(widget).toMatchObject({ type: 'alarms', series: [{ label: 'arn-1' }], lines: [] });
    expect((await shown('alarm', { alarms: ['arn-1'] })).widget).toMatchObject({
      ...{ type: 'alarms', series: [], note: 'Alarms have their states in CloudWatch alone.' },
    });
  });

  it('a widget of another kind draws nothing and has a note', async () => {
    for (const [type, as] of [
      ['log', 'log'],
      ['explorer', 'text'],
    ] as const) {
      expect((await shown(type, {})).widget).toMatchObject({
        type: as,
        series: [],
        note: expect.any(String),
      });
    }
  });
});
