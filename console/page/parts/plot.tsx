/** Plots as SVG: one line per series over time, and a distribution of answer times with the provider's limit. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LatencyView, WidgetShown } from '../../contract.ts';
import { clock, dateTime, grouped, measured } from '../text.ts';

const HEIGHT = 160;
const LEFT = 54;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;
const SERIES_COLOURS = 8;

/** Width in CSS pixels, so that text is not scaled. */
function useWidth(): readonly [{ current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(480);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(120, Math.floor(element.clientWidth))));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/** A round number at or above the value, whose half is also round. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return (
    [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((step) => step * unit).find((step) => step >= value) ?? value
  );
}

interface Scale {
  readonly x: (seconds: number) => number;
  readonly y: (value: number) => number;
  readonly top: number;
  readonly from: number;
  readonly to: number;
}

function scaleOf({ series, lines }: WidgetShown, width: number, span: readonly [number, number]): Scale {
  const values = [
    ...series.flatMap(({ points }) => points.map(([, value]) => value)),
    ...lines.map(({ value }) => value),
  ];
  const top = niceCeiling(Math.max(0, ...values));
  const [from, to] = span;
  return {
    top,
    ...{ from, to },
    x: (seconds) => LEFT + ((seconds - from) / Math.max(1, to - from)) * (width - LEFT - RIGHT),
    y: (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM),
  };
}

export function LinePlot({ widget, span }: { widget: WidgetShown; span: readonly [number, number] }) {
  const [box, width] = useWidth();
  const [at, setAt] = useState<number>();
  const scale = scaleOf(widget, width, span);
  const move = (event: PointerEvent) => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    const share = (event.clientX - left - LEFT) / (width - LEFT - RIGHT);
    setAt(share < 0 || share > 1 ? undefined : scale.from + share * (scale.to - scale.from));
  };
  return (
    <div ref={box} class="plot" onPointerMove={move} onPointerLeave={() => setAt(undefined)}>
      <svg width={width} height={HEIGHT} role="img" aria-label={describe(widget)}>
        <Grid scale={scale} width={width} unit={widget.unit} />
        {widget.lines.map(({ label, value }) => (
          <g key={label} class="limit">
            <line x1={LEFT} x2={width - RIGHT} y1={scale.y(value)} y2={scale.y(value)} />
            <text x={width - RIGHT} y={labelAt(scale.y(value))} text-anchor="end">
              {label}
            </text>
          </g>
        ))}
        {widget.series.map(({ label, points: all }, index) => {
          // What was measured before the drawn time would lie on the labels of the axis.
          const points = all.filter(([seconds]) => seconds >= scale.from);
          return (
            <g key={label} class={`series s${index % SERIES_COLOURS}`}>
              <polyline
                points={points.map(([seconds, value]) => `${scale.x(seconds)},${scale.y(value)}`).join(' ')}
              />
              {points.length < 3
                ? points.map(([seconds, value]) => (
                    <circle key={seconds} cx={scale.x(seconds)} cy={scale.y(value)} r="2.5" />
                  ))
                : null}
            </g>
          );
        })}
        {at === undefined ? null : (
          <line class="cursor" x1={scale.x(at)} x2={scale.x(at)} y1={TOP} y2={HEIGHT - BOTTOM} />
        )}
      </svg>
      <Legend widget={widget} at={at} />
    </div>
  );
}

/** Above its line, or below if there is no room. */
const labelAt = (y: number): number => (y < TOP + 12 ? y + 14 : y - 4);

interface LevelsProps extends Pick<Scale, 'top' | 'y'> {
  readonly width: number;
  readonly unit?: WidgetShown['unit'];
}

/** Horizontal lines with their values. */
const Levels = ({ top, y, width, unit }: LevelsProps) => (
  <>
    {[0, top / 2, top].map((value) => (
      <g key={value}>
        <line x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} />
        <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">
          {measured(value, unit)}
        </text>
      </g>
    ))}
  </>
);

