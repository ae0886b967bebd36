/** The messages about a refused configuration. */

import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../infra/config.ts';
import { americas, europe, paymentwall, problems, withAccount } from './configurations.ts';
import { smallest } from './support.ts';

describe('a secret in the configuration', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----';
  const pasted: [name: string, account: object, value: string][] = [
    ['a secret key by its name', { ...paymentwall, secretKey: 'abc' }, 'abc'],
    ['an access key by its name', { provider: 'trustly-americas', account: 'shop', accessKey: 'k3y' }, 'k3y'],
    ['an object in the shape of a secret', { ...europe, current: { privateKey: 'pem-text' } }, 'pem-text'],
    ['a PEM', { ...europe, account: pem }, pem],
    [
      'a hexadecimal key',
      { ...paymentwall, orderParameter: '0123456789abcdef0123456789abcdef' },
      '0123456789abcdef0123456789abcdef',
    ],
    ['a signing secret', { ...paymentwall, goods: 'whsec_notarealone' }, 'whsec_notarealone'],
  ];
  for (const [name, wrong, value] of pasted) {
    it(`${name} in the configuration is refused, and the value is not shown`, () => {
      const found = problems(withAccount(wrong));
      expect(found.length).toBeGreaterThan(0);
      expect(found[0]).toContain('no secret here: store it in Secrets Manager as');
      expect(found.join('\n')).not.toContain(value);
    });
  }

  it('plain hex is accepted as a tag and as the end user of a test user, another form of a secret is not', () => {
    const hex = '0123456789abcdef0123456789abcdef';
    const testUsers = [{ endUser: hex, until: '2027-01-31' }];
    expect(problems({ ...smallest, tags: { commit: hex } })).toEqual([]);
    expect(problems({ ...smallest, policy: { testUsers } })).toEqual([]);
    expect(problems(withAccount({ ...europe, policy: { testUsers } }))).toEqual([]);
    // Other forms of a credential are refused.
    expect(problems({ ...smallest, tags: { key: 'whsec_notarealone' } })[0]).toContain('no secret here');
  });

  it('an account name of plain hex is refused as a secret, a longer name as too long, each without the value', () => {
    const name = 'abcdef0123456789'.repeat(2);
    expect(problems(withAccount({ ...europe, account: name }))[0]).toContain('no secret here');
    expect(problems(withAccount({ ...europe, account: `${name}0` }))).toEqual([
      'accounts[0].account: found a value that looks like a secret (not shown); allowed: at most 32 characters',
    ]);
  });

  it('a secret in an object in the place of the accounts is not shown', () => {
    const accounts = { ...paymentwall, secretKey: 'sesame' };
    expect(problems({ ...smallest, accounts }).join('\n')).not.toContain('sesame');
  });

  it('the private half of splitTokenKey is refused and not shown, and the public half is accepted', () => {
    const { publicKey: generated } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kty, crv, x, y } = generated.export({ format: 'jwk' });
    const publicKey = { kty, crv, x, y };
    expect(problems(withAccount({ ...americas, splitTokenKey: publicKey }))).toEqual([]);
    const found = problems(withAccount({ ...americas, splitTokenKey: { ...publicKey, d: 'private-part' } }));
    expect(found).toEqual([
      'accounts[0].splitTokenKey.d: found a private key (not shown); allowed: the public half only: kty, crv, x, y',
    ]);
  });
});

describe('the message of a refused configuration', () => {
  it('the message names every problem at once, also after another wrong value', () => {
    const found = problems({
      environment: 'staging',
      target: { type: 'https', url: 'http://x' },
      retention: { evidenceDays: 1 },
      accounts: [
        { provider: 'nobody' },
        { ...europe, kyc: true },
        { ...paymentwall, api: 'cart', signatureVersion: 1 },
      ],
    });
    const paths = [
      'environment',
      'target.url',
      'retention.evidenceDays',
      'accounts[0].provider',
      'accounts[1].decision',
      'accounts[2].signatureVersion',
    ];
    expect(found.map((problem) => problem.split(':')[0])).toEqual(paths);
  });

  it('the message names cdk.json, the context key payhooks and the number of problems', () => {
    expect(() => parseConfig({})).toThrow(
      /^The configuration \(cdk\.json, context key "payhooks"\) has 3 problems:\n {2}payhooks\./,
    );
  });

  it('any JSON value but text causes a ConfigError and no other error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // parseConfig takes a text as the name of a file.
        fc.pre(typeof value !== 'string');
        expect(() => parseConfig(value)).toThrow(ConfigError);
      }),
    );
  });

  it('a wrong value of a known key causes no other error than a ConfigError', () => {
    const key = fc.constantFrom(
      'environment',
      'target',
      'retention',
      'alarmEmail',
      'customDomain',
      'policy',
      'accounts',
    );
    fc.assert(
      fc.property(key, fc.jsonValue(), (name, value) => {
        try {
          parseConfig({ ...smallest, [name]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
