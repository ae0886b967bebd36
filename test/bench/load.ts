/** The load time of the deployed bundles, compared with the SQS client alone: Payhooks' share of a cold start. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../infra/constructs/bundles.ts';
import { INTAKES } from './intakes.ts';
import { bundlePlain } from './plain.ts';
import { type Figure, measured } from './statistics.ts';

/** Loads one file in a new process and prints the milliseconds. */
const LOADER = `const from = performance.now();
require(process.argv[1]);
process.stdout.write(String(performance.now() - from) + '\\n');
process.exit(0);`;

/** The environment of a function; no address is called during the load. */
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  PAYHOOKS_ENVIRONMENT: 'sandbox',
  PAYHOOKS_TABLE: 'payhooks-sandbox',
  PAYHOOKS_NOTIFICATIONS_QUEUE_URL: 'http://127.0.0.1:9/queue',
};

/** Number of characters of Node's output that are shown: the minified source comes before the error. */
const LAST_CHARACTERS = 1_000;
const LOAD_BAR_RATIO = 0.45;
const BUNDLE_BAR_KB = 80;

/** @param rounds each round loads every bundle once, so that a slow moment affects all bundles */
export function measureLoad(rounds: number): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-bench-'));
  const bundles = bundle({ functions: INTAKES, accounts: [] });
  try {
    const plain = bundlePlain(folder);
    const alone: number[] = [];
    const ratios = new Map<string, number[]>(INTAKES.map((name) => [name, []]));
    // The first round fills the file cache and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const reference = load(plain);
      const ours = INTAKES.map((name) => [name, load(join(bundles.folderOf(name), 'index.cjs'))] as const);
      if (round === 0) continue;
      alone.push(reference);
      for (const [name, time] of ours) ratios.get(name)?.push(time / reference);
    }
    return [
      measured('load the SQS client alone', 'ms', alone),
      ...INTAKES.map(
        (name): Figure =>
          measured(
            `load ${name}, against the SQS client alone`,
            'ratio',
            ratios.get(name) ?? [],
            LOAD_BAR_RATIO,
          ),
      ),
      ...INTAKES.map(
        (name): Figure => ({
          what: `bundle of ${name}`,
          value: statSync(join(bundles.folderOf(name), 'index.cjs')).size / 1_000,
          unit: 'KB',
          bar: BUNDLE_BAR_KB,
        }),
      ),
    ];
  } finally {
    bundles.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function load(file: string): number {
  const options = { env: ENVIRONMENT, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', LOADER, file], options);
  if (status !== 0) throw new Error(`${file} cannot be loaded:\n${stderr.slice(-LAST_CHARACTERS)}`);
  return Number(stdout);
}
