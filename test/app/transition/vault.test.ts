/** splitTokens in the vault: the newest event of a payment counts, and only the merchant's private key opens one. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { CompactEncrypt, compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import { seal, sealTo } from '../../../shared/app/platform/seal.ts';
import { vaultKey } from '../../../shared/app/table/keys.ts';
import { accountOnFile } from '../../../shared/app/transition/account-on-file.ts';
import { createApply } from '../../../shared/app/transition/receive.ts';
import {
  markSplitTokenUnusable,
  openSplitToken,
  splitTokenSecret,
} from '../../../shared/app/transition/split-token.ts';
import { joinVault, type VaultRow, vaultOf } from '../../../shared/app/transition/vault.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../../shared/providers/index.ts';
import { trustlyAmericas } from '../../../shared/providers/trustly-americas/index.ts';
import { americasAccount, LENIENT } from '../../support/accounts.ts';
import { secretsOf } from '../../support/secrets.ts';
import { envelopeKeys, workerBench } from '../../support/worker-bench.ts';

type Jwk = Record<string, string>;
let publicKey: Jwk;
let privateKey: Jwk;
let otherPrivateKey: Jwk;
beforeAll(async () => {
  const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  publicKey = (await exportJWK(pair.publicKey)) as Jwk;
  privateKey = (await exportJWK(pair.privateKey)) as Jwk;
  const other = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  otherPrivateKey = (await exportJWK(other.privateKey)) as Jwk;
});

const TOKEN = 'CK71sLLEMRAAqahQ2BV4gDo0Duwq+aCs/LRfSDEZ=';
const AUTHORIZATION = '1024919204';

/** A worker with the real provider. `envelope` makes messages in the form that intake queues. */
function bench(withKey = true) {
  const base = workerBench();
  const account = americasAccount({ ...(withKey ? { splitTokenKey: publicKey } : {}) }, LENIENT);
  const americas = trustlyAmericas as RegisteredProvider;
  const apply = createApply({
    ...base.deps,
    accounts: [account],
    providers: { ...base.deps.providers, 'trustly-americas': americas },
  });
  let count = 0;
  const envelope = (fields: Record<string, string>, splitToken?: string): string => {
    const message = new URLSearchParams({ objectType: 'Transaction', ...fields }).toString();
    const digest = createHash('sha256').update(message).digest('hex');
    return JSON.stringify({
      version: 1,
      kind: 'notification',
      correlationId: `c${++count}`,
      provider: 'trustly-americas',
      account: 'shop',
      receivedAt: new Date(base.time.now + count).toISOString(),
      keyId: 'current',
      variant: 'sha1',
      sealed: seal(message, notificationContext('trustly-americas', 'shop', digest), envelopeKeys),
      digest,
      ...(splitToken === undefined || !withKey ? {} : { splitToken: sealTo(publicKey, splitToken) }),
    });
  };
  const vault = () =>
    base.memory
      .all()
      .filter(({ sk }) => sk === 'split-token')
      .map(vaultOf);
  const open = (key: Jwk = privateKey, previous: readonly Jwk[] = []) =>
    openSplitToken(
      { account: 'shop', transactionId: AUTHORIZATION },
      {
        store: base.memory,
        secrets: secretsOf({ [splitTokenSecret('sandbox').name]: { current: key, previous } }),
        environment: 'sandbox',
      },
    );
  const mark = (splitToken: string, reason: 'expired' | 'invalid' = 'expired') =>
    markSplitTokenUnusable(
      { account: 'shop', transactionId: AUTHORIZATION, splitToken, reason },
      {
        store: base.memory,
        secrets: secretsOf({ [splitTokenSecret('sandbox').name]: { current: privateKey } }),
        environment: 'sandbox',
        clock: () => base.time.now,
      },
    );
  return { ...base, apply, envelope, vault, open, mark };
}

const authorize = (eventId: string, createdAt: string, over: Record<string, string> = {}) => ({
  eventId,
  createdAt,
  eventType: 'Authorize',
  objectId: AUTHORIZATION,
  transactionType: '1',
  paymentType: '2',
  status: '2',
  merchantReference: 'order-1',
  fiName: 'M&T Bank',
  fiCode: '200005501',
  paymentProviderType: 'PWMB',
  accountVerified: 'true',
  ...over,
});
const capture = (eventId: string, createdAt: string, over: Record<string, string> = {}) => ({
  eventId,
  createdAt,
  eventType: 'Fail',
  objectId: '1024919300',
  parentObjectId: AUTHORIZATION,
  transactionType: '3',
  paymentType: '2',
  status: '5',
  ...over,
});

