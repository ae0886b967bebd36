/** `secrets check`: whether each secret is usable, and whether two secrets hold the same key. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { secretsCheck } from '../../../cli/commands/secrets-check.ts';
import { parseConfig } from '../../../infra/config.ts';
import { printed } from '../run.ts';
import { storedSecrets } from '../stored-secrets.ts';

const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
});
const GOODS = 'payhooks/sandbox/paymentwall/goods';
const secretKey = randomBytes(16).toString('hex');
const value = { current: { secretKey } };
const folder = mkdtempSync(join(tmpdir(), 'payhooks-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const checked = (stored: Readonly<Record<string, unknown>>, values = {}, args = ['paymentwall/goods']) =>
  printed(secretsCheck, storedSecrets(config, stored), { args, values });

describe('secrets check', () => {
  it('secrets check says that a secret is usable, and never shows its key', async () => {
    const { text, json } = await checked({ [GOODS]: value });
    expect(json.items).toMatchObject([{ secret: 'paymentwall/goods', ok: true }]);
    expect(text).toContain('1 secret checked for sandbox, 0 unusable, 0 keys in two places.');
    expect(text + JSON.stringify(json)).not.toContain(secretKey);
  });

  it.each([
    ['is empty', {}],
    ['has the wrong form', { [GOODS]: { current: 7 } }],
    ['was not generated', { [GOODS]: { current: { secretKey: 'a'.repeat(32) } } }],
  ])('secrets check reports a secret that %s, and names the command secrets set', async (_, stored) => {
    const { text, json } = await checked(stored);
    expect(json.items).toMatchObject([{ ok: false }]);
    expect(text).toContain('1 unusable');
    expect(text).toContain('Next: payhooks secrets set paymentwall/goods --file FILE');
  });

  it('secrets check finds a key that another environment holds too', async () => {
    const { text } = await checked({ [GOODS]: value, 'payhooks/live/paymentwall/goods': value });
    expect(text).toContain('1 key in two places');
    expect(text).toContain('payhooks/live/paymentwall/goods');
  });
});

describe('secrets check --compare', () => {
  const file = (content: unknown) => {
    const path = join(folder, `${randomBytes(4).toString('hex')}.json`);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  it('secrets check --compare finds a key of another AWS account, in the output of each version', async () => {
    const { json } = await checked({ [GOODS]: value });
    for (const printedThere of [json, json.items]) {
      const { text } = await checked({ [GOODS]: value }, { compare: file(printedThere) });
      expect(text).toContain('1 key in two places');
    }
  });

  it.each([
    ['no JSON', 'SECRET  STATE'],
    ['no list', { secrets: [] }],
    ['no keys', [{ name: GOODS }]],
  ])('secrets check --compare refuses a file with %s', async (_, content) => {
    await expect(checked({ [GOODS]: value }, { compare: file(content) })).rejects.toThrow(
      'is not the output of `payhooks secrets check --json`',
    );
  });
});
