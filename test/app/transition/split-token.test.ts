/** Opening a splitToken and marking a refused splitToken: the keys, the tokens, and a busy table. */
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sealTo } from '../../../shared/app/platform/seal.ts';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { vaultKey } from '../../../shared/app/table/keys.ts';
import {
  markSplitTokenUnusable,
  openSplitToken,
  splitTokenSecret,
} from '../../../shared/app/transition/split-token.ts';
import { type VaultRow, vaultOf } from '../../../shared/app/transition/vault.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { secretsOf } from '../../support/secrets.ts';

type Jwk = Record<string, string>;
const keys: { public: Jwk; private: Jwk }[] = [];
beforeAll(async () => {
  for (let n = 0; n < 2; n++) {
    const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    keys.push({
      public: (await exportJWK(pair.publicKey)) as Jwk,
      private: (await exportJWK(pair.privateKey)) as Jwk,
    });
  }
});

const TOKEN = 'CK71sLLEMRAAqahQ2BV4gDo0Duwq+aCs/LRfSDEZ=';
const ID = '1024919204';
const AT = Date.parse('2026-03-01T12:00:00.000Z');
const key = vaultKey({ provider: 'trustly-americas', account: 'shop' }, ID);

function vault(data?: VaultRow, secret: object = { current: keys[0]?.private }) {
  const store = new MemoryStore();
  if (data !== undefined) store.rows.set(`${key.pk}\u0000${key.sk}`, { ...key, version: 1, schema: 1, data });
  const secrets = secretsOf({ [splitTokenSecret('sandbox').name]: secret });
  const environment = 'sandbox' as const;
  const open = () => openSplitToken({ account: 'shop', transactionId: ID }, { store, secrets, environment });
  const mark = (splitToken = TOKEN, reason: 'expired' | 'invalid' = 'expired') =>
    markSplitTokenUnusable(
      { account: 'shop', transactionId: ID, splitToken, reason },
      { store, secrets, environment, clock: () => AT },
    );
  const row = async () => {
    const item = await store.get(key, 'vault');
    return item === undefined ? undefined : { ...vaultOf(item), version: item.version };
  };
  return { store, open, mark, row };
}
const token = (sealed = sealTo(keys[0]?.public ?? {}, TOKEN), rank = '5') => ({ rank, sealed, at: '' });

describe('the secret that opens splitTokens', () => {
  it('the splitToken secret has the environment in its name', () => {
    expect(splitTokenSecret('live').name).toBe('payhooks/live/split-token-key');
  });

  it.each([
    ['"current"', undefined],
    ['"current"', null],
    ['"current"', {}],
    ['"current"', { current: 'text' }],
    ['"current"', { current: null }],
    ['"current"', { current: { kty: 'EC', x: 'x', y: 'y' } }],
    ['"current"', { current: { d: 'd' } }],
    ['"previous[0]"', { current: { kty: 'EC', d: 'd' }, previous: [{ kty: 'EC' }] }],
    ['"previous[1]"', { current: { kty: 'EC', d: 'd' }, previous: [{ kty: 'EC', d: 'd' }, 7] }],
  ])('the splitToken secret with %s lacking a private key is refused: %j', (name, secret) => {
    const { parse } = splitTokenSecret('sandbox');
    expect(() => parse(secret)).toThrow(UnusableSecretError);
    expect(() => parse(secret)).toThrow(`split-token-key: ${name} must be a private JWK (kty, crv, x, y, d)`);
  });

  it('the splitToken secret is refused when "previous" is no list; previous keys come after the current key', () => {
    const { parse } = splitTokenSecret('sandbox');
    const [current, older] = [
      { kty: 'EC', d: '1' },
      { kty: 'EC', d: '2' },
    ];
    expect(() => parse({ current, previous: older })).toThrow('split-token-key: "previous" must be a list');
    expect(parse({ current })).toEqual([current]);
    expect(parse({ current, previous: [older] })).toEqual([current, older]);
  });
});