describe('a splitToken', () => {
  it('a splitToken is stored sealed in the transaction of its payment and appears nowhere else', async () => {
    const { apply, envelope, vault, memory, lines, fulfilment } = bench();
    await apply(envelope(authorize('101', '1000'), TOKEN));
    const together = memory.writes.find((writes) =>
      writes.some((write) => 'in' in write && write.in === 'vault'),
    );
    const rows = together?.flatMap((write) => ('put' in write ? [write.put.sk] : []));
    expect(rows).toEqual(expect.arrayContaining(['event', 'payment', 'split-token', 'account#event']));
    const [row] = vault();
    const { plaintext } = await compactDecrypt(row?.token?.sealed ?? '', { ...privateKey, alg: 'ECDH-ES' });
    expect(new TextDecoder().decode(plaintext)).toBe(TOKEN);
    const others = memory.all().filter(({ sk }) => sk !== 'split-token');
    expect(JSON.stringify(others)).not.toContain(row?.token?.sealed);
    const everything = [JSON.stringify(memory.all()), ...lines, ...fulfilment.sent.map(({ body }) => body)];
    for (const text of everything) expect(text).not.toContain(TOKEN.slice(0, 12));
  });

  it('a splitToken is opened by the current or a previous private key, and by no other key', async () => {
    const { apply, envelope, open } = bench();
    await apply(envelope(authorize('101', '1000'), TOKEN));
    expect(await open()).toBe(TOKEN);
    expect(await open(otherPrivateKey, [privateKey])).toBe(TOKEN);
    await expect(open(otherPrivateKey)).rejects.toMatchObject({ reason: 'sealed_to_another_key' });
  });

  it('a splitToken sealed by another JOSE implementation is opened', async () => {
    const { memory, open } = bench();
    const sealed = await new CompactEncrypt(new TextEncoder().encode(TOKEN))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
      .encrypt({ ...publicKey, alg: 'ECDH-ES' });
    const key = vaultKey({ provider: 'trustly-americas', account: 'shop' }, AUTHORIZATION);
    const data: VaultRow = { token: { rank: '1', sealed, at: '' } };
    await memory.write([{ put: { ...key, version: 1, schema: 1, data }, when: 'absent', in: 'vault' }]);
    expect(await open()).toBe(TOKEN);
  });

  it('a splitToken that was never received cannot be opened: reason none', async () => {
    await expect(bench().open()).rejects.toMatchObject({ reason: 'none' });
  });

  it('a splitToken of a newer event replaces the stored splitToken, a splitToken of an older event does not', async () => {
    const { apply, envelope, open } = bench();
    await apply(envelope(authorize('102', '2000'), 'NEW'));
    await apply(envelope(authorize('101', '1000'), 'OLD'));
    expect(await open()).toBe('NEW');
    await apply(envelope(authorize('103', '3000'), 'NEWEST'));
    expect(await open()).toBe('NEWEST');
  });

  it('a splitToken of the same millisecond is ordered by eventId as a number', async () => {
    const { apply, envelope, open } = bench();
    await apply(envelope(authorize('1000', '1000'), 'NEW'));
    await apply(envelope(authorize('999', '1000'), 'OLD'));
    expect(await open()).toBe('NEW');
  });

  it('a splitToken is taken from the Authorize event of an authorization only', async () => {
    const { apply, envelope, vault } = bench();
    await apply(envelope(authorize('101', '1000', { transactionType: '3' }), TOKEN));
    await apply(envelope(authorize('102', '1000', { status: '1' }), TOKEN));
    await apply(envelope(authorize('103', '1000', { eventType: 'Update' }), TOKEN));
    expect(vault()).toEqual([]);
  });

  it('a splitToken is not replaced by a conflicting duplicate of its event', async () => {
    const { apply, envelope, open } = bench();
    await apply(envelope(authorize('101', '1000'), TOKEN));
    await apply(envelope(authorize('101', '9000', { merchantReference: 'other' }), 'FORGED'));
    expect(await open()).toBe(TOKEN);
  });

  it('a splitToken of a newer event wins when two workers write the vault row at once', async () => {
    const { apply, envelope, open, memory } = bench();
    let raced = false;
    memory.beforeWrite = async (writes) => {
      if (raced || !writes.some((write) => 'in' in write)) return;
      raced = true;
      await apply(envelope(authorize('102', '2000'), 'NEW'));
    };
    await apply(envelope(authorize('101', '1000'), 'OLD'));
    expect(raced).toBe(true);
    expect(await open()).toBe('NEW');
  });

  it('a splitToken is not replaced by an Authorize event without a splitToken', async () => {
    const { apply, envelope, open, vault } = bench();
    await apply(envelope(authorize('100', '500')));
    expect(vault()).toEqual([]);
    await apply(envelope(authorize('101', '1000'), TOKEN));
    await apply(envelope(authorize('102', '2000')));
    expect(await open()).toBe(TOKEN);
  });

  it('a vault row is not written again for an event with nothing newer', async () => {
    const { apply, envelope, memory } = bench();
    await apply(envelope(authorize('102', '2000'), TOKEN));
    await apply(envelope(authorize('101', '1000'), 'OLD'));
    const [row] = memory.all().filter(({ sk }) => sk === 'split-token');
    expect(row?.version).toBe(1);
  });

  it('no vault row is written for an account without splitTokenKey', async () => {
    const { apply, envelope, vault } = bench(false);
    await apply(envelope(authorize('101', '1000'), TOKEN));
    await apply(envelope(capture('102', '2000', { errorCode: '326' })));
    expect(vault()).toEqual([]);
  });
});

