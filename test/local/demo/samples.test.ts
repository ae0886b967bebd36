/** The notifications on the start screen are genuine, new each time, and safe to paste into a shell. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LocalAccount } from '../../../local/account.ts';
import { curlLines, curlOf, type SignedRequest, sampleRequest } from '../../../local/demo/samples.ts';
import { signPingback } from '../../../local/demo/senders/paymentwall.ts';
import { signBody } from '../../../local/demo/senders/trustly-americas.ts';
import { plainText } from '../../../local/demo/senders/trustly-europe.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const account = (of: object): LocalAccount =>
  ({ account: 'demo', url: 'http://127.0.0.1:1/x', ...of }) as never;
const keys = { accessId: 'id', accessKey: 'key' };
const americas = account({ provider: 'trustly-americas', method: 'POST', credentials: { current: keys } });
const europe = account({
  ...{ provider: 'trustly-europe', method: 'POST' },
  credentials: { current: {}, demo: { trustlyPrivateKey: privateKey } },
});
const paymentwall = (api: string, signatureVersion: number) =>
  account({
    ...{ provider: 'paymentwall', method: 'GET', api, signatureVersion },
    credentials: { current: { secretKey: 's' } },
  });

describe('a sample notification', () => {
  it('a sample of Trustly Americas is signed with the key of the account', () => {
    const { body = '', headers } = sampleRequest(americas) ?? expect.unreachable();
    expect(headers).toEqual(signBody(body, keys).headers);
    expect(new URLSearchParams(body).get('status')).toBe('4');
  });

  it('a sample of Trustly Europe is signed with the demo key, and no demo key means no sample', () => {
    const { body = '' } = sampleRequest(europe) ?? expect.unreachable();
    const { method, params } = JSON.parse(body);
    const text = plainText(method, params.uuid, params.data);
    expect(verify('sha1', text, publicKey, Buffer.from(params.signature, 'base64'))).toBe(true);
    expect(sampleRequest({ ...europe, credentials: { current: {} } } as LocalAccount)).toBeUndefined();
  });

  it.each([
    ['digital_goods', 3, 'goodsid'],
    ['virtual_currency', 1, 'currency'],
    ['cart', 2, 'goodsid[1]'],
  ] as const)(
    'a sample of Paymentwall %s, version %i, has the parameter of the goods and a genuine signature',
    (api, version, bought) => {
      const { url, method, body } = sampleRequest(paymentwall(api, version)) ?? expect.unreachable();
      expect({ method, body }).toEqual({ method: 'GET', body: undefined });
      const params = [...new URL(url).searchParams];
      expect(params.map(([name]) => name)).toContain(bought);
      const unsigned = params.filter(([name]) => name !== 'sig');
      expect(signPingback(unsigned, { secretKey: 's', version, api })).toBe(new URL(url).search.slice(1));
    },
  );

  it.each([
    ['Trustly Americas', americas, ({ body }) => new URLSearchParams(body).get('objectId')],
    ['Trustly Europe', europe, ({ body = '' }) => JSON.parse(body).params.data.orderid],
    ['Paymentwall', paymentwall('cart', 2), ({ url }) => new URL(url).searchParams.get('ref')],
  ] satisfies [string, LocalAccount, (sample: SignedRequest) => unknown][])(
    'each sample of %s is for a new payment',
    (_, of, paymentOf) => {
      const payments = Array.from({ length: 20 }, () => paymentOf(sampleRequest(of) ?? expect.unreachable()));
      for (const payment of payments) expect(payment).toMatch(/^b?\d{10}$/);
      expect(new Set(payments).size).toBe(20);
    },
  );
});

describe('the curl command of a sample', () => {
  const request = { method: 'POST', url: 'http://127.0.0.1/?a=1&b=2', headers: { A: "it's" } } as const;

  it('the shell passes the url, headers and body of the curl command unchanged, whatever characters they have', () => {
    const body = `'; rm -rf "$HOME" \`id\` \\ $(id)`;
    const words = execFileSync('sh', [
      '-c',
      `curl() { printf '%s\\n' "$@"; }; ${curlOf({ ...request, body })}`,
    ]);
    const args = words.toString().trimEnd().split('\n');
    expect(args).toEqual(['-sS', request.url, '-H', "A: it's", '--data-binary', body]);
  });

  it('the curl command has -X only for a method that curl would not choose by default', () => {
    expect(curlOf(request)).toContain('-X POST');
    expect(curlOf({ ...request, method: 'GET' })).not.toContain('-X');
    expect(curlLines(request)).toHaveLength(3);
  });
});
