/** The senders of the demo sign as the providers do, by published and documented vectors. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signPingback } from '../../../local/demo/senders/paymentwall.ts';
import {
  establishSignature,
  signBody,
  signNotification as signEvent,
  signRedirect,
} from '../../../local/demo/senders/trustly-americas.ts';
import { checkReply, plainText, signNotification } from '../../../local/demo/senders/trustly-europe.ts';
import paymentwall from '../../vectors/paymentwall.json' with { type: 'json' };
import americas from '../../vectors/trustly-americas.json' with { type: 'json' };
import europe from '../../vectors/trustly-europe.json' with { type: 'json' };

describe('the sender of Trustly Americas', () => {
  const { accessId, key: accessKey, body, sha1, sha512, header } = americas.notification;

  it('the sender of Trustly Americas signs the decoded body with the access key', () => {
    expect(signBody(body, { accessId, accessKey }).headers.authorization).toBe(header);
    const fields = Object.fromEntries(new URLSearchParams(body));
    expect(signEvent(fields, { accessId, accessKey })).toEqual(signBody(body, { accessId, accessKey }));
  });

  it.each([
    ['sha1', sha1],
    ['sha512', `HmacSHA512:${sha512}`],
  ] as const)(
    'the Authorization header of the sender labels a signature of %s as Trustly does',
    (algorithm, signature) => {
      const { authorization = '' } = signBody(body, { accessId, accessKey, algorithm }).headers;
      const text = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
      expect(text).toBe(`${accessId}:${signature}`);
    },
  );

  /** The object {a: {b: '1'}} for the text "a.b=1". */
  function nested(text: string): Record<string, unknown> {
    const groups = Map.groupBy([...new URLSearchParams(text)], ([path]) => path.split('.')[0] ?? '');
    return Object.fromEntries(
      [...groups].map(([name, members]) => {
        const [[path, value] = ['', '']] = members;
        if (path === name) return [name, value];
        const below = members.map(([each, text]): [string, string] => [each.slice(name.length + 1), text]);
        return [name, nested(new URLSearchParams(below).toString())];
      }),
    );
  }

  it('the signature of establishData has the fields in the provider’s order, whatever the order of the members', () => {
    const [whole, without] = americas.establish;
    const text = whole?.string ?? '';
    const shuffled = text.split('&').reverse().join('&');
    const key = { accessKey: whole?.key ?? '' };
    expect(establishSignature(nested(shuffled), key)).toBe(whole?.signature);
    const { displayAmount: _, ...others } = nested(text);
    expect(establishSignature(others, key)).toBe(without?.signature);
  });

  it('a redirect ends with a requestSignature of the whole address', () => {
    const url = signRedirect('https://shop.example/return', { status: '2' }, { accessKey });
    expect(url).toMatch(
      /^https:\/\/shop\.example\/return\?status=2&requestSignature=[^&]+&instantPayoutAvail=true$/,
    );
    expect(url).not.toBe(signRedirect('https://shop.example/return', { status: '3' }, { accessKey }));
  });
});

describe('the sender of Trustly Europe', () => {
  it.each(europe.genuine.filter(({ verified }) => verified).map((each) => [each.name, each] as const))(
    'the sender of Trustly Europe signs the plain text of the vector: %s',
    (_, { method, uuid, data, plain }) => {
      expect(plainText(method, uuid, data).toString()).toBe(plain);
    },
  );

  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const sent = { method: 'credit', uuid: 'u-1' };
  function reply(changed: object = {}, data: object = { status: 'OK' }): string {
    const signature = sign('sha1', plainText(sent.method, sent.uuid, data as never), privateKey);
    const result = { ...sent, signature: signature.toString('base64'), data, ...changed };
    return JSON.stringify({ version: '1.1', result });
  }

  it('checkReply accepts an answer that the merchant signed, and returns its status', () => {
    expect(checkReply(reply(), sent, publicKey)).toEqual({
      ...{ accepted: true, algorithm: 'SHA1', data: { status: 'OK' } },
    });
  });

  it.each([
    ['is no JSON', 'OK', 'not JSON'],
    ['has another version', reply().replace('1.1', '1.0'), 'version'],
    ['has no result', '{"version":"1.1"}', 'result is missing'],
    ['is about another request', reply({ uuid: 'u-2' }), 'uuid is not the one'],
    ['is about another method', reply({ method: 'debit' }), 'method is not the one'],
    ['has no status', reply({}, {}), 'data.status is missing'],
    ['is not signed', reply({ signature: undefined }), 'signature is missing'],
    ['was changed after the signature', reply({ data: { status: 'FAILED' } }), 'does not verify'],
  ])('checkReply refuses an answer that %s', (_, text, problem) => {
    expect(checkReply(text, sent, publicKey)).toEqual({
      accepted: false,
      problem: expect.stringContaining(problem),
    });
  });

  it('the signature of the sender has a prefix alg= for RS512, and no prefix for SHA1', () => {
    const signatureBy = (algorithm: 'SHA1' | 'RS512'): string =>
      JSON.parse(signNotification({ ...sent, data: {} }, privateKey, algorithm).body).params.signature;
    expect(signatureBy('RS512')).toMatch(/^alg=RS512;/);
    expect(signatureBy('SHA1')).not.toContain('alg=');
  });
});

describe('the sender of Paymentwall', () => {
  const genuine = paymentwall.cases.filter(({ query, valid }) => valid && query.includes('sig='));

  it.each(genuine.map((each) => [each.name, each] as const))(
    'the sender of Paymentwall makes the signature of the vector: %s',
    (_, vector) => {
      const params = [...new URLSearchParams(vector.query)];
      const version = Number(new URLSearchParams(vector.query).get('sign_version') ?? 1) as 1 | 2 | 3;
      const signed = signPingback(
        params.filter(([name]) => name !== 'sig'),
        { secretKey: vector.secret, version, api: vector.api as 'cart' },
      );
      const sigOf = (query: string) => new URLSearchParams(query).get('sig');
      expect(sigOf(signed)).toBe(sigOf(vector.query));
    },
  );

  it('a signed pingback has sign_version once, and item 2 of a cart before item 10', () => {
    const credentials = { secretKey: 's', version: 2, api: 'cart' } as const;
    const items = (order: readonly number[]) => order.map((at) => [`goodsid[${at}]`, `g${at}`] as const);
    const [one, other] = [
      signPingback(items([2, 10]), credentials),
      signPingback(items([10, 2]), credentials),
    ];
    expect(new URLSearchParams(one).get('sig')).toBe(new URLSearchParams(other).get('sig'));
    expect(one.match(/sign_version/g)).toHaveLength(1);
    const named = signPingback([...items([2, 10]), ['sign_version', '2']], credentials);
    expect(named.match(/sign_version/g)).toHaveLength(1);
  });
});
