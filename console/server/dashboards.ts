/** The stack's dashboards, from their DashboardBody: the widgets, and the values of their lines. */
import { EXIT, Problem } from '../../cli/problem.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { DashboardDetail, DashboardsView, WidgetShown } from '../contract.ts';
import { sentence } from '../page/text.ts';
import type { Backend } from './backend.ts';
import type { DashboardSource, LineQuery, Range } from './dashboard-source.ts';
import type { Query } from './query.ts';
import { seriesText, widgetText } from './widget-text.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 12;
const DAY_HOURS = 24;

export async function dashboardsView({ dashboards }: Backend): Promise<DashboardsView> {
  const bodies = await dashboards.bodies();
  return {
    dashboards: bodies.map(({ name, body }) => ({
      ...{ name, title: sentence(name.split('-').at(-1) ?? name), defaultHours: hoursOf(parsed(body).start) },
    })),
  };
}

/** "-P7D", "-PT12H" */
function hoursOf(start: unknown): number {
  const [, days, hours] = /^-P(?:(\d+)D)?(?:T(\d+)H)?$/.exec(String(start ?? '')) ?? [];
  return Number(days ?? 0) * DAY_HOURS + Number(hours ?? 0) || DEFAULT_HOURS;
}

/** @throws Problem when there is no such dashboard, or a time is not valid */
export async function dashboardDetail(
  backend: Backend,
  name: string,
  query: Query,
): Promise<DashboardDetail> {
  const bodies = await backend.dashboards.bodies();
  const found = bodies.find((each) => each.name === name || each.name.endsWith(`-${name}`));
  if (found === undefined) {
    const known = bodies.map((each) => each.name).join(', ') || 'none';
    throw new Problem(EXIT.notFound, `There is no dashboard "${name.slice(0, 100)}"; there are: ${known}.`);
  }
  const body = parsed(found.body);
  const to = timeOf(query, 'to') ?? backend.now();
  const from = timeOf(query, 'from') ?? beginningOf(backend, to, hoursOf(body.start));
  const widgets = Array.isArray(body.widgets) ? (body.widgets as readonly RawWidget[]) : [];
  return {
    name: found.name,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    widgets: await Promise.all(
      widgets.map((widget) => widgetShown(backend.dashboards, widget, { from, to })),
    ),
  };
}

/** A stack that has run for minutes has no data of last week, so at least an hour is drawn. */
function beginningOf({ dashboards }: Backend, to: number, hours: number): number {
  const since = Math.min(dashboards.since?.() ?? 0, to - HOUR_MS);
  return Math.max(to - hours * HOUR_MS, since);
}

function timeOf(query: Query, name: string): number | undefined {
  const text = query.text(name);
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new Problem(
    EXIT.usage,
    `${name}: found "${text.slice(0, 100)}", allowed: a time like 2026-11-29T08:00:00Z.`,
  );
}

interface RawWidget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

const parsed = (body: string): Readonly<Record<string, unknown>> => JSON.parse(body);

async function widgetShown(
  source: DashboardSource,
  { type, x, y, width, height, properties }: RawWidget,
  range: Range,
): Promise<WidgetShown> {
  const place = { ...widgetText(String(properties.title ?? '')), x, y, width, height };
  if (type === 'alarm') {
    const note = 'Alarms have their states in CloudWatch alone.';
    const arns = Array.isArray(properties.alarms) ? properties.alarms.map(String) : [];
    const states = (await source.alarms?.(arns)) ?? { series: [], note };
    return { ...place, ...states, type: 'alarms', lines: [] };
  }
  if (type !== 'metric') {
    const note = 'Log queries are run in CloudWatch alone.';
    return { ...place, type: type === 'log' ? 'log' : 'text', series: [], lines: [], note };
  }
  const { series, note } = await source.read(queriesOf(properties), range);
  return {
    ...place,
    type: properties.view === 'singleValue' ? 'number' : 'graph',
    series: series.map((each) => ({ ...each, ...seriesText(each.label) })),
    lines: annotationsOf(properties),
    ...defined({ note }),
  };
}

function annotationsOf({ annotations }: RawWidget['properties']): WidgetShown['lines'] {
  const { horizontal = [] } = (annotations ?? {}) as {
    readonly horizontal?: readonly { readonly label?: string; readonly value: number }[];
  };
  return horizontal.map(({ label = '', value }) => ({ label, value }));
}

const DEFAULT_PERIOD_SECONDS = 300;

interface RawOptions {
  readonly expression?: string;
  readonly stat?: string;
  readonly period?: number;
  readonly label?: string;
  readonly id?: string;
  readonly visible?: boolean;
}

function queriesOf({ metrics = [], period, stat }: RawWidget['properties']): readonly LineQuery[] {
  return (metrics as readonly (readonly (string | RawOptions)[])[]).map((row): LineQuery => {
    const last = row.at(-1);
    const options: RawOptions = typeof last === 'object' ? last : {};
    const names = row.filter((part) => typeof part === 'string');
    const { label, id, visible = true } = options;
    const more = {
      ...defined({ label, id }),
      hidden: !visible,
      periodSeconds: options.period ?? Number(period ?? DEFAULT_PERIOD_SECONDS),
    };
    if (options.expression !== undefined) return { ...more, expression: options.expression };
    const [namespace = '', name = '', ...pairs] = names;
    const dimensions = Object.fromEntries(
      pairs.flatMap((key, index) => (index % 2 === 0 ? [[key, pairs[index + 1] ?? '']] : [])),
    );
    const statistic = options.stat ?? String(stat ?? 'Average');
    return { ...more, metric: { namespace, name, dimensions }, statistic };
  });
}
