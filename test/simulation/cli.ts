/** `npm run simulate -- --seeds N`: runs many worlds on every core; exits 1 when a world breaks an invariant. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type SeedResult, simulate } from './simulate.ts';

const HELP = `Usage: npm run simulate -- [options]

Runs the deployed handlers in simulated worlds: queues that duplicate and reorder, a table that refuses, processes
that die at any await, a shop that times out after it did the work. Each seed makes one world, always the same.

  --seeds N    how many worlds (default 1000)
  --from N     the first seed (default 1)
  --seed N     only this seed
  --log        with --seed: print every step of the world
  --jobs N     how many threads (default: one per core)
  --json       one JSON object instead of text
  --help       this text
`;

interface Share {
  readonly from: number;
  readonly step: number;
  readonly until: number;
}

interface Summary {
  readonly worlds: number;
  readonly steps: number;
  readonly tally: Record<string, number>;
  readonly failures: { readonly seed: number; readonly violations: readonly string[] }[];
}

/** Number of failing seeds whose violations are kept. */
const MAX_FAILURES = 20;

function number(value: string | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  const parsed = Number(value);
  if (!Number.isSafeInteger(parsed) || parsed < 1) {
    process.stderr.write(`--${name}: found ${value}, allowed: a whole number from 1\n`);
    process.exit(2);
  }
  return parsed;
}

async function work({ from, step, until }: Share): Promise<void> {
  for (let seed = from; seed < until; seed += step) {
    const { log: _log, ...result } = await simulate(seed);
    parentPort?.postMessage(result);
  }
}

async function runAll(from: number, count: number, jobs: number, quiet: boolean): Promise<Summary> {
  const tally: Record<string, number> = {};
  const failures: Summary['failures'] = [];
  let worlds = 0;
  let steps = 0;
  const startedAt = performance.now();
  const take = (result: Omit<SeedResult, 'log'>): void => {
    worlds += 1;
    steps += result.steps;
    for (const [name, value] of Object.entries(result.tally)) tally[name] = (tally[name] ?? 0) + value;
    if (result.violations.length > 0 && failures.length < MAX_FAILURES) failures.push(result);
    if (!quiet && worlds % 100 === 0) progress(worlds, count, startedAt, failures.length);
  };
  await Promise.all(
    Array.from({ length: jobs }, (_, job) => {
      const share: Share = { from: from + job, step: jobs, until: from + count };
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      worker.on('message', take);
      return new Promise<void>((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', () => resolve());
      });
    }),
  );
  if (!quiet && process.stderr.isTTY) process.stderr.write('\n');
  return { worlds, steps, tally, failures };
}

function progress(done: number, count: number, startedAt: number, failed: number): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const left = Math.round((seconds / done) * (count - done));
  const line = `${done} of ${count} worlds, ${Math.round(done / seconds)}/s, ${left} s left${failed > 0 ? `, ${failed} FAILED` : ''}`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}   `);
  else if (done % 1000 === 0) process.stderr.write(`${line}\n`);
}

async function replay(seed: number, showLog: boolean): Promise<Summary> {
  const result = await simulate(seed);
  if (showLog) process.stdout.write(`${result.log.join('\n')}\n`);
  const failures = result.violations.length > 0 ? [result] : [];
  return { worlds: 1, steps: result.steps, tally: { ...result.tally }, failures };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      seed: { type: 'string' },
      jobs: { type: 'string' },
      log: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const startedAt = performance.now();
  const summary =
    values.seed === undefined
      ? await runAll(
          number(values.from, 'from', 1),
          number(values.seeds, 'seeds', 1000),
          number(values.jobs, 'jobs', availableParallelism()),
          values.json === true,
        )
      : await replay(number(values.seed, 'seed', 1), values.log === true);
  const seconds = (performance.now() - startedAt) / 1000;
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ ...summary, seconds })}\n`);
  } else {
    const shown = Object.entries(summary.tally)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `  ${name.padEnd(42)}${String(value).padStart(10)}`);
    process.stdout.write(
      `${summary.worlds} worlds, ${summary.steps} steps, ${seconds.toFixed(1)} s\n${shown.join('\n')}\n`,
    );
    for (const { seed, violations } of summary.failures) {
      process.stdout.write(`\nseed ${seed} FAILED (replay: npm run simulate -- --seed ${seed} --log)\n`);
      for (const violation of violations) process.stdout.write(`  ${violation}\n`);
    }
    process.stdout.write(summary.failures.length === 0 ? 'every invariant held\n' : '');
  }
  process.exitCode = summary.failures.length === 0 ? 0 : 1;
}

if (isMainThread) await main();
else await work(workerData as Share);
