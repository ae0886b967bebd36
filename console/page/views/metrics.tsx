import type { DashboardDetail, DashboardsView, LatencyView, WidgetShown } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { Card, ViewLayout } from '../parts/layout.tsx';
import { Distribution, LinePlot } from '../parts/plot.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Badge, Numbers } from '../parts/values.tsx';
import { grouped, measured, words } from '../text.ts';

export function Metrics({ route: { id, query } }: { route: Route }) {
  const latency = useView<LatencyView>('latency');
  const dashboards = useView<DashboardsView>('dashboards');
  const name = id ?? dashboards.data?.dashboards[0]?.name;
  return (
    <ViewLayout title="Metrics" says="How fast providers are answered, and the stack’s dashboards.">
      <Card title="Time taken to answer">
        <Shown view={latency} lines={4}>
          {(data) => <Latency latency={data} />}
        </Shown>
      </Card>
      <nav class="tabs" aria-label="Dashboards">
        {(dashboards.data?.dashboards ?? []).map((each) => (
          <a
            key={each.name}
            href={href('metrics', each.name, query)}
            aria-current={each.name === name ? 'page' : undefined}
          >
            {each.title}
          </a>
        ))}
      </nav>
      <Shown view={dashboards} lines={1}>
        {() =>
          name === undefined ? <Empty title="This stack has no dashboard" /> : <Dashboard name={name} />
        }
      </Shown>
    </ViewLayout>
  );
}

export function Latency({ latency }: { latency: LatencyView }) {
  const { count, over, budgetMs } = latency;
  if (count === 0) return <Empty title="No answers yet" />;
  const ms = (value: number | undefined) => (value === undefined ? '–' : `${grouped(value)} ms`);
  return (
    <>
      <p class="faint">
        From a provider’s request to its answer. Good: far below {budgetMs / 1_000} s, after which the
        provider gives up and sends it again.
      </p>
      <Numbers
        rows={[
          ['Answers', count],
          ['Half within', ms(latency.p50)],
          ['95 % within', ms(latency.p95)],
          ['99 % within', ms(latency.p99)],
          ['Longest', ms(latency.max)],
          [`Too late (over ${budgetMs / 1_000} s)`, over, over > 0 ? 'bad' : 'good'],
        ]}
      />
      <Distribution latency={latency} />
    </>
  );
}

function Dashboard({ name }: { name: string }) {
  const view = useView<DashboardDetail>(`dashboards/${encodeURIComponent(name)}`);
  return (
    <Shown view={view}>
      {({ widgets, from, to }) => (
        <div class="dashboard">
          {widgets.map((widget) => (
            <Widget
              key={`${widget.title} ${widget.x} ${widget.y}`}
              widget={widget}
              span={[Date.parse(from) / 1_000, Date.parse(to) / 1_000]}
            />
          ))}
        </div>
      )}
    </Shown>
  );
}

function Widget({ widget, span }: { widget: WidgetShown; span: readonly [number, number] }) {
  const { title, says, type, series, note, width, unit } = widget;
  const hasPoints = series.some(({ points }) => points.length > 0);
  return (
    <section class={`card widget ${width > 12 ? 'full' : width <= 6 ? 'quarter' : ''}`} aria-label={title}>
      <header>
        <h3>{title}</h3>
      </header>
      {says === undefined ? null : <p class="faint">{says}</p>}
      {note === undefined ? null : (
        <p class="faint">
          <em>{note}</em>
        </p>
      )}
      {type === 'number' ? (
        <Numbers
          rows={series.map(({ label, unit: own, points }) => {
            const last = points.at(-1);
            return [label, last === undefined ? '–' : measured(last[1], own ?? unit)];
          })}
        />
      ) : null}
      {type === 'alarms' ? <Alarms series={series} /> : null}
      {type === 'graph' ? (
        hasPoints ? (
          <LinePlot widget={widget} span={span} />
        ) : (
          <p class="nothing">No data in this time</p>
        )
      ) : null}
    </section>
  );
}

/** 1: the alarm rings; no point: unknown. Ringing alarms come first. */
const Alarms = ({ series }: { series: WidgetShown['series'] }) => (
  <ul class="plain-list">
    {ringingFirst(series).map(({ label, points }) => (
      <li key={label}>
        <span>{words(label)}</span>
        {alarmBadge(points.at(-1)?.[1])}
      </li>
    ))}
  </ul>
);

const ringingFirst = (series: WidgetShown['series']) =>
  [...series].sort((a, b) => (b.points.at(-1)?.[1] ?? 0) - (a.points.at(-1)?.[1] ?? 0));

function alarmBadge(value: number | undefined) {
  if (value === undefined) return <Badge tone="plain">No data</Badge>;
  return value > 0 ? <Badge tone="bad">Alarm</Badge> : <Badge tone="good">OK</Badge>;
}
