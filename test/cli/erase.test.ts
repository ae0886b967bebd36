/** `erase` removes the data on file of a person, and the sealed messages that belong to no payment. */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { erasePayment } from '../../cli/erase/erase.ts';
import { erasing, type Looked, sealedMessages, type Terms, valuesOf } from '../../cli/erase/sealed.ts';
import { notificationContext, parkedContext } from '../../shared/app/platform/message.ts';
import { parseEnvelopeKeys, seal, sealTo } from '../../shared/app/platform/seal.ts';
import type { Item } from '../../shared/app/ports.ts';
import { hashText, parkedKey, paymentKeyOf, vaultKey } from '../../shared/app/table/keys.ts';
import {
  effectItem,
  parkedItem,
  paymentOf,
  type ShippingRow,
  shippingItem,
} from '../../shared/app/table/rows.ts';
import { accountOnFile } from '../../shared/app/transition/account-on-file.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import {
  markSplitTokenUnusable,
  openSplitToken,
  splitTokenSecret,
} from '../../shared/app/transition/split-token.ts';
import { type VaultRow, vaultOf } from '../../shared/app/transition/vault.ts';
import type { RegisteredProvider } from '../../shared/providers/index.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import { trustlyAmericas } from '../../shared/providers/trustly-americas/index.ts';
import { paymentRow } from '../support/payment-row.ts';
import { secretsOf } from '../support/secrets.ts';
import { policy } from '../support/toy-provider.ts';
import { envelopeKeys, workerBench } from '../support/worker-bench.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicJwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
const privateJwk = privateKey.export({ format: 'jwk' }) as Record<string, string>;
const AUTHORIZATION = '1024919204';
const KEY = `trustly-americas:shop:${AUTHORIZATION}`;
const scope = { provider: 'trustly-americas', account: 'shop' } as const;
const operatorNote = { by: 'ann', note: 'asked by mail' };

