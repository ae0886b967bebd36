/** `npm run mutate`: runs every group, the named groups, or the named files with the tests of their group. */
import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { GENERATED, groupOf, groups } from './groups.ts';

const USAGE = `npm run mutate [-- [--force] [--concurrency N] GROUP|FILE[:FIRST-LAST]...]
GROUP: ${Object.keys(groups).join(', ')}. FILE: a file of one of them, and its lines.
--force runs again what an earlier run has settled.`;

/** A change that no example reaches counts like a change that no test notices. */
const COUNTS = ['Killed', 'Timeout', 'Survived', 'NoCoverage'] as const;
type Count = Record<(typeof COUNTS)[number], number>;

interface Run {
  readonly group: string;
  readonly mutate: readonly string[];
  readonly isWhole: boolean;
}

/** The files of one group are one run, so that the tests run only once without a change. */
function runsFor(names: readonly string[]): readonly Run[] {
  const files = new Map<string, string[]>();
  for (const name of names.filter((each) => groups[each] === undefined)) {
    const group = groupOf(name.replace(/:[\d:-]+$/, ''));
    if (group === undefined) throw new Error(`${name} is no group and belongs to none\n${USAGE}`);
    files.set(group, [...(files.get(group) ?? []), name]);
  }
  const whole = Object.entries(groups).filter(([name]) => names.length === 0 || names.includes(name));
  return [
    ...whole.map(([group, { mutate }]): Run => ({ group, mutate, isWhole: true })),
    ...[...files].map(([group, mutate]): Run => ({ group, mutate, isWhole: false })),
  ];
}

interface Options {
  readonly force: boolean;
  readonly concurrency: number;
}

/** Prints a table of the files; false: the tests noticed fewer changes than the group demands. */
async function run({ group, mutate, isWhole }: Run, options: Options): Promise<boolean> {
  const { tests = [], atLeast = 100 } = groups[group] ?? {};
  const results = await new Stryker({
    ...options,
    mutate: [...mutate],
    testFiles: globSync([...tests], { exclude: GENERATED }),
    incrementalFile: `reports/mutation/${group}.json`,
    jsonReporter: { fileName: `reports/mutation/${group}-last.json` },
  }).runMutationTest();
  const files = new Map<string, Count>();
  const total: Count = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
  for (const { fileName: path, status } of results) {
    const fileName = relative(process.cwd(), path);
    const counted = COUNTS.find((each) => each === status);
    if (counted === undefined) continue;
    const count = files.get(fileName) ?? { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
    count[counted] += 1;
    total[counted] += 1;
    files.set(fileName, count);
  }
  const rows = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, count]) => row(file, count));
  const isEnough = !isWhole || scoreOf(total) >= atLeast;
  const verdict = isWhole ? ` (at least ${atLeast}: ${isEnough ? 'reached' : 'NOT REACHED'})` : '';
  console.log(['', ...rows, row(`${group}${verdict}`, total), ''].join('\n'));
  return isEnough;
}

const scoreOf = ({ Killed, Timeout, Survived, NoCoverage }: Count): number =>
  (100 * (Killed + Timeout)) / Math.max(1, Killed + Timeout + Survived + NoCoverage);

function row(name: string, count: Count): string {
  const { Killed, Timeout, Survived, NoCoverage } = count;
  const all = Killed + Timeout + Survived + NoCoverage;
  return `| ${name} | ${all} | ${Killed + Timeout} | ${Survived} | ${NoCoverage} | ${scoreOf(count).toFixed(1)} |`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    force: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '1' },
  },
});
if (values.help) console.log(USAGE);
else {
  const options = { force: values.force, concurrency: Number(values.concurrency) };
  for (const each of runsFor(positionals)) if (!(await run(each, options))) process.exitCode = 1;
}