describe('a splitToken that became unusable', () => {
  const signals: readonly [Record<string, string>, string | undefined][] = [
    [{ 'paymentProviderTransaction.status': 'SW057' }, 'expired'],
    [{ errorCode: '326' }, 'expired'],
    [{ errorCode: '326', 'paymentProviderTransaction.status': 'SW057' }, 'expired'],
    [{ errorCode: '380', 'paymentProviderTransaction.status': 'SW051' }, 'invalid'],
    [{ errorCode: '397' }, 'invalid'],
    [{ 'paymentProviderTransaction.status': 'SW051' }, 'invalid'],
    // SW051 stands for any mistake of the merchant. The error code states the mistake.
    [{ errorCode: '200', 'paymentProviderTransaction.status': 'SW051' }, undefined],
    [{ errorCode: '331', 'paymentProviderTransaction.status': 'SW021' }, undefined],
  ];
  it.each(signals)('a Fail event with %j makes the splitToken unusable: %s', async (codes, reason) => {
    const { apply, envelope, open } = bench();
    await apply(envelope(authorize('101', '1000'), TOKEN));
    await apply(envelope(capture('102', '2000', codes)));
    if (reason === undefined) expect(await open()).toBe(TOKEN);
    else await expect(open()).rejects.toMatchObject({ reason });
  });

  it('a late Fail event about an older splitToken does not make the newer splitToken unusable', async () => {
    const { apply, envelope, open } = bench();
    await apply(envelope(authorize('101', '1000'), 'OLD'));
    await apply(envelope(authorize('103', '3000'), 'NEW'));
    await apply(envelope(capture('102', '2000', { errorCode: '326' })));
    expect(await open()).toBe('NEW');
  });

  it('payment.failed with errorCode 326 has shopperMessage sign_in_again and suggestedRetryAmount', async () => {
    const { apply, envelope, memory } = bench();
    await apply(envelope(capture('102', '2000', { errorCode: '326', suggestedRetryAmount: '20.00' })));
    const [failed] = memory.data<Effect>('effect#').filter(({ type }) => type === 'payment.failed');
    expect(failed?.event.details).toMatchObject({
      errorCode: '326',
      shopperMessage: 'sign_in_again',
      suggestedRetryAmount: '20.00',
    });
  });
});

