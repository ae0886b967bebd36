/** `npm run fuzz -- --runs N`: alters genuine notifications and generates others; exits 1 when a property fails. */

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { campaign, MAX_FINDINGS, type Tally } from './campaign.ts';
import { CONTROLS } from './controls.ts';
import { type Bench, benchOf, type Run, runOne, seedOf } from './fuzz.ts';
import { FINDINGS_DIRECTORY, keepFinding, type Origin, replayOf } from './kept-findings.ts';
import { OPERATOR_NAMES } from './operators.ts';
import { questionsBench } from './questions.ts';
import { targetOf } from './targets.ts';
import { contentOf } from './wire.ts';

/** The intake of each provider, and the intake of Trustly Europe that asks the merchant. Each gets one campaign. */
const INTAKES = [...PROVIDERS, 'trustly-europe-decisions'] as const;
type Intake = (typeof INTAKES)[number];

const HELP = `Usage: npm run fuzz -- [options]

Sends altered genuine notifications, generated content (signed and not) and raw bytes to the intake handlers. A finding
is a crash, a 5xx, an acceptance without a genuine signature or with another meaning, or a queued message without a 2xx.
Each kind of finding is kept as a file in ${FINDINGS_DIRECTORY}, with the request and the command that repeats it.

  --runs N         requests per intake (default 20000)
  --seed S         replays a campaign (default: drawn, and printed)
  --provider NAME  one of ${INTAKES.join(', ')}; may be repeated (default: all)
  --run I          with --seed and --provider: send only this request and print it in full
  --control NAME   weakens the handler on purpose; "list" prints the names. Exits 1, because the fuzzer notices it
  --json           one JSON object instead of text
  --help           this text

${OPERATOR_NAMES.length} operators: ${OPERATOR_NAMES.join(', ')}.
`;

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function whole(value: string | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d{1,9}$/.test(value)) fail(`--${name}: found "${value}", allowed: a whole number up to 9 digits`);
  return Number(value);
}

function intakesFrom(names: readonly string[] | undefined): readonly Intake[] {
  if (names === undefined) return INTAKES;
  return names.map(
    (name) =>
      INTAKES.find((each) => each === name) ??
      fail(`--provider: found "${name}", allowed: ${INTAKES.join(', ')}`),
  );
}

function benchFor(intake: Intake, control: string | undefined): Bench {
  const weak = CONTROLS.find(({ name }) => name === control);
  if (weak !== undefined) return weak.bench(targetOf(weak.provider));
  return intake === 'trustly-europe-decisions' ? questionsBench() : benchOf(targetOf(intake));
}

/** Keeps the first finding of each kind at once, so that a stopped campaign loses no finding. */
function keeper(origin: Origin, files: string[]): (run: Run, index: number) => undefined {
  const known = new Set<string>();
  return (run, index) => {
    if (run.finding === undefined || known.has(run.finding) || known.size >= MAX_FINDINGS) return;
    known.add(run.finding);
    files.push(keepFinding(run, index, { origin }));
  };
}

function progress(provider: string, count: number): (run: unknown, index: number) => undefined {
  const startedAt = performance.now();
  return (_run, index) => {
    const done = index + 1;
    if (done % 500 !== 0 && done !== count) return;
    const rate = done / ((performance.now() - startedAt) / 1000);
    const line = `${provider}: ${done} of ${count}, ${Math.round(rate)}/s, ${Math.round((count - done) / rate)} s left`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}   ${done === count ? '\n' : ''}`);
    else if (done % 10_000 === 0) process.stderr.write(`${line}\n`);
  };
}

function print(origin: Origin, tally: Tally): void {
  const lines = Object.entries(tally.verdicts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `  ${String(count).padStart(8)}  ${name}`);
  process.stdout.write(
    `${origin.intake}: ${tally.runs} runs, slowest ${tally.slowestMs.toFixed(1)} ms\n${lines.join('\n')}\n`,
  );
  for (const { index, finding, how } of tally.findings) {
    process.stdout.write(
      `  FINDING ${finding}\n    by ${how.join(' + ')}; replay: ${replayOf(origin, index)}\n`,
    );
  }
}

async function show(bench: Bench, seed: number, index: number): Promise<boolean> {
  const { message, ...run } = await runOne(bench, seedOf(seed, index));
  const { body, query, ...rest } = message;
  const content = contentOf(message);
  const text = content.toString('utf8').includes('\ufffd') ? content.toString('base64') : content.toString();
  process.stdout.write(`${JSON.stringify({ ...run, ...rest }, null, 2)}\n${text}\n`);
  return run.finding === undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      run: { type: 'string' },
      provider: { type: 'string', multiple: true },
      control: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const { control } = values;
  if (values.help) return void process.stdout.write(HELP);
  if (control === 'list')
    return void process.stdout.write(`${CONTROLS.map(({ name }) => name).join('\n')}\n`);
  const weak = CONTROLS.find(({ name }) => name === control);
  if (control !== undefined && weak === undefined) fail(`--control: found "${control}", see --control list`);
  const providers = weak === undefined ? intakesFrom(values.provider) : [weak.provider];
  const seed = whole(values.seed, 'seed', randomInt(1_000_000_000));
  const count = whole(values.runs, 'runs', 20_000);

  if (values.run !== undefined) {
    const [provider] = providers;
    if (values.seed === undefined || provider === undefined || providers.length > 1) {
      fail('--run needs --seed and one --provider');
    }
    const isRight = await show(benchFor(provider, control), seed, whole(values.run, 'run', 0));
    process.exitCode = isRight ? 0 : 1;
    return;
  }
  if (!values.json) process.stdout.write(`seed ${seed}\n`);
  const tallies: Record<string, Tally> = {};
  const files: string[] = [];
  for (const provider of providers) {
    const origin: Origin = { seed, intake: provider, control };
    const keep = keeper(origin, files);
    const seen = values.json ? () => undefined : progress(provider, count);
    const tally = await campaign(benchFor(provider, control), { seed, count }, (run, index) => {
      keep(run, index);
      return seen(run, index);
    });
    tallies[provider] = tally;
    if (!values.json) print(origin, tally);
  }
  const findings = Object.values(tallies).reduce((sum, { findingCount }) => sum + findingCount, 0);
  const heapMb = Math.round(process.memoryUsage().heapUsed / 1_048_576);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ seed, findings, files, heapMb, providers: tallies })}\n`);
  else
    process.stdout.write(
      findings === 0
        ? `seed ${seed}: every property held; heap ${heapMb} MB\n`
        : `seed ${seed}: ${findings} findings, kept in\n${files.map((file) => `  ${file}\n`).join('')}`,
    );
  process.exitCode = findings === 0 ? 0 : 1;
}

await main();
