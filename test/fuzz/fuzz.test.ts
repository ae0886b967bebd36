/** A smaller run of `npm run fuzz`, and the proof that it would notice. Seeds are fixed: a failure is a change. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Random } from '../simulation/random.ts';
import { campaign } from './campaign.ts';
import { CONTROLS } from './controls.ts';
import { benchOf, judge, NOW, runOne, seedOf } from './fuzz.ts';
import { content } from './generators.ts';
import { OPERATOR_NAMES, OPERATORS } from './operators.ts';
import { SIZES, type Steps } from './steps.ts';
import { targetOf, targets } from './targets.ts';
import { contentOf, toEvent, withContent } from './wire.ts';

describe.each(targets.map((target) => [target.provider.name, target] as const))('%s', (_name, target) => {
  const bench = benchOf(target);

  it('accepts every genuine message as it is, and sets the ambiguous ones aside', async () => {
    for (const message of target.corpus) {
      const genuine = { genuine: [message], isSigned: false };
      expect(await judge(bench, message, genuine), contentOf(message).toString()).toEqual({
        status: 200,
        verdict: 'same meaning',
      });
    }
    for (const { message } of target.hostile) {
      expect(await judge(bench, message, { genuine: [], isSigned: false })).toMatchObject({
        verdict: 'quarantined',
      });
    }
  });

  it('holds every property, whatever is done to a message', { timeout: 300_000 }, async () => {
    const tally = await campaign(bench, { seed: 20_260_301, count: 2_500 });
    expect(tally.findings).toEqual([]);
    // It reached all there is: refusals of each kind, and genuine signatures in altered messages.
    const counts = tally.verdicts;
    for (const verdict of [
      'refused 400',
      'refused 401',
      'refused 405',
      'refused 413',
      'quarantined',
      'same meaning',
    ]) {
      expect(counts[verdict] ?? 0, verdict).toBeGreaterThan(10);
    }
    const suited = OPERATORS.filter(({ suits }) => target.corpus.some(suits)).map(({ name }) => name);
    for (const name of suited) expect(tally.operators[name]?.used ?? 0, name).toBeGreaterThan(0);
  });

  it('answers anything that is not signed with a refusal, and queues nothing', async () => {
    const like = target.corpus.at(-1);
    if (like === undefined) throw new Error('a target has a corpus');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array)),
      content(target.provider.name).map((text) => Buffer.from(text)),
    );
    const property = fc.asyncProperty(bytes, fc.boolean(), async (body, flipBase64) => {
      const run = await judge(
        bench,
        { ...withContent(like, body), flipBase64 },
        { genuine: [], isSigned: false },
      );
      expect(run.finding).toBeUndefined();
      expect(run.status).not.toBe(200);
    });
    await fc.assert(property, { numRuns: 400, seed: 7 });
  });

  it('replays a run from its number alone', async () => {
    const first = await runOne(bench, seedOf(3, 17));
    await runOne(bench, seedOf(3, 18));
    const { milliseconds: _a, ...again } = await runOne(benchOf(target), seedOf(3, 17));
    const { milliseconds: _b, ...expected } = first;
    expect(again).toEqual(expected);
  });
});

test('there are operators enough, each of which changes something', () => {
  expect(OPERATOR_NAMES.length).toBeGreaterThanOrEqual(17);
  const random = new Random(5);
  for (const { name, apply, suits } of OPERATORS) {
    const changed = targets.some(({ corpus }) =>
      corpus.filter(suits).some((message) =>
        Array.from({ length: 5 }).some(() => {
          const after = apply(message, { random, donor: random.pick(corpus) });
          return JSON.stringify(toEvent(after, NOW)) !== JSON.stringify(toEvent(message, NOW));
        }),
      ),
    );
    expect(changed, name).toBe(true);
  }
});

describe('a weakness is noticed', () => {
  it.each(CONTROLS.map((control) => [control.name, control] as const))(
    '%s',
    { timeout: 300_000 },
    async (_name, control) => {
      const bench = control.bench(targetOf(control.provider));
      const tally = await campaign(bench, { seed: 1, count: 20_000 }, ({ finding }) => finding === undefined);
      expect(tally.findings[0]?.finding).toMatch(control.notice);
    },
  );
});

describe('work grows with the size of a request, and no faster', () => {
  // Names are compared in our own code (bytes.ts), which counts where a native comparison did not.
  const STEPS_PER_CHARACTER = 40;
  const ANYWAY = 2_000;

  it('in blocks of code that ran', { timeout: 300_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['test/fuzz/steps.ts'], {
      maxBuffer: 1 << 24,
    });
    const shapes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Steps);
    expect(shapes.length).toBeGreaterThan(40);
    for (const { provider, shape, isSigned, steps } of shapes) {
      steps.forEach((count, index) => {
        const bound = STEPS_PER_CHARACTER * (SIZES[index] ?? 0) + ANYWAY;
        expect(count, `${provider}, ${shape}, ${SIZES[index]} characters, signed: ${isSigned}`).toBeLessThan(
          bound,
        );
      });
    }
    // Counting works: reading white space takes a step per character.
    expect(shapes.some(({ steps }) => (steps.at(-1) ?? 0) > 64_000)).toBe(true);
  });
});
