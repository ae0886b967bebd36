/**
 * The revoke of a stolen key against the whole stack on this computer, with attacks by the old key and by a shared key.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/problem.ts';
import type { LocalStack } from '../../local/stack.ts';
import { sendOnce } from '../local/client.ts';
import { newRef, type Pingback, paid as paidAtOnce, pingback, startStack } from './stack.ts';
import { announce, type Desk, deskAt } from './terminal.ts';

const SHORT = 'paymentwall/goods';
const NAME = `payhooks/sandbox/${SHORT}`;
let stack: LocalStack;
let folder: string;
let desk: Desk;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-revoke-'));
  // With aliases: the environments of a version keep the key until the alias names another version.
  stack = await startStack({ rollout: 'canary' });
  announce(folder, stack);
  desk = deskAt(folder);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

const stored = (name = NAME) =>
  JSON.parse(
    (stack.secrets.call('GetSecretValue', { SecretId: name }) as { SecretString: string }).SecretString,
  ) as { readonly current: { readonly secretKey: string } };

async function statusOf(sent: Omit<Pingback, 'ref'>): Promise<number> {
  return (await pingback(stack, { ...sent, ref: newRef(), uid: 'nobody' })).status;
}

const paid = (sent: Omit<Pingback, 'ref'>): Promise<string> => paidAtOnce(stack, { ...sent, ref: newRef() });

function fileWith(value: unknown): string {
  const file = join(folder, `key-${newRef()}.json`);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

interface Revoked {
  readonly key: string;
  readonly recycled: readonly { readonly function: string; readonly failed?: string }[];
  readonly accepted: readonly {
    readonly payment?: string;
    readonly granted?: boolean;
    readonly certain: boolean;
    readonly kept: string;
  }[];
}

const paymentsOf = ({ accepted }: Revoked) => [...new Set(accepted.map(({ payment }) => payment))];

describe('secrets revoke', () => {
  it('secrets revoke ends a stolen key at once, and lists only the notifications accepted with the stolen key', async () => {
    const stolen = stored().current.secretKey;
    const before = await paid({});
    const since = new Date().toISOString();
    const forged = await paid({ secretKey: stolen });
    const secretKey = 'key-of-the-next-morning-0001';
    const result = await desk.run([
      ...['secrets', 'revoke', SHORT, '--file', fileWith({ secretKey }), '--since', since, '--json'],
    ]);
    expect(result.code, result.err).toBe(EXIT.done);
    expect(result.out + result.err).not.toContain(stolen);
    expect(result.out + result.err).not.toContain(secretKey);
    const report = JSON.parse(result.out) as Revoked;
    expect(report.recycled).toEqual([
      { function: 'payhooks-sandbox-intake-paymentwall' },
      { function: 'payhooks-sandbox-probe' },
    ]);
    expect(report.accepted[0]).toMatchObject({ granted: true, certain: true, kept: 'with its payment' });
    expect(paymentsOf(report)).toEqual([forged]);
    expect(paymentsOf(report)).not.toContain(before);

    for (let n = 0; n < 8; n++) {
      expect(await statusOf({ secretKey: stolen })).toBe(401);
    }
    const after = await paid({ secretKey });
    const listed = await desk.json<Revoked>([
      ...['secrets', 'accepted', SHORT, '--since', since, '--key', report.key],
    ]);
    expect(paymentsOf(listed)).toEqual([forged]);
    const ofNew = await desk.json<Revoked>(['secrets', 'accepted', SHORT, '--since', since]);
    expect(paymentsOf(ofNew)).toEqual([after]);
  });

  it('secrets revoke without a new key needs --stop, and then the answer is 503 until a key is set', async () => {
    const since = new Date().toISOString();
    const { secretKey } = stored().current;
    const half = await desk.run(['secrets', 'revoke', SHORT, '--since', since]);
    expect(half.code).toBe(EXIT.usage);
    expect(half.err).toContain('--stop');
    expect(stored().current.secretKey).toBe(secretKey);

    await desk.json(['secrets', 'revoke', SHORT, '--stop', '--since', since]);
    expect((await pingback(stack, { ref: newRef(), secretKey }, { how: sendOnce })).status).toBe(503);
    expect((await desk.run(['secrets', 'check', SHORT])).out).toContain('is revoked');

    await desk.json(
      ['secrets', 'set', SHORT],
      JSON.stringify({ current: { secretKey: 'key-of-the-day-after-02' } }),
    );
    await expect
      .poll(
        async () => (await pingback(stack, { ref: newRef(), secretKey: 'key-of-the-day-after-02' })).status,
        {
          timeout: 300_000,
          interval: 500,
        },
      )
      .toBe(200);
    expect(await statusOf({ secretKey })).toBe(401);
  });

  it('secrets revoke makes "next" the current key, and refuses a replacement that holds the stolen key', async () => {
    const since = new Date().toISOString();
    const stolen = stored().current.secretKey;
    const kept = await desk.run([
      ...['secrets', 'revoke', SHORT, '--since', since, '--file', fileWith({ secretKey: stolen })],
    ]);
    expect(kept.code).toBe(EXIT.refused);
    await desk.json([
      'secrets',
      'rotate',
      SHORT,
      '--file',
      fileWith({ secretKey: 'key-that-waits-as-next-03' }),
    ]);
    await desk.json(['secrets', 'revoke', SHORT, '--since', since]);
    expect(stored()).toMatchObject({ current: { secretKey: 'key-that-waits-as-next-03' } });
    expect(stored()).not.toHaveProperty('next');
    expect(await statusOf({ secretKey: stolen })).toBe(401);
  });

  it('secrets revoke of the envelope key stores a new key, and content sealed with the old key can be opened', async () => {
    const key = await paid({ secretKey: stored().current.secretKey });
    const envelope = 'payhooks/sandbox/envelope-key';
    const { current } = stored(envelope);
    const result = await desk.run(['secrets', 'revoke', 'envelope-key', '--since', '2026-01-01']);
    expect(result.code, result.err).toBe(EXIT.done);
    expect(result.out).toContain('verifies no notifications');
    expect(stored(envelope)).toMatchObject({ previous: [current] });
    const shown = await desk.json<unknown>(['payments', 'show', key]);
    expect(JSON.stringify(shown)).not.toContain('not_opened');
    await paid({ secretKey: stored().current.secretKey });
  });
});

describe('the same key in two places', () => {
  const OTHER = 'payhooks/live/paymentwall/goods';

  it('a key of a second account is stored only with --allow-shared, and a key of another environment never', async () => {
    const { secretKey } = stored().current;
    const value = JSON.stringify({ current: { secretKey } });
    const set = ['secrets', 'set', 'paymentwall/strict'];
    const refused = await desk.run(set, value);
    expect(refused.code).toBe(EXIT.refused);
    expect(refused.err).toContain(`${NAME} current.secretKey`);
    expect(refused.err).not.toContain(secretKey);
    expect(
      (await desk.run(['secrets', 'rotate', 'paymentwall/strict', '--file', fileWith({ secretKey })])).code,
    ).toBe(EXIT.refused);

    stack.secrets.put(OTHER, JSON.stringify({ current: { secretKey: 'key-of-the-live-account-9' } }));
    const live = JSON.stringify({ current: { secretKey: 'key-of-the-live-account-9' } });
    for (const words of [set, [...set, '--allow-shared']]) {
      const result = await desk.run(words, live);
      expect(result.code).toBe(EXIT.refused);
      expect(result.err).toContain(`${OTHER} current.secretKey`);
    }
    const before = JSON.stringify(stored('payhooks/sandbox/paymentwall/strict'));
    expect((await desk.run([...set, '--allow-shared'], value)).code).toBe(EXIT.done);
    stack.secrets.put('payhooks/sandbox/paymentwall/strict', before);
  });

  it('secrets check and doctor find a key that two environments hold', async () => {
    const runChecks = () => Promise.all([desk.run(['secrets', 'check']), desk.run(['doctor', '--quiet'])]);
    stack.secrets.put(OTHER, JSON.stringify({ current: { secretKey: 'key-of-the-live-account-9' } }));
    for (const { out } of await runChecks()) expect(out).not.toContain('is in payhooks');
    stack.secrets.put(OTHER, JSON.stringify(stored()));
    for (const { code, out } of await runChecks()) {
      expect(code).toBe(EXIT.failed);
      expect(out).toContain(`${NAME} current.secretKey and in ${OTHER} current.secretKey`);
    }
    stack.secrets.put(OTHER, '{}');
  });

  it('secrets check --compare finds a key that another AWS account holds', async () => {
    const there = JSON.parse((await desk.run(['secrets', 'check', '--json'])).out) as unknown;
    const { code, out } = await desk.run(['secrets', 'check', '--compare', fileWith(there)]);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain(`${NAME} current.secretKey and in `);
    expect((await desk.run(['secrets', 'check', '--compare', fileWith({})])).code).toBe(EXIT.usage);
  });
});

describe('a key that nobody generated', () => {
  it.each([
    ['paymentwall/goods', { current: { secretKey: '0'.repeat(32) } }],
    [
      'paymentwall/goods',
      { current: { secretKey: 'a-generated-one-2718' }, next: { secretKey: 'abcabcabcabc' } },
    ],
    ['trustly-americas/demo', { current: { accessId: 'a', accessKey: '12345678' } }],
    ['envelope-key', { current: 'x'.repeat(64) }],
  ])('secrets set refuses a key that nobody generated: %s %#', async (name, value) => {
    const { code, err } = await desk.run(['secrets', 'set', name], JSON.stringify(value));
    expect(code).toBe(EXIT.refused);
    expect(err).toMatch(/is one value repeated|is one pattern repeated|is a sequence/);
  });
});
