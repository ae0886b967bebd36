/**
 * docs/signatures.md: each altered message gets the outcome of its row, and every file that the documents name exists.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { CLASSES } from './classes.ts';
import { benchOf, judge } from './fuzz.ts';
import { targetOf, targets } from './targets.ts';

const docs = ['signatures', 'signatures-trustly', 'signatures-paymentwall', 'keys']
  .map((name) => readFileSync(`docs/${name}.md`, 'utf8'))
  .join('\n');
const benches = new Map(targets.map((target) => [target.provider.name, benchOf(target)]));

/** "401", the reason of a quarantine, "same message", or "open" (accepted with another meaning). */
async function outcomeOf({ provider, genuine, altered }: (typeof CLASSES)[number]): Promise<string> {
  const bench = benches.get(provider) ?? benchOf(targetOf(provider));
  const { status, verdict, detail, finding } = await judge(bench, altered, {
    genuine: [genuine],
    isSigned: false,
  });
  if (status !== 200) return String(status);
  if (verdict === 'quarantined') return detail ?? '';
  expect(finding ?? 'another meaning').toMatch(/another meaning/);
  return verdict === 'same meaning' ? 'same message' : 'open';
}

describe.each(targets.map(({ provider }) => provider.name))('%s', (provider) => {
  it.each(CLASSES.filter((each) => each.provider === provider).map((each) => [each.name, each] as const))(
    'an altered message gets the outcome of its row in the documents on signatures: %s',
    async (name, each) => {
      expect(await outcomeOf(each)).toBe(each.gets);
      const row = docs.split('\n').find((line) => line.includes(`| ${name} `)) ?? '';
      expect(row, 'the row in the docs').toContain(
        `\`${each.gets}\``.replace(/`(\d+|open|same message)`/, '$1'),
      );
    },
  );
});

test('every test file that the documents on signatures name exists', () => {
  const named = [...docs.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(10);
  for (const path of named) expect(existsSync(path), path).toBe(true);
});
