/** Erasing an authorization: the bank account and the splitToken go with its person. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { erasePayment } from '../../local/payhooks/erase/erase.ts';
import { accountOnFile } from '../../shared/aws/accounts.ts';
import { createApply } from '../../shared/aws/apply.ts';
import { notificationContext } from '../../shared/aws/envelope.ts';
import { sha256, vaultKey } from '../../shared/aws/keys.ts';
import { effectsOf } from '../../shared/aws/outbox.ts';
import { effectItem } from '../../shared/aws/rows.ts';
import { seal, sealTo } from '../../shared/aws/seal.ts';
import { markSplitTokenUnusable, openSplitToken, splitTokenSecret } from '../../shared/aws/split-token.ts';
import { type VaultRow, vaultOf } from '../../shared/aws/vault.ts';
import type { Provider, TrustlyAmericasAccount } from '../../shared/providers/provider.ts';
import { trustlyAmericas } from '../../shared/providers/trustly-americas/index.ts';
import { secretsOf } from '../support/secrets.ts';
import { policy } from '../support/toy-provider.ts';
import { envelopeKeys, workerBench } from '../support/worker-bench.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicJwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
const privateJwk = privateKey.export({ format: 'jwk' }) as Record<string, string>;
const AUTHORIZATION = '1024919204';
const KEY = `trustly-americas:shop:${AUTHORIZATION}`;
const scope = { provider: 'trustly-americas', account: 'shop' } as const;
const who = { by: 'ann', note: 'asked by mail' };

/** An authorization whose events the merchant has received. */
async function bench() {
  const { memory, deps, time } = workerBench();
  const account: TrustlyAmericasAccount = {
    ...scope,
    policy: { ...policy, ...scope },
    splitTokenKey: publicJwk,
  };
  const providers = { ...deps.providers, 'trustly-americas': trustlyAmericas as Provider };
  const apply = createApply({ ...deps, accounts: [account], providers });
  async function authorize(createdAt: string, splitToken: string): Promise<void> {
    const message = new URLSearchParams({
      ...{ eventId: createdAt, createdAt, eventType: 'Authorize', objectType: 'Transaction' },
      ...{ objectId: AUTHORIZATION, transactionType: '1', paymentType: '2', status: '2' },
      ...{ fiName: 'Canary Bank', fiCode: '200005501', 'customer.externalId': 'person-7' },
    }).toString();
    const digest = sha256(message);
    const envelope = {
      ...{ version: 1, kind: 'notification', correlationId: createdAt, ...scope },
      ...{ receivedAt: new Date(time.now).toISOString(), keyId: 'current', variant: 'sha1', digest },
      sealed: seal(message, notificationContext('trustly-americas', 'shop', digest), envelopeKeys),
      splitToken: sealTo(publicJwk, splitToken),
    };
    await apply(JSON.stringify(envelope));
    for (const { effect, version } of await effectsOf(memory, KEY)) {
      const put = effectItem({ effect: { ...effect, state: 'delivered' }, version: version + 1 }, '');
      await memory.write([{ put, when: 'always' }]);
    }
  }
  const opening = {
    store: memory,
    secrets: secretsOf({ [splitTokenSecret('sandbox').name]: { current: privateJwk } }),
    environment: 'sandbox',
  } as const;
  const used = { account: 'shop', transactionId: AUTHORIZATION };
  return {
    memory,
    authorize,
    erase: (by: typeof who | undefined, vault: typeof memory | undefined = memory) =>
      erasePayment(KEY, by, { store: memory, vault, now: () => time.now }),
    open: () => openSplitToken(used, opening),
    mark: (splitToken: string) =>
      markSplitTokenUnusable(
        { ...used, splitToken, reason: 'expired' },
        { ...opening, clock: () => time.now },
      ),
    vault: async (): Promise<VaultRow | undefined> => {
      const row = await memory.get(vaultKey(scope, AUTHORIZATION));
      return row === undefined ? undefined : vaultOf(row);
    },
  };
}

describe('erasing an authorization', () => {
  it('takes the bank account and the splitToken on file with it, also out of the events', async () => {
    const { memory, authorize, erase, open, vault } = await bench();
    await authorize('2000', 'TOKEN');
    const sealed = (await vault())?.token?.sealed ?? '';
    expect(JSON.stringify(memory.all())).toContain('Canary Bank');
    expect(await erase(who)).toMatchObject({ payment: KEY, evidence: 1, onFile: 2 });
    expect(await accountOnFile(memory, scope, AUTHORIZATION)).toBeUndefined();
    await expect(open()).rejects.toMatchObject({ reason: 'none' });
    const left = JSON.stringify(memory.all());
    for (const word of [sealed, 'Canary Bank', '200005501', 'person-7']) expect(left).not.toContain(word);
  });

  it('brings back no token by an older event that comes late, only by a newer one', async () => {
    const { authorize, erase, open } = await bench();
    await authorize('2000', 'TOKEN');
    await erase(who);
    await authorize('1000', 'OLDER');
    await expect(open()).rejects.toMatchObject({ reason: 'invalid' });
    await authorize('3000', 'NEWER');
    expect(await open()).toBe('NEWER');
  });

  it('takes a token that was marked already', async () => {
    const { authorize, erase, mark, vault } = await bench();
    await authorize('2000', 'TOKEN');
    expect(await mark('TOKEN')).toBe(true);
    await erase(who);
    expect(await vault()).toMatchObject({ unusable: { reason: 'expired' } });
    expect(await vault()).not.toHaveProperty('token');
    expect(await erase(who)).toMatchObject({ onFile: 0 });
  });

  it('only looks without a person who does it, and needs no vault', async () => {
    const { memory, authorize, erase } = await bench();
    await authorize('2000', 'TOKEN');
    const before = memory.all();
    expect(await erase(undefined)).toMatchObject({ onFile: 2 });
    expect(memory.all()).toEqual(before);
    expect(
      await erasePayment(KEY, undefined, { store: memory, vault: undefined, now: Date.now }),
    ).toMatchObject({
      onFile: 1,
    });
  });
});
