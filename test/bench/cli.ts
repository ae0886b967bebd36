/** `npm run bench`: measures and counts the figures of the design; exits 1 when a bar is missed. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Cell, render, styled, table } from '../../cli/output.ts';
import { compare, type Figure, PARTS, type Part, verdictOf } from './statistics.ts';

const HELP = `Usage: npm run bench -- [parts] [options]

  load      load time of the intakes' bundles, compared with the SQS client alone; size of the bundles
  intake    CPU of a notification without the send; time until the whole stack on this computer answers a provider
  pipeline  sends notifications to the whole stack, then verifies that each payment was applied and fulfilled once
  growth    cost of one more notification as its payment, the table and the accounts grow: counted
  start     the first answer of a cold intake; time of payhooks --help and of npm start

Without parts: load, intake, growth. Prints medians with quartiles. Ratios compare values of the same run, because
computers differ. A bar between the quartiles is undecided and not missed. The figures are of this computer and not of
AWS Lambda. Exits 1 when a bar is missed.

  --rounds N         rounds of loading, CPU and help (default 15)
  --requests N       requests to each provider's intake (default 300)
  --notifications N  notifications of the pipeline (default 20000)
  --json             one JSON object instead of the table
  --plot FILE        write the picture of growth (docs/images/growth.svg)
  --compare FILE     compare with an earlier output of --json: less, more, or the same within the spread
  --help             this text
`;

const DEFAULT_PARTS: readonly Part[] = ['load', 'intake', 'growth'];

function usage(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

function whole(value: string | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  return usage(`--${name}: found "${value}", allowed: a whole number from 1 to 999999`);
}

const partOf = (name: string): Part =>
  PARTS.find((part) => part === name) ?? usage(`found "${name}", allowed: ${PARTS.join(', ')}`);

const shown = (value: number, unit: Figure['unit']): string =>
  unit === 'ratio'
    ? value.toFixed(2)
    : unit === 'count' || unit === 'units'
      ? String(value)
      : value.toFixed(1);

const COLOURS = { met: 'green', missed: 'red', undecided: 'yellow' } as const;

function report(figures: readonly Figure[], isColoured: boolean): string {
  const rows = figures.map((figure): Cell[] => {
    const { what, value, unit, spread, bar } = figure;
    const verdict = verdictOf(figure);
    return [
      what,
      `${shown(value, unit)} ${unit}`,
      spread === undefined ? '' : `${shown(spread[0], unit)}–${shown(spread[1], unit)}`,
      verdict === undefined ? '' : styled(`${verdict}: at most ${bar}`, COLOURS[verdict]),
    ];
  });
  return render(table(['WHAT', 'MEDIAN', 'QUARTILES', 'BAR'], rows), isColoured);
}

function comparison(before: readonly Figure[], after: readonly Figure[], isColoured: boolean): string {
  const rows = compare(before, after).map((each): Cell[] => [
    each.what,
    shown(each.before, each.unit),
    shown(each.after, each.unit),
    each.unit,
    each.change,
  ]);
  return render(table(['WHAT', 'BEFORE', 'AFTER', 'UNIT', 'CHANGE'], rows), isColoured);
}

const machine = () => ({
  at: new Date().toISOString(),
  node: process.version,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 1e9),
  load: loadavg()[0] ?? 0,
});

function figuresIn(file: string): readonly Figure[] {
  try {
    const { figures } = JSON.parse(readFileSync(file, 'utf8')) as { readonly figures?: unknown };
    if (Array.isArray(figures)) return figures as readonly Figure[];
  } catch {
    // The same error as for a file without figures.
  }
  return usage(`--compare: ${file} is no output of --json`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      requests: { type: 'string' },
      notifications: { type: 'string' },
      compare: { type: 'string' },
      plot: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const parts = positionals.length === 0 ? DEFAULT_PARTS : positionals.map(partOf);
  const rounds = whole(values.rounds, 'rounds', 15);
  const requests = whole(values.requests, 'requests', 300);
  const notifications = whole(values.notifications, 'notifications', 20_000);
  const before = values.compare === undefined ? undefined : figuresIn(values.compare);
  const say = (line: string): void => {
    if (!values.json) process.stderr.write(`${line}\n`);
  };
  // Each part is imported when it runs, so that the memory of the pipeline does not include CDK.
  const measure: Readonly<Record<Part, () => Promise<readonly Figure[]>>> = {
    load: async () => (await import('./load.ts')).measureLoad(rounds),
    intake: async () => [
      ...(await (await import('./cpu.ts')).measureCpu(rounds)),
      ...(await (await import('./latency.ts')).measureLatency(requests)),
    ],
    pipeline: async () => (await import('./pipeline.ts')).measurePipeline(notifications, say),
    growth: async () => (await import('./growth.ts')).measureGrowth(values.plot),
    start: async () => (await import('./start.ts')).measureStart(rounds),
  };
  const on = machine();
  say(`${on.processor}, ${on.cores} cores, ${on.memoryGb} GB, Node ${on.node}, load ${on.load.toFixed(1)}`);
  if (on.load > on.cores / 2) say('this computer is busy: the measured times will be long');
  const figures: Figure[] = [];
  for (const part of parts) {
    say(`${part}…`);
    figures.push(...(await measure[part]()));
  }
  const ok = !figures.some((figure) => verdictOf(figure) === 'missed');
  const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR;
  if (values.json) process.stdout.write(`${JSON.stringify({ ok, machine: on, parts, figures })}\n`);
  else process.stdout.write(`\n${report(figures, isColoured)}`);
  if (before !== undefined && !values.json)
    process.stdout.write(`\n${comparison(before, figures, isColoured)}`);
  return ok ? 0 : 1;
}

process.exit(await main());
