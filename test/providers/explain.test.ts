/** The explanation of a refusal for developers: it names the fault, which the answer does not, and no value. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signNotification as signAmericas } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification as signEurope } from '../../local/demo/senders/trustly-europe.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import { explain as explainPaymentwall } from '../../shared/providers/paymentwall/explain.ts';
import type { ReceivedRequest } from '../../shared/providers/received.ts';
import { explain as explainAmericas } from '../../shared/providers/trustly-americas/explain.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import { explain as explainEurope } from '../../shared/providers/trustly-europe/explain.ts';

const CANARY = 'canary-7f3a';
const received = (fields: Partial<ReceivedRequest>): ReceivedRequest => ({
  ...{ method: 'POST', rawQuery: '', headers: {}, body: new Uint8Array(), sourceIp: '203.0.113.9' },
  ...fields,
});

describe('the explanation of a refused pingback', () => {
  const account = { api: 'digital_goods', signatureVersion: 3, sourceAddresses: 'any' } as PaymentwallAccount;
  const key = { keyId: 'current', secret: 'a-secret-key', fingerprint: 'f', projectKey: undefined } as const;
  const keys = { projects: [key] };
  const explain = (rawQuery: string, changed: Partial<PaymentwallAccount> = {}) =>
    explainPaymentwall(received({ method: 'GET', rawQuery }), { ...account, ...changed }, keys);
  const query = (version: 1 | 2 | 3) =>
    signPingback(
      [
        ['uid', CANARY],
        ['goodsid', 'g'],
        ['type', '0'],
        ['ref', 'b1'],
      ],
      {
        ...{ secretKey: 'another-key', version, api: 'digital_goods' },
      },
    );

  it.each([
    [query(2), 'signed with version 2, the account pins 3'],
    [query(1), 'signed with version 1, the account pins 3'],
    [query(3), 'version 3 as pinned, and the current key of the secret does not fit'],
    [query(3).replace('sign_version=3', `sign_version=${CANARY}`), 'none of 1, 2 and 3; the account pins 3'],
    [`uid=${CANARY}`, 'the query has no sig'],
  ])(
    'the explanation of a refused pingback says the reason and no value of the pingback: $1',
    (rawQuery, sentence) => {
      expect(explain(rawQuery)).toContain(sentence);
      expect(explain(rawQuery)).not.toContain(CANARY);
    },
  );

  it('the explanation of a refused pingback names sourceAddresses where the account checks the source address', () =>
    expect(explain(query(3), { sourceAddresses: 'check' })).toContain('sourceAddresses'));
});

describe('the explanation of a refused event', () => {
  const keys = [{ id: 'current', accessId: 'ours', accessKey: 'key', fingerprint: 'f' }] as const;
  const explain = (headers: Record<string, string>, minimumSignature?: 'SHA512') =>
    explainAmericas(received({ headers }), minimumSignature === undefined ? {} : { minimumSignature }, keys);
  const headers = (accessId: string) =>
    signAmericas({ eventId: CANARY }, { accessId, accessKey: CANARY }).headers;

  it.each([
    [{}, 'no Authorization header'],
    [headers(CANARY), "the access id is none of the secret's"],
    [
      headers('ours'),
      "the access id is the one of the account's current key, and the signature does not fit that key",
    ],
  ] as const)(
    'the explanation of a refused event says the reason and no value of the event: $1',
    (sent, sentence) => {
      expect(explain(sent)).toContain(sentence);
      expect(explain(sent)).not.toContain(CANARY);
    },
  );

  it('the explanation of a refused event names SHA-1 and the minimumSignature SHA512 of the account', () =>
    expect(explain(headers('ours'), 'SHA512')).toContain('signed with SHA-1, the account demands SHA512'));
});

describe('the explanation of a refused Trustly Europe notification', () => {
  const pair = () =>
    generateKeyPairSync('rsa', {
      ...{ modulusLength: 2048 },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
  const account = { policy: { environment: 'sandbox' } } as TrustlyEuropeAccount;
  const signed = signEurope(
    { method: 'credit', uuid: randomUUID(), data: { messageid: CANARY, notificationid: '1' } },
    pair().privateKey,
  );

  it('the explanation of a refused Trustly Europe notification says that no key fits, of the secret or published', () => {
    const sentence = explainEurope(received({ body: Buffer.from(signed.body) }), account);
    expect(sentence).toContain('no key fits, of the secret or published');
    expect(sentence).not.toContain(CANARY);
  });

  it('the explanation of a refused Trustly Europe notification names SHA1 and the minimumSignature RS256', () => {
    const sentence = explainEurope(received({ body: Buffer.from(signed.body) }), {
      ...account,
      minimumSignature: 'RS256',
    });
    expect(sentence).toContain('signed with SHA1, the account demands RS256');
  });

  it('a Trustly Europe notification that cannot be read has no explanation', () =>
    expect(explainEurope(received({ body: Buffer.from(CANARY) }), account)).toBeUndefined());
});