/** An authorization whose events the merchant has received. */
async function bench() {
  const { memory, deps, time } = workerBench();
  const account: TrustlyAmericasAccount = {
    ...scope,
    policy: { ...policy, ...scope },
    splitTokenKey: publicJwk,
  };
  const providers = { ...deps.providers, 'trustly-americas': trustlyAmericas as RegisteredProvider };
  const apply = createApply({ ...deps, accounts: [account], providers });
  async function authorize(createdAt: string, splitToken: string): Promise<void> {
    const message = new URLSearchParams({
      ...{ eventId: createdAt, createdAt, eventType: 'Authorize', objectType: 'Transaction' },
      ...{ objectId: AUTHORIZATION, transactionType: '1', paymentType: '2', status: '2' },
      ...{ fiName: 'Canary Bank', fiCode: '200005501', 'customer.externalId': 'person-7' },
    }).toString();
    const digest = hashText(message);
    const envelope = {
      ...{ version: 1, kind: 'notification', correlationId: createdAt, ...scope },
      ...{ receivedAt: new Date(time.now).toISOString(), keyId: 'current', variant: 'sha1', digest },
      sealed: seal(message, notificationContext('trustly-americas', 'shop', digest), envelopeKeys),
      splitToken: sealTo(publicJwk, splitToken),
    };
    await apply(JSON.stringify(envelope));
    for (const { effect, version } of await readEffects(memory, KEY)) {
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
    erase: (by: typeof operatorNote | undefined, vault: typeof memory | undefined = memory) =>
      erasePayment(KEY, by, { store: memory, vault, now: () => time.now }),
    open: () => openSplitToken(used, opening),
    mark: (splitToken: string) =>
      markSplitTokenUnusable(
        { ...used, splitToken, reason: 'expired' },
        { ...opening, clock: () => time.now },
      ),
    vault: async (): Promise<VaultRow | undefined> => {
      const row = await memory.get(vaultKey(scope, AUTHORIZATION), 'vault');
      return row === undefined ? undefined : vaultOf(row);
    },
  };
}

describe('erasing an authorization', () => {
  it('erase removes the bank account and the splitToken of an authorization, also from its event rows', async () => {
    const { memory, authorize, erase, open, vault } = await bench();
    await authorize('2000', 'TOKEN');
    const sealed = (await vault())?.token?.sealed ?? '';
    expect(JSON.stringify(memory.all())).toContain('Canary Bank');
    expect(await erase(operatorNote)).toMatchObject({ payment: KEY, evidence: 1, onFile: 2 });
    expect(await accountOnFile(memory, scope, AUTHORIZATION)).toBeUndefined();
    await expect(open()).rejects.toMatchObject({ reason: 'none' });
    const left = JSON.stringify(memory.all());
    for (const word of [sealed, 'Canary Bank', '200005501', 'person-7']) expect(left).not.toContain(word);
  });

  it('erase removes the bank account from a payment row of an older version', async () => {
    const { memory, authorize } = await bench();
    await authorize('1', 'token-1');
    const row = await memory.get(paymentKeyOf(KEY));
    const payment = paymentOf(row as Item);
    const details = { ...payment.details, bankAccount: { bankName: 'Canary Bank' } };
    await memory.write([{ put: paymentRow({ ...payment, details }), when: 'always' }]);
    await erasePayment(KEY, operatorNote, { store: memory, vault: memory, now: () => 0 });
    expect(JSON.stringify(await memory.get(paymentKeyOf(KEY)))).not.toContain('Canary');
  });

  it('after erase an older event stores no splitToken, and a newer event stores its splitToken', async () => {
    const { authorize, erase, open } = await bench();
    await authorize('2000', 'TOKEN');
    await erase(operatorNote);
    await authorize('1000', 'OLDER');
    await expect(open()).rejects.toMatchObject({ reason: 'invalid' });
    await authorize('3000', 'NEWER');
    expect(await open()).toBe('NEWER');
  });

  it('erase removes a splitToken that was marked as expired, and keeps the mark', async () => {
    const { authorize, erase, mark, vault } = await bench();
    await authorize('2000', 'TOKEN');
    expect(await mark('TOKEN')).toBe(true);
    await erase(operatorNote);
    expect(await vault()).toMatchObject({ unusable: { reason: 'expired' } });
    expect(await vault()).not.toHaveProperty('token');
    expect(await erase(operatorNote)).toMatchObject({ onFile: 0 });
  });

  it('erase without an operator note changes nothing, and needs no vault', async () => {
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

describe('sealed messages outside of payments', () => {
  const toy = { provider: 'paymentwall', account: 'toy' } as const;
  const form = (uid: string, ref: string) => `uid=${uid}&goodsid=gold&type=0&ref=${ref}&sig=x`;
  const terms = (anywhere: readonly string[], payments: readonly string[] = []): Terms => ({
    anywhere: new Set(anywhere),
    payments: new Set(payments),
  });

  /** One message of each kind for "person-7" and payment p-7, and one of each kind for others. */
  async function withMessages() {
    const { memory, apply, envelope, deps, time } = workerBench();
    const sealed = (message: string) => {
      const digest = hashText(message);
      return {
        digest,
        sealed: seal(message, notificationContext(toy.provider, toy.account, digest), envelopeKeys),
      };
    };
    const receive = (message: string, over: object = {}) =>
      apply(envelope({}, { ...sealed(message), quarantine: 'ambiguous', ...over }));
    await receive(form('person-7', 'p-7'), { signatureDigest: hashText('s1') });
    await receive(form('person-70', 'p-70'));
    for (const [key, uid] of [
      ['k8', 'person-7'],
      ['k9', 'person-70'],
    ] as const) {
      await apply(envelope({ key, payment: '', note: `&uid=${uid}&` }));
    }
    for (const uid of ['person-7', 'person-70']) {
      const body = envelope({}, sealed(form(uid, 'p-9')));
      const digest = hashText(body);
      const at = new Date(time.now).toISOString();
      const text = seal(body, parkedContext('notifications', digest), envelopeKeys);
      const row = {
        queue: 'notifications',
        reason: 'unknown_account',
        digest,
        sealed: text,
        messageId: 'm',
        receives: 1,
        at,
      };
      await memory.write([
        { put: parkedItem(parkedKey('notifications', at, digest, row.messageId), row), when: 'always' },
      ]);
    }
    const search = (searched: Terms, keys = envelopeKeys) =>
      sealedMessages(searched, [toy], { store: memory, keys });
    return { memory, search, receive, deps };
  }
  const places = ({ found }: Looked) => found.map(({ where }) => where).sort();

  it('sealedMessages finds a person by the exact id, in quarantine, in parked rows and in events of no payment', async () => {
    const { search } = await withMessages();
    expect(places(await search(terms(['person-7'])))).toEqual(['of no payment', 'parked', 'quarantine']);
    expect(places(await search(terms(['person'])))).toEqual([]);
  });

  it.each(['0', 'gold', 'x'])(
    'sealedMessages finds no message by "%s", a value that is no id of a person',
    async (id) => {
      const { search } = await withMessages();
      expect(places(await search(terms([id])))).toEqual([]);
    },
  );

  it.each([
    'uid=7&goodsid=gold&type=0&ref=b1&sig=x',
    'type=7&uid=7',
    'customer.externalId=7&status=1',
    'message=M%26uid%3D7%26x',
    '{"params":{"data":{"enduserid": "7"}}}',
    '{"data":{"messageid":7}}',
  ])('sealedMessages finds a message by a short id in the field of an id: %s', async (message) => {
    const { search, receive } = await withMessages();
    await receive(message);
    expect(places(await search(terms(['7'])))).toEqual(['quarantine']);
  });

  it('sealedMessages finds a message by a payment of its own account, and not of another account', async () => {
    const { search } = await withMessages();
    expect(places(await search(terms([], ['paymentwall/toy/p-7'])))).toEqual(['quarantine']);
    expect(places(await search(terms([], ['paymentwall/other/p-7'])))).toEqual([]);
  });

  it('sealedMessages counts the messages that cannot be opened', async () => {
    const { search } = await withMessages();
    const other = parseEnvelopeKeys({ current: 'd'.repeat(64) });
    expect(await search(terms(['person-7']), other)).toEqual({ found: [], unreadable: 6 });
  });

  it('an erased message loses its sealed content, the operator note stays, and a late copy is not kept again', async () => {
    const { memory, search, receive } = await withMessages();
    const before = memory.all().length;
    const { found } = await search(terms(['person-7']));
    const erased = found.filter(({ where }) => where !== 'parked');
    for (const message of erased)
      await memory.write(erasing(message, operatorNote, '2026-03-02T00:00:00.000Z'));
    expect(places(await search(terms(['person-7'])))).toEqual(['parked']);
    const sealedTexts = erased.map(({ item }) => (item.data as { sealed: string }).sealed);
    for (const text of sealedTexts) expect(JSON.stringify(memory.all())).not.toContain(text);
    expect(memory.data('2026-03-02')).toMatchObject([
      { what: 'erase', ...operatorNote },
      { what: 'erase', ...operatorNote },
    ]);
    // One row less and two ledger entries more; the quarantine row stays without its content.
    expect(memory.all()).toHaveLength(before + 1);

    await receive(form('person-7', 'p-7'), { signatureDigest: hashText('s1'), correlationId: 'copy' });
    expect(memory.all()).toHaveLength(before + 1);
    expect(places(await search(terms(['person-7'])))).toEqual(['parked']);
  });

  it.each([
    ['JSON, at any depth', '{"params":{"data":{"enduserid":"a b:c","n":7}}}', ['a b:c', '7']],
    ['a form, decoded', 'a=x%40y.example&b=%C3%A5+%C3%A4', ['x@y.example', 'å ä']],
    ['a text that cannot be read', '{"broken":"a","uid":"seven"', ['seven']],
    ['a value with an encoded pair inside', 'a=1%26uid%3Dseven', ['1&uid=seven', 'seven']],
  ])('valuesOf reads the values of %s', (_, text, values) => {
    expect(valuesOf(text)).toEqual(expect.arrayContaining(values));
  });
});

describe('a shipping report', () => {
  const KEY = 'paymentwall:toy:p1';
  async function reported(state: ShippingRow['state'], lookAt: string | undefined) {
    const { memory, apply, envelope, deliverAll, time } = workerBench();
    await apply(envelope());
    await deliverAll();
    const row: ShippingRow = { payment: KEY, state, authorizedAt: '', attempts: 3, sealed: 'ADDRESS' };
    await memory.write([{ put: shippingItem(row, 1, lookAt), when: 'always' }]);
    const erase = () =>
      erasePayment(KEY, operatorNote, { store: memory, vault: undefined, now: () => time.now });
    return { erase, text: () => JSON.stringify(memory.all()) };
  }

  it('erase removes a shipping report with its address when no further attempt is planned', async () => {
    const { erase, text } = await reported('reported', undefined);
    expect(await erase()).toMatchObject({ onFile: 1 });
    expect(text()).not.toContain('ADDRESS');
  });

  it('erase is refused while a shipping report is still to be sent', async () => {
    const { erase, text } = await reported('reported', '2026-03-02T00:00:00.000Z');
    expect(await erase()).toMatchObject({ refused: expect.stringContaining('shipping report') });
    expect(text()).toContain('ADDRESS');
  });
});
