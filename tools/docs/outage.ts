/**
 * A calculated outage of ten hours at the intake, during which every provider retries by its own schedule, and the load
 * after it. Counted, not timed: notifications come evenly, one each second from each provider, and nothing is random.
 */
import { MAX_CONCURRENCY } from '../../infra/function-settings.ts';
import { BATCH_SIZE } from '../../infra/queue-limits.ts';
import { RETRY_PAUSES } from '../../local/demo/retries.ts';
import { PROVIDERS, type ProviderName } from '../../shared/providers/index.ts';
import { page, rendered, table } from './markdown.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const OUTAGE_HOURS = 10;
const AFTER_HOURS = 4;
const STEP = MINUTE;
const STEPS = ((OUTAGE_HOURS + AFTER_HOURS) * HOUR) / STEP;
const OVER = (OUTAGE_HOURS * HOUR) / STEP;

interface Outage {
  readonly provider: ProviderName;
  /** Requests of each minute from the beginning of the outage, as a multiple of the rate without one. */
  readonly requests: readonly number[];
  /** Number of notifications first sent during the outage that the provider gives up before its end. */
  readonly lost: number;
  /** Minutes after the outage until the last notification has come. */
  readonly lastAfter: number;
  /** Number of notifications that come after the outage and were first sent before its end. */
  readonly late: number;
}

/** @param perStep new notifications of each minute */
export function outageOf(provider: ProviderName, perStep = STEP): Outage {
  const requests: number[] = Array.from({ length: STEPS }, () => perStep);
  const pauses = RETRY_PAUSES[provider];
  let [lost, late, lastAfter] = [0, 0, 0];
  for (let second = 0; second < OVER * STEP; second += STEP / perStep) {
    let at = second;
    let isIn = false;
    for (const pause of pauses) {
      at += pause;
      const step = Math.floor(at / STEP);
      if (step < STEPS) requests[step] = (requests[step] ?? 0) + 1;
      if (step < OVER) continue;
      isIn = true;
      late += 1;
      lastAfter = Math.max(lastAfter, (at - OVER * STEP) / MINUTE);
      break;
    }
    if (!isIn) lost += 1;
  }
  return { provider, requests: requests.map((count) => count / perStep), lost, lastAfter, late };
}

const peak = (values: readonly number[]): number => Math.max(...values);
const during = ({ requests }: Outage): number => peak(requests.slice(0, OVER));
const afterwards = ({ requests }: Outage): number => peak(requests.slice(OVER));

/** Queued notifications, minute by minute after the outage, and minutes until the queue is empty. */
export function drained(outages: readonly Outage[], ratePerSecond: number, workedPerSecond: number) {
  let waiting = 0;
  let longest = 0;
  let minutes = 0;
  for (let step = OVER; ; step += 1) {
    const multiple = outages.reduce((sum, { requests }) => sum + (requests[step] ?? 1), 0) / outages.length;
    waiting = Math.max(0, waiting + (multiple * ratePerSecond - workedPerSecond) * STEP);
    longest = Math.max(longest, waiting);
    if (waiting === 0 && step - OVER >= minutes) {
      if (step >= STEPS) return { longest: Math.round(longest), minutes };
    } else minutes = step - OVER + 1;
    if (step > OVER + 10 * STEPS) return { longest: Math.round(longest), minutes: Number.POSITIVE_INFINITY };
  }
}

const outages = (): readonly Outage[] => PROVIDERS.map((provider) => outageOf(provider));

/** Assumed; `payhooks cost` assumes the same. */
const WORKER_SECONDS = 0.12;
const ONE_AT_A_TIME = Math.floor(MAX_CONCURRENCY['transition-worker'] / WORKER_SECONDS);
const WHOLE_BATCHES = ONE_AT_A_TIME * BATCH_SIZE;

const duration = (minutes: number): string =>
  Number.isFinite(minutes)
    ? minutes < 120
      ? `${Math.ceil(minutes)} min`
      : `${(minutes / 60).toFixed(1)} h`
    : 'never';

const queueCells = ({ longest, minutes }: ReturnType<typeof drained>): readonly string[] => [
  Number.isFinite(minutes) ? longest.toLocaleString('en-US') : 'grows',
  minutes === 0 ? 'at once' : duration(minutes),
];

