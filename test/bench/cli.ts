/** `npm run bench`: intake against the numbers that the design holds itself to; exits 1 when one is missed. */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Cell, render, styled, table } from '../../cli/output.ts';
import { measureCpu } from './cpu.ts';
import { measureLatency } from './latency.ts';
import { measureLoad } from './load.ts';
import type { Figure } from './statistics.ts';

const HELP = `Usage: npm run bench -- [options]

Measures intake: how long its bundles load, what CPU a notification costs, how long a provider waits for the answer of
the whole stack on this computer. Medians; ratios are of the same run, since computers differ and are busy. The
figures are of this computer and not of AWS Lambda. Exits 1 when a bar is missed.

  --rounds N    of loading and of CPU (default 15)
  --requests N  per provider, for the answers (default 300)
  --json        one JSON object instead of the table
  --help        this text
`;

function whole(value: string | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  process.stderr.write(`--${name}: found "${value}", allowed: a whole number from 1 to 999999\n`);
  process.exit(2);
}

const missed = ({ value, bar }: Figure): boolean => bar !== undefined && value > bar;
const shown = ({ value, unit }: Figure): string => `${value.toFixed(unit === 'ratio' ? 2 : 1)} ${unit}`;

function report(figures: readonly Figure[]): string {
  const rows = figures.map((figure): Cell[] => {
    const { what, bar } = figure;
    if (bar === undefined) return [what, shown(figure)];
    return [
      what,
      shown(figure),
      missed(figure) ? styled(`above ${bar}`, 'red') : styled(`at most ${bar}`, 'green'),
    ];
  });
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  return render(table(['WHAT', 'MEASURED', 'BAR'], rows), colour);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      requests: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const rounds = whole(values.rounds, 'rounds', 15);
  const requests = whole(values.requests, 'requests', 300);
  const say = (line: string): void => {
    if (!values.json) process.stderr.write(`${line}\n`);
  };
  const [busy = 0] = loadavg();
  if (busy > availableParallelism() / 2)
    say(`this computer is busy (load ${busy.toFixed(1)}): times will be long`);
  say('loading bundles…');
  const load = measureLoad(rounds);
  say('counting CPU…');
  const cpu = await measureCpu(rounds);
  say('asking the whole stack…');
  const latency = await measureLatency(requests);
  const figures = [...load, ...cpu, ...latency];
  const ok = !figures.some(missed);
  process.stdout.write(values.json ? `${JSON.stringify({ ok, figures })}\n` : `\n${report(figures)}`);
  return ok ? 0 : 1;
}

process.exit(await main());