function Grid({ scale, width, unit }: { scale: Scale; width: number; unit: WidgetShown['unit'] }) {
  const { top, from, to, x, y } = scale;
  const isLong = to - from > 2 * 86_400;
  const textOf = (seconds: number) => {
    const iso = new Date(seconds * 1_000).toISOString();
    return isLong ? dateTime(iso).split(',')[0] : clock(iso).slice(0, 5);
  };
  const times = [from, (from + to) / 2, to];
  return (
    <g class="grid">
      <Levels {...{ top, y, width, unit }} />
      {times.map((seconds, index) => (
        <text
          key={seconds}
          x={x(seconds)}
          y={HEIGHT - 4}
          text-anchor={index === 0 ? 'start' : index === 1 ? 'middle' : 'end'}
        >
          {textOf(seconds)}
        </text>
      ))}
    </g>
  );
}

const nearest = (points: WidgetShown['series'][number]['points'], at: number) =>
  points.reduce<readonly [number, number] | undefined>(
    (best, point) => (best === undefined || Math.abs(point[0] - at) < Math.abs(best[0] - at) ? point : best),
    undefined,
  );

function Legend({ widget, at }: { widget: WidgetShown; at: number | undefined }) {
  return (
    <ul class="legend">
      {widget.series.map(({ label, points }, index) => {
        const point = at === undefined ? points.at(-1) : nearest(points, at);
        return (
          <li key={label} class={`s${index % SERIES_COLOURS}`}>
            <span class="swatch" />
            {label}
            <span class="amount">{point === undefined ? '–' : measured(point[1], widget.unit)}</span>
          </li>
        );
      })}
      {at === undefined ? null : <li class="faint">{dateTime(new Date(at * 1_000).toISOString())}</li>}
    </ul>
  );
}

const describe = ({ title, series, unit }: WidgetShown): string =>
  `${title}: ${series.map(({ label, points }) => `${label}, last ${points.length === 0 ? 'none' : measured(points.at(-1)?.[1] ?? 0, unit)}`).join('; ') || 'no data'}`;

// Distribution --------------------------------------------------------------------------------------------------------

/** "50 ms", "2 s" */
const timeTaken = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`);
/** Minimum distance of labels, so that they do not touch. */
const LEAST_LABEL_STEP = 40;

/** Answers by duration; bars to the right of the line were too late. */
export function Distribution({ latency }: { latency: LatencyView }) {
  const [box, width] = useWidth();
  const { buckets, budgetMs, count } = latency;
  const top = niceCeiling(Math.max(1, ...buckets.map((bucket) => bucket.count)));
  const step = (width - LEFT - RIGHT) / Math.max(1, buckets.length);
  const y = (value: number) => TOP + 10 + (1 - value / top) * (HEIGHT - TOP - 10 - BOTTOM);
  const late = buckets.findIndex(({ fromMs }) => fromMs >= budgetMs);
  const limit = LEFT + (late < 0 ? buckets.length : late) * step;
  return (
    <div ref={box} class="plot">
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${grouped(count)} answers by time taken; ${grouped(latency.over)} took longer than ${grouped(budgetMs)} ms`}
      >
        <g class="grid">
          <Levels {...{ top, y, width }} />
        </g>
        {buckets.map(({ fromMs, toMs, count: number }, index) => (
          <g key={fromMs} class={fromMs >= budgetMs ? 'bucket late' : 'bucket'}>
            <title>{`${grouped(fromMs)} to ${toMs === undefined ? 'more' : grouped(toMs)} ms: ${grouped(number)}`}</title>
            <rect
              x={LEFT + index * step + 2}
              width={Math.max(1, step - 4)}
              y={y(number)}
              height={Math.max(0, y(0) - y(number))}
              rx="2"
            />
            <text x={LEFT + (index + 1) * step} y={HEIGHT - 4} text-anchor="middle">
              {toMs === undefined || (step < LEAST_LABEL_STEP && (late - index) % 2 === 0)
                ? ''
                : timeTaken(toMs)}
            </text>
          </g>
        ))}
        <g class="limit">
          <line x1={limit} x2={limit} y1={TOP} y2={HEIGHT - BOTTOM} />
          <text x={limit - 6} y={TOP + 8} text-anchor="end">
            {`the provider waits ${timeTaken(budgetMs)}`}
          </text>
        </g>
      </svg>
    </div>
  );
}
