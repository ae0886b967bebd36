/**
 * Values that no command stores: an unusable value, a value that is not random, and a key that another secret holds.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { World } from '../../cli/command.ts';
import { Flags } from '../../cli/flags.ts';
import { assertUnshared, checkMembers, checkValue } from '../../cli/secret-guard.ts';
import { findSecret } from '../../cli/secret-store.ts';
import { parseConfig } from '../../infra/config.ts';
import { storedSecrets } from './stored-secrets.ts';

const account = (name: string) =>
  ({ provider: 'paymentwall', account: name, api: 'digital_goods', signatureVersion: 3 }) as const;
const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [account('goods'), account('coins')],
});
const kind = findSecret(config, 'paymentwall/goods');
const secretKey = randomBytes(16).toString('hex');
const value = { current: { secretKey } };
const connected = (stored: Readonly<Record<string, unknown>> = {}) => storedSecrets(config, stored);

describe('a value of a secret', () => {
  it('checkValue accepts a generated value', () => {
    expect(() => checkValue(connected(), kind, value)).not.toThrow();
  });

  it.each([
    ['has the wrong form', { current: 7 }],
    ['was not generated', { current: { secretKey: 'a'.repeat(32) } }],
  ])('checkValue refuses a value that %s, and names the expected form', (_, wrong) => {
    expect(() => checkValue(connected(), kind, wrong)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^paymentwall\/goods was not stored: /),
        next: `Its form is ${kind.shape}.`,
      }),
    );
  });

  it('checkMembers refuses a member that nothing reads by its name', () => {
    expect(() => checkMembers(kind, { ...value, curent: {} })).toThrow(/curent/);
    expect(() => checkMembers(kind, value)).not.toThrow();
  });
});

describe('a key that another secret holds', () => {
  const COINS = 'payhooks/sandbox/paymentwall/coins';
  const LIVE = 'payhooks/live/paymentwall/goods';
  const stored = async (name: string, values: object = {}) => {
    const world = { notice: () => {} } as unknown as World;
    await assertUnshared(connected({ [name]: value }), kind, value, {
      flags: new Flags(values as never),
      world,
    });
  };

  it('assertUnshared refuses a key that another secret holds, and names both places', async () => {
    await expect(stored(COINS)).rejects.toThrow(
      /^paymentwall\/goods was not stored: the same key is in .*paymentwall\/coins.* and in .*paymentwall\/goods/,
    );
  });

  it('assertUnshared with --allow-shared accepts a key of the same environment, but not of another environment', async () => {
    await expect(stored(COINS, { 'allow-shared': true })).resolves.toBeUndefined();
    await expect(stored(LIVE, { 'allow-shared': true })).rejects.toThrow('payhooks/live/paymentwall/goods');
  });

  it('assertUnshared accepts a key that the same secret holds already', async () => {
    await expect(stored(kind.name)).resolves.toBeUndefined();
  });
});