/** docs/tables/outage.md */
export function outagePage(): string {
  const all = outages();
  const rates = [1, 10, 100, 1_000];
  return page(
    '# Ten hours without an intake, counted',
    rendered('tools/docs/outage.ts'),
    `Every provider sends evenly and goes on by its own schedule (\`local/demo/retries.ts\`) while nothing is accepted for ${OUTAGE_HOURS} hours. Requests are multiples of what comes without an outage. It is arithmetic: nothing was timed, and no provider's own limits are known.`,
    '![Requests of each minute](../images/outage.svg)',
    table(
      [
        ...['provider', 'most requests in the outage', 'most after it', 'the last one comes after'],
        'given up by the provider',
      ],
      all.map((outage) => [
        outage.provider,
        `${during(outage).toFixed(0)} ×`,
        `${afterwards(outage).toFixed(0)} ×`,
        duration(outage.lastAfter),
        outage.lost === 0 ? 'none' : `${((100 * outage.lost) / (OVER * STEP)).toFixed(0)} %`,
      ]),
    ),
    `The queue after it. ${MAX_CONCURRENCY['transition-worker']} environments of the transition worker are at work at a time; a notification is assumed to take ${WORKER_SECONDS * 1_000} ms. That is ${ONE_AT_A_TIME} each second where an environment gets one at a time, ${WHOLE_BATCHES.toLocaleString('en-US')} where each gets ${BATCH_SIZE} and the table keeps up. A third of the notifications is each provider's.`,
    table(
      [
        ...['notifications each second, without an outage', 'most that wait, one at a time'],
        ...['all applied after', `most that wait, ${BATCH_SIZE} at a time`, 'all applied after'],
      ],
      rates.map((rate) => [
        rate,
        ...[ONE_AT_A_TIME, WHOLE_BATCHES].flatMap((capacity) => queueCells(drained(all, rate, capacity))),
      ]),
    ),
  );
}

const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 52;
const BOTTOM = 40;
const TOP = 16;
const COLOURS: Readonly<Record<ProviderName, string>> = {
  'trustly-americas': '#0a7d5a',
  'trustly-europe': '#3056d3',
  paymentwall: '#b25000',
};

/** docs/images/outage.svg: logarithmic, because one provider sends a hundred times as much as another. */
export function outagePlot(): string {
  const top = 200;
  const x = (step: number): string => (LEFT + ((WIDTH - LEFT - 8) * step) / STEPS).toFixed(1);
  const y = (value: number): string =>
    (TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.log(Math.max(1, value)) / Math.log(top))).toFixed(1);
  const text = (at: string, down: string | number, said: string, anchor = 'middle'): string =>
    `<text x="${at}" y="${down}" text-anchor="${anchor}">${said}</text>`;
  const lines = outages().map(({ provider, requests }) => {
    // A level part of the line needs only its ends.
    const points = requests
      .map((value, step) => [x(step), y(value)] as const)
      .filter(([, down], step, all) => down !== all[step - 1]?.[1] || down !== all[step + 1]?.[1])
      .map((point) => point.join(','))
      .join(' ');
    return `<polyline fill="none" stroke="${COLOURS[provider]}" stroke-width="1.5" points="${points}"/>`;
  });
  const names = PROVIDERS.map(
    (provider, index) =>
      `<text x="${LEFT + 12}" y="${TOP + 18 + 16 * index}" fill="${COLOURS[provider]}">${provider}</text>`,
  );
  const hours = Array.from({ length: (OUTAGE_HOURS + AFTER_HOURS) / 2 + 1 }, (_, index) => index * 2);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    '<title>Requests of each minute in and after an outage of ten hours, as a multiple of those without one</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<rect x="${x(0)}" y="${TOP}" width="${(Number(x(OVER)) - Number(x(0))).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}" fill="#f3f0ea"/>`,
    ...[1, 2, 5, 10, 20, 50, 100, 200].flatMap((value) => [
      `<line x1="${LEFT}" x2="${WIDTH - 8}" y1="${y(value)}" y2="${y(value)}" stroke="#dddddd"/>`,
      text(String(LEFT - 6), (Number(y(value)) + 4).toFixed(1), `${value} ×`, 'end'),
    ]),
    ...hours.map((hour) => text(x((hour * HOUR) / STEP), HEIGHT - BOTTOM + 18, `${hour} h`)),
    text(String((LEFT + WIDTH) / 2), HEIGHT - 6, 'hours since the outage began; it ends after ten'),
    ...lines,
    ...names,
    '</svg>',
  ].join('\n')}\n`;
}
