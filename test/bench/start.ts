/** Cold starts: the first answer of an intake, the help of the command line, and the stack on this computer. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { measureFirstAnswer } from './first-answer.ts';
import { type Figure, measured } from './statistics.ts';

const root = join(import.meta.dirname, '../..');
const HELP_BAR_MS = 300;
const START_BAR_SECONDS = 3;
const STARTS = 5;

function help(): number {
  const from = performance.now();
  const { status } = spawnSync(process.execPath, [join(root, 'bin/payhooks.mjs'), '--help'], {
    stdio: 'ignore',
  });
  if (status !== 0) throw new Error(`payhooks --help ended with ${status}`);
  return performance.now() - from;
}

/** Seconds from the command until the line with the address of the stack. */
async function start(): Promise<number> {
  const from = performance.now();
  const child = spawn(process.execPath, [join(root, 'local/start.ts'), '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    for await (const line of createInterface({ input: child.stdout }))
      if (line.startsWith('{')) return (performance.now() - from) / 1_000;
    throw new Error('the stack did not start');
  } finally {
    child.kill('SIGINT');
    await ended;
  }
}

/** The first run of each command fills caches and is not counted. */
export async function measureStart(rounds: number): Promise<readonly Figure[]> {
  const helps = Array.from({ length: rounds + 1 }, help).slice(1);
  const starts: number[] = [];
  for (let count = 0; count <= STARTS; count += 1) {
    const seconds = await start();
    if (count > 0) starts.push(seconds);
  }
  return [
    ...(await measureFirstAnswer(rounds)),
    measured('payhooks --help', 'ms', helps, HELP_BAR_MS),
    measured('npm start until it listens, warm', 's', starts, START_BAR_SECONDS),
  ];
}
