/** `npm run controls`: breaks the system on purpose, one mistake at a time; exits 1 when a mistake is not noticed. */
import { parseArgs } from 'node:util';
import { BASELINES, CONTROLS } from './controls.ts';
import { type Outcome, seek } from './run.ts';
import type { Control } from './tools.ts';

const HELP = `Usage: npm run controls -- [options]

Runs the simulation with one deliberate mistake in the system, for every mistake of the list, until an invariant
notices the mistake. First the intact system must pass the same number of worlds, because an invariant that fails for
the intact system proves nothing.

  --seeds N      worlds in which a mistake must be noticed, and which the intact system must pass (default 1000)
  --only TEXT    only controls whose name contains TEXT
  --list         what each mistake breaks, and why it is dangerous
  --json         one JSON object instead of text
  --help         this text
`;

interface Line extends Outcome {
  readonly name: string;
  /** For a control: noticed; for a baseline: passed. */
  readonly good: boolean;
}

async function runAll(
  seeds: number,
  only: string,
  quiet: boolean,
): Promise<{ baselines: Line[]; controls: Line[] }> {
  const chosen = CONTROLS.filter(({ name }) => name.includes(only));
  const intact: Pick<Control, 'name' | 'make' | 'races'>[] = [
    ...BASELINES,
    ...BASELINES.map(({ name, make }) => ({ name: `${name}, in races`, make, races: true as const })),
  ];
  const total = intact.length + chosen.length;
  let done = 0;
  const run = async (control: Pick<Control, 'name' | 'make' | 'races'>, isBroken: boolean): Promise<Line> => {
    const outcome = await seek(control, { from: 1, count: seeds });
    done += 1;
    if (!quiet) progress(done, total, control.name);
    return { name: control.name, ...outcome, good: (outcome.seed !== undefined) === isBroken };
  };
  const baselines: Line[] = [];
  for (const control of intact) baselines.push(await run(control, false));
  const controls: Line[] = [];
  for (const control of chosen) controls.push(await run(control, true));
  if (!quiet && process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  return { baselines, controls };
}

function progress(done: number, total: number, name: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${done} of ${total}: ${name}`);
  else if (done % 10 === 0) process.stderr.write(`${done} of ${total}\n`);
}

function table(lines: readonly Line[], expected: string, otherwise: string): string {
  const width = Math.max(...lines.map(({ name }) => name.length));
  return lines
    .map(({ name, good, worlds, invariants }) => {
      const result = good ? expected : otherwise;
      const of = invariants.length === 0 ? '' : `  ${invariants.join('; ')}`;
      return `  ${name.padEnd(width)}  ${result.padEnd(9)}${String(worlds).padStart(6)} worlds${of}\n`;
    })
    .join('');
}

function list(): string {
  return CONTROLS.map(({ name, breaks, danger }) => `${name}\n  ${breaks}:\n  ${danger}\n`).join('\n');
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const seeds = Number(values.seeds);
if (values.help || values.list) {
  process.stdout.write(values.help ? HELP : list());
} else if (!Number.isSafeInteger(seeds) || seeds < 1) {
  process.stderr.write(`--seeds: found ${values.seeds}, allowed: a whole number from 1\n`);
  process.exitCode = 2;
} else {
  const startedAt = performance.now();
  const { baselines, controls } = await runAll(seeds, values.only, values.json === true);
  const seconds = (performance.now() - startedAt) / 1000;
  const slipped = controls.filter(({ good }) => !good);
  const failed = baselines.filter(({ good }) => !good);
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ seeds, seconds, baselines, controls })}\n`);
  } else {
    process.stdout.write(`The intact system\n${table(baselines, 'passed', 'FAILED')}\n`);
    process.stdout.write(`Broken on purpose: noticed at this seed, by these invariants\n`);
    process.stdout.write(table(controls, 'noticed', 'SLIPPED'));
    process.stdout.write(
      `\n${controls.length - slipped.length} of ${controls.length} noticed, ${failed.length === 0 ? 'the intact system passes' : 'THE INTACT SYSTEM FAILS'} (${seconds.toFixed(1)} s)\n`,
    );
  }
  process.exitCode = slipped.length + failed.length === 0 && controls.length > 0 ? 0 : 1;
}