describe('the opening of a splitToken', () => {
  it('openSplitToken refuses a splitToken when a later event says that the splitToken is unusable', async () => {
    const unusable = (rank: string) => ({ rank, reason: 'expired' as const, at: '' });
    expect(await vault({ token: token(), unusable: unusable('4') }).open()).toBe(TOKEN);
    await expect(vault({ token: token(), unusable: unusable('6') }).open()).rejects.toMatchObject({
      name: 'SplitTokenError',
      reason: 'expired',
      message: 'the splitToken cannot be used: expired',
    });
    await expect(vault({ unusable: unusable('6') }).open()).rejects.toMatchObject({ reason: 'none' });
  });

  it('openSplitToken refuses a sealed splitToken that was changed or cut short as sealed_to_another_key', async () => {
    const parts = token().sealed.split('.');
    const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString()) as object;
    const other = (index: number, text: string) => parts.with(index, text).join('.');
    const flipped = (index: number) => {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      return other(index, bytes.toString('base64url'));
    };
    const short = Buffer.from(parts[4] ?? '', 'base64url')
      .subarray(0, 4)
      .toString('base64url');
    for (const sealed of [
      ...[flipped(2), flipped(3), flipped(4), other(4, short), other(4, ''), other(3, ''), ''],
      other(0, Buffer.from(JSON.stringify({ ...header, more: 1 })).toString('base64url')),
      other(0, Buffer.from('{').toString('base64url')),
    ])
      await expect(vault({ token: token(sealed) }).open(), sealed).rejects.toMatchObject({
        reason: 'sealed_to_another_key',
      });
  });
});

describe('the mark on a refused splitToken', () => {
  it('markSplitTokenUnusable writes reason and time under the rank directly after the splitToken’s event', async () => {
    const one = vault({ token: token() });
    expect(await one.mark(TOKEN, 'invalid')).toBe(true);
    expect(await one.row()).toMatchObject({
      ...{ version: 2, token: { rank: '5' } },
      unusable: { rank: '5!', reason: 'invalid', at: new Date(AT).toISOString() },
    });
    await expect(one.open()).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('markSplitTokenUnusable also marks a splitToken that only a previous key opens', async () => {
    const secret = { current: keys[1]?.private, previous: [keys[0]?.private] };
    expect(await vault({ token: token() }, secret).mark()).toBe(true);
    expect(await vault({ token: token() }, { current: keys[1]?.private }).mark()).toBe(false);
  });

  it('markSplitTokenUnusable answers false when the vault has no splitToken or another splitToken', async () => {
    for (const one of [vault(), vault({ unusable: { rank: '1', reason: 'invalid', at: '' } })])
      expect(await one.mark()).toBe(false);
    const other = vault({ token: token() });
    expect(await other.mark('another token')).toBe(false);
    expect(await other.row()).toMatchObject({ version: 1 });
  });

  it('markSplitTokenUnusable writes nothing the second time and keeps the earlier reason', async () => {
    const one = vault({ token: token() });
    await one.mark(TOKEN, 'expired');
    expect(await one.mark(TOKEN, 'invalid')).toBe(true);
    expect(one.store.writes).toHaveLength(1);
    expect(await one.row()).toMatchObject({ version: 2, unusable: { reason: 'expired' } });
  });

  describe('markSplitTokenUnusable while the table is busy', () => {
    // The pauses between the attempts are random. With the factor 0 there are none.
    beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
    afterEach(() => void vi.restoreAllMocks());

    const failing = (times: number, error: Error) => {
      const one = vault({ token: token() });
      const tried = { times: 0 };
      one.store.beforeWrite = () => {
        tried.times += 1;
        if (tried.times <= times) throw error;
      };
      return { ...one, tried };
    };

    it('markSplitTokenUnusable is tried up to six times while the table is busy', async () => {
      const one = failing(5, new StoreBusyError('busy'));
      expect(await one.mark()).toBe(true);
      expect(one.tried.times).toBe(6);
    });

    it('markSplitTokenUnusable fails with StoreBusyError after six busy attempts', async () => {
      const one = failing(6, new StoreBusyError('busy'));
      await expect(one.mark()).rejects.toThrow(StoreBusyError);
      expect(one.tried.times).toBe(6);
    });

    it('markSplitTokenUnusable is not retried after a failure other than a busy table', async () => {
      const one = failing(1, new Error('table gone'));
      await expect(one.mark()).rejects.toThrow('table gone');
      expect(one.tried.times).toBe(1);
    });
  });
});
