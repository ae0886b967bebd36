/** The published vectors through HTTP: a credentials file gives the accounts the keys of the vectors. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOURCE_IP_HEADER } from '../../local/aws/gateway.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { readCredentials } from '../../local/template/credentials.ts';
import paymentwall from '../vectors/paymentwall.json' with { type: 'json' };
import americas from '../vectors/trustly-americas.json' with { type: 'json' };
import europe from '../vectors/trustly-europe.json' with { type: 'json' };
import { accountOf, isWorkedOff, paymentOf, send } from './client.ts';

/** The demo account for a case: one account per API and signature version. */
function accountFor({ api, query, source_ip }: (typeof paymentwall.cases)[number]): string {
  const version = new URLSearchParams(query).get('sign_version') ?? '1';
  if (api === 'cart') return version === '3' ? 'cart-v3' : 'cart';
  const name = api === 'digital_goods' ? 'goods' : 'coins';
  if (name === 'goods' && version === '2' && source_ip !== undefined) return 'goods-checked';
  return version === '3' ? name : `${name}-v${version}`;
}

let folder: string;
let stack: LocalStack;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-vectors-'));
  const { accessId, key } = americas.notification;
  const file = join(folder, 'credentials.json');
  writeFileSync(
    file,
    JSON.stringify({
      'trustly-americas/demo': { current: { accessId, accessKey: key } },
      // Trustly's published test key stays valid; our own signing key is generated.
      'trustly-europe/demo': {},
      ...Object.fromEntries(
        paymentwall.cases.map((vector) => [
          `paymentwall/${accountFor(vector)}`,
          { current: { secretKey: vector.secret } },
        ]),
      ),
    }),
  );
  stack = await startLocalStack({ credentials: readCredentials(file) });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

describe('the published vectors of Paymentwall', () => {
  it.each(paymentwall.cases.map((vector) => [vector.name, vector] as const))(
    'a valid vector of Paymentwall is answered 200 OK, and an invalid vector 401: %s',
    async (_, vector) => {
      const { url } = accountOf(stack, `paymentwall/${accountFor(vector)}`);
      const reply = await send({
        method: 'GET',
        url: `${url}?${vector.query}`,
        headers: { [SOURCE_IP_HEADER]: vector.source_ip },
      });
      expect([reply.status, vector.valid ? reply.body : '']).toEqual(vector.valid ? [200, 'OK'] : [401, '']);
    },
  );
});

describe('the published vectors of Trustly Europe', () => {
  it.each(europe.genuine.filter(({ verified }) => verified).map((vector) => [vector.name, vector] as const))(
    'a vector of Trustly Europe is answered 200, and with another amount 401: %s',
    async (_, { method, uuid, data, signature }) => {
      const { url } = accountOf(stack, 'trustly-europe/demo');
      const post = (changed: object) =>
        send({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            method,
            params: { signature, uuid, data: { ...data, ...changed } },
            version: '1.1',
          }),
        });
      expect((await post({})).status).toBe(200);
      expect((await post({ amount: '1000000.00' })).status).toBe(401);
    },
  );

  it('the account with Trustly’s published key has no demo key', () => {
    expect(accountOf(stack, 'trustly-europe/demo').credentials).not.toHaveProperty('trustly');
  });
});

describe('the published vectors of Trustly Americas', () => {
  const post = (signature: string) => {
    const { accessId, body } = americas.notification;
    return send({
      method: 'POST',
      url: accountOf(stack, 'trustly-americas/demo').url,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${accessId}:${signature}`).toString('base64')}`,
      },
      body,
    });
  };

  it('a notification of Trustly Americas is accepted with a SHA-1 or a SHA-512 signature', async () => {
    const { sha1, sha512 } = americas.notification;
    expect((await post(sha1)).status).toBe(200);
    expect((await post(`HmacSHA512:${sha512}`)).status).toBe(200);
  });

  it.each(Object.entries(americas.notification.mustReject))(
    'a notification of Trustly Americas is answered 401 with a signature %s',
    async (_, signature) => {
      expect((await post(signature)).status).toBe(401);
    },
  );
});

it('the credit of a vector becomes a paid payment, and every queue is empty at the end', async () => {
  await expect.poll(() => isWorkedOff(stack), { timeout: 300_000 }).toBe(true);
  const credited = await paymentOf(stack, 'trustly-europe:demo:3931155141');
  expect(credited?.status).toBe('paid');
});
