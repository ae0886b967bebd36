/** A shorter run of `npm run fuzz`, and a proof that the fuzzer notices weaknesses. Seeds are fixed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Random } from '../simulation/random.ts';
import { campaign } from './campaign.ts';
import { CONTROLS } from './controls.ts';
import { benchOf, judge, NOW, type Run, runOne, seedOf } from './fuzz.ts';
import { content } from './generators.ts';
import { keepFinding } from './kept-findings.ts';
import { OPERATOR_NAMES, OPERATORS } from './operators.ts';
import { SIZES, type Steps } from './steps.ts';
import { targetOf, targets } from './targets.ts';
import { contentOf, toEvent, withContent } from './wire.ts';

describe.each(targets.map((target) => [target.provider.name, target] as const))('%s', (_name, target) => {
  const bench = benchOf(target);

  it('the intake accepts every genuine message with the same meaning and quarantines ambiguous messages', async () => {
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

  it('every property of the intake holds for 2,500 altered messages', { timeout: 300_000 }, async () => {
    const tally = await campaign(bench, { seed: 20_260_301, count: 2_500 });
    expect(tally.findings).toEqual([]);
    // The campaign reached every kind: each refusal, quarantine, and altered messages with the same meaning.
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

  it('arbitrary unsigned content is refused and not queued', async () => {
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

  it('a fuzz run is repeated from its seed and number alone', async () => {
    const first = await runOne(bench, seedOf(3, 17));
    await runOne(bench, seedOf(3, 18));
    const { milliseconds: _a, ...again } = await runOne(benchOf(target), seedOf(3, 17));
    const { milliseconds: _b, ...expected } = first;
    expect(again).toEqual(expected);
  });
});

test('a messageid, enduserid or errorcode that swallows an empty unknown field is accepted: an open class', async () => {
  const target = targetOf('trustly-europe');
  const account = target.accounts.find((each) => each.account === 'own');
  const ids = { messageid: 'm', notificationid: '5', orderid: '7', currency: 'EUR', amount: '1.00' };
  const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    credit: { ...ids, messageid: 'm', enduserid: 'u', timestamp: '2015-03-12 15:14:18+00' },
    payoutfailed: { ...ids, enduserid: 'u', errorcode: 'e', timestamp: '2015-03-12 15:14:18+00' },
  };
  for (const [method, data] of Object.entries(texts)) {
    for (const name of ['messageid', 'enduserid', 'errorcode'].filter((each) => each in data)) {
      // The name of the unknown field sorts directly after the name of the text.
      const unknown = `${name}0`;
      const content = (fields: object) => JSON.stringify({ method, data: fields });
      const genuine = account && target.sign(content({ ...data, [unknown]: '' }), account);
      if (genuine === undefined) throw new Error('cannot sign');
      const root = JSON.parse(contentOf(genuine).toString());
      root.params.data = { ...data, [name]: `${data[name]}${unknown}` };
      const altered = withContent(genuine, Buffer.from(JSON.stringify(root)));
      const judged = await judge(benchOf(target), altered, { genuine: [genuine], isSigned: false });
      expect(judged, `${method} ${name}`).toMatchObject({ status: 200, verdict: 'open' });
    }
  }
});

test('a Paymentwall parameter without a name is signed like any other parameter', async () => {
  const target = targetOf('paymentwall');
  const account = target.accounts.find((each) => each.account === 'digital-goods-v3');
  const signed = account && target.sign('uid=u1&goodsid=gold&type=0&ref=b7&=&list%5B1%5D=a', account);
  if (signed === undefined || account === undefined) throw new Error('cannot sign');
  expect(signed.query).toContain('&=&');
  const judged = await judge(benchOf(target), signed, { genuine: [signed], isSigned: false });
  expect(judged).toEqual({ status: 200, verdict: 'same meaning' });
});

test('a finding is kept with its seed, its request and the command that repeats the finding', async () => {
  const control = CONTROLS[0];
  if (control === undefined) throw new Error('no controls');
  const bench = control.bench(targetOf(control.provider));
  let met: { run: Run; index: number } | undefined;
  await campaign(bench, { seed: 1, count: 20_000 }, (run, index) => {
    if (run.finding !== undefined) met = { run, index };
    return run.finding === undefined;
  });
  if (met === undefined) throw new Error('the fuzzer does not notice the control');
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const origin = { seed: 1, intake: control.provider, control: control.name };
  const kept = JSON.parse(readFileSync(keepFinding(met.run, met.index, { origin, directory }), 'utf8'));
  const { message } = met.run;
  expect(kept).toMatchObject({ finding: met.run.finding, seed: 1, index: met.index, how: met.run.how });
  expect(kept.replay).toBe(
    `npm run fuzz -- --seed 1 --provider ${control.provider} --control "${control.name}" --run ${met.index}`,
  );
  expect(kept.request.query).toBe(message.query);
  expect(Buffer.from(kept.request.bodyBase64, 'base64')).toEqual(Buffer.from(message.body));
  // The seed and the number in the file make the same request again.
  const again = await runOne(bench, seedOf(kept.seed, kept.index));
  expect(again).toMatchObject({ finding: kept.finding, message });
});

test('the fuzzer has at least 17 operators, each of which changes a message', () => {
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

describe('weak handlers', () => {
  it.each(CONTROLS.map((control) => [control.name, control] as const))(
    'the fuzzer notices the weakness: %s',
    { timeout: 300_000 },
    async (_name, control) => {
      const bench = control.bench(targetOf(control.provider));
      const tally = await campaign(bench, { seed: 1, count: 20_000 }, ({ finding }) => finding === undefined);
      expect(tally.findings[0]?.finding).toMatch(control.notice);
    },
  );
});

describe('the work for a request', () => {
  // Names are compared in our own code (bytes.ts), whose steps count; a native comparison would not count.
  const STEPS_PER_CHARACTER = 40;
  const CONSTANT_STEPS = 2_000;

  it('the number of code blocks that run grows at most linearly with the size of a request', {
    timeout: 300_000,
  }, async () => {
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
        const bound = STEPS_PER_CHARACTER * (SIZES[index] ?? 0) + CONSTANT_STEPS;
        expect(count, `${provider}, ${shape}, ${SIZES[index]} characters, signed: ${isSigned}`).toBeLessThan(
          bound,
        );
      });
    }
    // Steps are counted: reading white space takes one step per character.
    expect(shapes.some(({ steps }) => (steps.at(-1) ?? 0) > 64_000)).toBe(true);
  });
});