describe('a splitToken that a capture refused at once', () => {
  it('a splitToken marked as unusable stays unusable until a newer event brings another splitToken', async () => {
    const { apply, envelope, open, mark, vault } = bench();
    await apply(envelope(authorize('101', '1000'), TOKEN));
    expect(await mark(TOKEN)).toBe(true);
    await expect(open()).rejects.toMatchObject({ reason: 'expired' });
    const [marked] = vault();
    expect(await mark(TOKEN, 'invalid')).toBe(true);
    expect(vault()).toEqual([marked]);
    await apply(envelope(authorize('99', '900'), 'OLDER'));
    await expect(open()).rejects.toMatchObject({ reason: 'expired' });
    await apply(envelope(authorize('102', '1000'), 'NEWER'));
    expect(await open()).toBe('NEWER');
  });

  it('the mark on a refused splitToken does not reach a splitToken that arrives during the write', async () => {
    const { apply, envelope, open, mark, memory } = bench();
    expect(await mark(TOKEN)).toBe(false);
    await apply(envelope(authorize('101', '1000'), TOKEN));
    memory.beforeWrite = async () => {
      memory.beforeWrite = undefined;
      await apply(envelope(authorize('102', '2000'), 'NEWER'));
    };
    expect(await mark(TOKEN)).toBe(false);
    expect(await open()).toBe('NEWER');
  });

  it('a refused splitToken is marked although the table is busy twice', async () => {
    const { apply, envelope, open, mark, memory } = bench();
    await apply(envelope(authorize('101', '1000'), TOKEN));
    memory.busyFor(2);
    expect(await mark(TOKEN, 'invalid')).toBe(true);
    await expect(open()).rejects.toMatchObject({ reason: 'invalid' });
  });
});

it('the vault ends with the newest splitToken and the newest signal in any order of arrival', async () => {
  const events = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 100, max: 999 }),
      at: fc.integer({ min: 1, max: 5 }),
      kind: fc.constantFrom('given', 'expired', 'invalid'),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(
      events.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      async ([list, shuffled]) => {
        const newest = [...list].sort((a, b) => a.at - b.at || a.id - b.id).at(-1);
        const given = [...list]
          .filter(({ kind }) => kind === 'given')
          .sort((a, b) => a.at - b.at || a.id - b.id)
          .at(-1);
        const { apply, envelope, open } = bench();
        for (const { id, at, kind } of shuffled) {
          const event =
            kind === 'given'
              ? envelope(authorize(String(id), String(at)), `TOKEN${id}`)
              : envelope(
                  capture(String(id), String(at), {
                    objectId: `9${id}`,
                    errorCode: kind === 'expired' ? '326' : '397',
                  }),
                );
          await apply(event);
        }
        if (given === undefined) await expect(open()).rejects.toMatchObject({ reason: 'none' });
        else if (newest === given) expect(await open()).toBe(`TOKEN${given.id}`);
        else await expect(open()).rejects.toMatchObject({ reason: newest?.kind });
      },
    ),
    { numRuns: 40 },
  );
});

it('joinVault is idempotent and changes nothing when nothing is newer', () => {
  const row: VaultRow = { token: { rank: '2', sealed: 's', at: '' } };
  expect(joinVault(row, row)).toBe(row);
  expect(joinVault(row, { token: { rank: '1', sealed: 'old', at: '' } })).toBe(row);
});

describe('the account on file', () => {
  const scope = { provider: 'trustly-americas', account: 'shop' } as const;
  it('an account on file is kept from the event and announced once, without name of the shopper', async () => {
    const { apply, envelope, memory } = bench();
    await apply(envelope(authorize('101', '1000', { 'customer.name': 'Joe User' })));
    await apply(envelope(authorize('102', '2000', { fiName: 'Demo Bank' })));
    await apply(envelope(authorize('100', '500', { fiName: 'Old Bank' })));
    expect(await accountOnFile(memory, scope, AUTHORIZATION)).toEqual({
      transactionId: AUTHORIZATION,
      account: { bankCode: '200005501', bankName: 'Demo Bank', provider: 'PWMB', verified: true },
      complete: false,
      sources: ['event'],
    });
    const announced = memory.data<Effect>('effect#').filter(({ type }) => type === 'account.received');
    expect(announced.map(({ event }) => event.details.bankAccount)).toEqual([
      { bankCode: '200005501', bankName: 'M&T Bank', provider: 'PWMB', verified: true },
    ]);
    expect(JSON.stringify(memory.all())).not.toContain('Joe User');
  });

  it('an account on file is not changed by an event that names no bank account', async () => {
    const { apply, envelope, memory } = bench();
    await apply(envelope(capture('102', '2000', { errorCode: '326' })));
    expect(memory.data('account#')).toEqual([]);
    await apply(envelope(authorize('101', '1000')));
    await apply(envelope(capture('103', '3000', { errorCode: '326', objectId: '1024919301' })));
    expect(await accountOnFile(memory, scope, AUTHORIZATION)).toMatchObject({
      account: { bankName: 'M&T Bank' },
    });
  });

  it('an account on file of an unknown transaction does not exist', async () => {
    expect(await accountOnFile(bench().memory, scope, '1')).toBeUndefined();
  });
});
