/** The allowed values of a single setting. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { americas, europe, LIVE, paymentwall, problems, withAccount } from './configurations.ts';
import { smallest } from './support.ts';

const PAGES = Object.fromEntries(
  ['pending', 'confirmed', 'selection', 'declined'].map((name) => [name, `https://shop.example/${name}`]),
);

describe('the message of a wrong value', () => {
  const cases: [name: string, context: unknown, problem: string][] = [
    ['no configuration', undefined, ': found nothing; allowed: an object'],
    ['a list as configuration', [], ': found []; allowed: an object'],
    [
      'an unknown environment',
      { ...smallest, environment: 'prod' },
      'environment: found "prod"; allowed: "sandbox", "live"',
    ],
    [
      'a missing target',
      { ...smallest, target: undefined },
      'target: found nothing; allowed: {"type": "eventbridge"} or {"type": "https", "url": "https://…"}',
    ],
    [
      'an unknown target type',
      { ...smallest, target: { type: 'sqs' } },
      'target.type: found "sqs"; allowed: {"type": "eventbridge"} or {"type": "https", "url": "https://…"}',
    ],
    [
      'an empty list of accounts',
      { ...smallest, accounts: [] },
      'accounts: found []; allowed: at least one account',
    ],
    [
      'accounts as an object',
      { ...smallest, accounts: { shop: europe } },
      'accounts: found {"shop":{"provider":"trustly-europe","account":"shop"}}; allowed: a list of accounts',
    ],
    [
      'an account that is no object with a provider',
      withAccount(['x']),
      'accounts[0].provider: found nothing; allowed: "trustly-americas", "trustly-europe", "paymentwall"',
    ],
    [
      'an unknown provider',
      withAccount({ ...europe, provider: 'trustly' }),
      'accounts[0].provider: found "trustly"; allowed: "trustly-americas", "trustly-europe", "paymentwall"',
    ],
    [
      'a missing api',
      withAccount({ ...paymentwall, api: undefined }),
      'accounts[0].api: found nothing; allowed: "digital_goods", "virtual_currency", "cart"',
    ],
    [
      'a signature version as text',
      withAccount({ ...paymentwall, signatureVersion: '3' }),
      'accounts[0].signatureVersion: found "3"; allowed: 1, 2, 3',
    ],
    [
      'api "cart" with signatureVersion 1',
      withAccount({ ...paymentwall, api: 'cart', signatureVersion: 1 }),
      'accounts[0].signatureVersion: found 1; allowed: 2, 3 for "api": "cart"',
    ],
    [
      'an unknown value of unknownOrder',
      withAccount({ ...europe, policy: { unknownOrder: 'accept' } }),
      'accounts[0].policy.unknownOrder: found "accept"; allowed: "hold", "trust"',
    ],
    [
      'a flag as text',
      withAccount({ ...europe, policy: { regrant: 'yes' } }),
      'accounts[0].policy.regrant: found "yes"; allowed: true or false',
    ],
    [
      'a test user without a day in until',
      withAccount({ ...paymentwall, policy: { testUsers: [{ endUser: 'reviewer', until: 'soon' }] } }),
      'accounts[0].policy.testUsers[0].until: found "soon"; allowed: a day, "2027-01-31"',
    ],
    [
      'an unknown minimumSignature',
      withAccount({ ...europe, minimumSignature: 'SHA512' }),
      'accounts[0].minimumSignature: found "SHA512"; allowed: "SHA1", "RS256", "RS384", "RS512"',
    ],
    [
      'a minimumSignature of Trustly Europe for Trustly Americas',
      withAccount({ ...americas, minimumSignature: 'RS256' }),
      'accounts[0].minimumSignature: found "RS256"; allowed: "SHA1", "SHA512"',
    ],
    [
      'a checkout signature weaker than minimumSignature',
      withAccount({
        ...americas,
        minimumSignature: 'SHA512',
        checkout: { merchantId: '1', pages: PAGES },
      }),
      'accounts[0].checkout.signature: found "SHA1"; allowed: "SHA512" with "minimumSignature": "SHA512": a redirect is signed as its establishData was',
    ],
    [
      'an unknown replyAlgorithm',
      withAccount({ ...europe, replyAlgorithm: 'RS1' }),
      'accounts[0].replyAlgorithm: found "RS1"; allowed: "SHA1", "RS256", "RS384", "RS512"',
    ],
    [
      'an idempotencyDays below 90',
      { ...smallest, retention: { idempotencyDays: 89 } },
      'retention.idempotencyDays: found 89; allowed: a whole number from 90 to 3653 (a redriven message must find its record)',
    ],
    [
      'half a day in evidenceDays',
      { ...smallest, retention: { evidenceDays: 400.5 } },
      'retention.evidenceDays: found 400.5; allowed: a whole number from 30 to 3653 (default 400)',
    ],
    [
      'an alarmEmail that is no e-mail address',
      { ...smallest, alarmEmail: 'ops' },
      'alarmEmail: found "ops"; allowed: an e-mail address',
    ],
    [
      'a customDomain with a scheme',
      {
        ...smallest,
        customDomain: {
          name: 'https://pay.example.com',
          certificateArn:
            'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000',
        },
      },
      'customDomain.name: found "https://pay.example.com"; allowed: a host name, "payhooks.example.com"',
    ],
    [
      'unknownOrder "trust" in live for a provider without amounts',
      {
        environment: 'live',
        target: smallest.target,
        accounts: [
          {
            provider: 'trustly-americas',
            account: 'shop',
            policy: { unknownOrder: 'trust' },
          },
        ],
      },
      'accounts[0].policy.unknownOrder: found "trust"; allowed: "hold" for trustly-americas in a live environment: its notifications name no amount, so goods need a registered order',
    ],
    [
      'onRemoval "destroy" in live',
      { ...smallest, ...LIVE, onRemoval: 'destroy' },
      'onRemoval: found "destroy"; allowed: "retain" in live; "destroy" is for the sandbox',
    ],
  ];
  for (const [name, context, problem] of cases) {
    it(`${name} is refused with key, value and allowed values`, () =>
      expect(problems(context)).toEqual([problem]));
  }

  it('a target url that is not plain https is refused', () => {
    for (const url of [
      'http://shop.example/hook',
      'https://user:word@shop.example/hook',
      'https://shop.example/hook?key=1',
      'https://shop.example/hook#a',
      'shop.example',
    ]) {
      expect(problems({ ...smallest, target: { type: 'https', url } }), url).toHaveLength(1);
    }
    expect(problems({ ...smallest, target: { type: 'https', url: 'https://shop.example/hook' } })).toEqual(
      [],
    );
  });

  it('an account name that is no path segment is refused', () => {
    for (const name of ['Shop', 'a/b', 'a--b', '-a', 'a-', '', 'ä', 'z'.repeat(33), 'a_b', 'a:b']) {
      expect(problems(withAccount({ ...europe, account: name })), name).toHaveLength(1);
    }
    expect(problems(withAccount({ ...europe, account: 'z'.repeat(32) }))).toEqual([]);
    expect(problems(withAccount({ ...europe, account: '0-a-1' }))).toEqual([]);
  });
});

describe('an unknown key in the configuration', () => {
  it('an unknown key is refused with the key that was probably meant', () => {
    expect(problems({ ...smallest, retentoin: {} })).toEqual([
      'retentoin: found an unknown key (did you mean "retention"?); allowed: environment, target, retention, alarmEmail, alarmActions, okActions, customDomain, publicUrl, edgeHeader, probe, tracing, rollout, functions, throttles, tags, captureRoleArn, onRemoval, policy, accounts',
    ]);
    expect(problems(withAccount({ ...europe, Withdrawal: true }))[0]).toContain(
      'did you mean "withdrawals"?',
    );
    expect(problems(withAccount({ ...europe, policy: { testusers: [] } }))[0]).toContain(
      'did you mean "testUsers"?',
    );
  });

  it('an unknown key without a similar key is refused without a suggestion', () => {
    expect(problems({ ...smallest, zebra: 'striped' })).toEqual([
      'zebra: found an unknown key; allowed: environment, target, retention, alarmEmail, alarmActions, okActions, customDomain, publicUrl, edgeHeader, probe, tracing, rollout, functions, throttles, tags, captureRoleArn, onRemoval, policy, accounts',
    ]);
  });

  it('a key of another provider is refused', () => {
    expect(problems(withAccount({ ...europe, signatureVersion: 3 }))[0]).toContain(
      'accounts[0].signatureVersion',
    );
  });
});

describe('the setting splitTokenKey', () => {
  const point = {
    ...{ kty: 'EC', crv: 'P-256' },
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };
  it('splitTokenKey is refused when x and y are no point of the curve', () => {
    expect(problems(withAccount({ ...americas, splitTokenKey: { ...point, kid: 'one' } }))).toEqual([]);
    for (const wrong of [
      { x: point.y },
      { y: point.x },
      { y: `${point.y.slice(0, -1)}8` },
      { x: 'A'.repeat(43) },
    ]) {
      expect(problems(withAccount({ ...americas, splitTokenKey: { ...point, ...wrong } }))).toEqual([
        'accounts[0].splitTokenKey: found an object; allowed: the public half of a P-256 key pair, whose x and y are a point of that curve',
      ]);
    }
  });
});

describe('the setting publicUrl', () => {
  it('publicUrl is accepted only as "https://" and a host name', () => {
    expect(parseConfig({ ...smallest, publicUrl: 'https://pay.shop.example' }).publicUrl).toBe(
      'https://pay.shop.example',
    );
    for (const publicUrl of [
      ...[
        'http://pay.shop.example',
        'https://pay.shop.example/',
        'https://pay.shop.example/hooks',
        'pay.shop.example',
      ],
      ...[
        'https://u@pay.shop.example',
        'https://pay.shop.example?a',
        'https://pay.shop.example#a',
        'https://Pay.shop.example',
      ],
      ...['https://pay.shop.example:8443', ' https://pay.shop.example', 'https://pay.shop\t.example', 7],
    ]) {
      expect(problems({ ...smallest, publicUrl })).toEqual([
        `publicUrl: found ${JSON.stringify(publicUrl)}; allowed: "https://" and a host name, without path, port, user, password, query and fragment`,
      ]);
    }
  });
});

describe('the url of a target or of a decision hook', () => {
  const to = (url: string) => ({ ...smallest, target: { type: 'https', url } });

  it('a url is accepted only in the form that a browser writes', () => {
    for (const url of ['https://shop.example', 'https://shop.example/', 'https://shop.example:8443/a%20b'])
      expect(problems(to(url)), url).toEqual([]);
    for (const url of [
      ...[
        ' https://shop.example/',
        'https://shop.example/a b',
        'https://shop.example/\ta',
        'https://shop.example/a\n',
      ],
      ...[
        'https://Shop.example/',
        'HTTPS://shop.example/',
        'https://shop.example/a/../b',
        'https:/shop.example/',
      ],
      ...['https://shop.example:443/', 'https://2130706433/', 'https://sh\u00f6p.example/'],
    ])
      expect(problems(to(url))[0], url).toMatch(
        /^target\.url: found ".+"; allowed: an https:\/\/ URL as a browser writes it, without user/s,
      );
  });

  it('a target url of more than 1,000 characters is refused', () => {
    const url = (length: number) => 'https://shop.example/'.padEnd(length, 'y');
    expect(problems(to(url(1_000)))).toEqual([]);
    expect(problems(to(url(1_001)))[0]).toContain('at most 1000 characters');
  });

  it('a url to localhost, loopback or a link-local address is refused in live', () => {
    const inLive = (url: string) => problems({ ...to(url), ...LIVE });
    expect(inLive('https://shop.example/')).toEqual([]);
    for (const host of [
      ...['localhost', 'shop.localhost', '127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254'],
      ...['[::1]', '[::]', '[fe80::1]', '[::ffff:7f00:1]'],
    ]) {
      expect(inLive(`https://${host}/hook`), host).toEqual([
        `target.url: found "${host}"; allowed: a host that is reached from outside, in live: not localhost, loopback or link-local`,
      ]);
      expect(problems(to(`https://${host}/hook`)), host).toEqual([]);
    }
    const withKyc = { ...europe, kyc: true, decision: { url: 'https://localhost/' } };
    expect(problems({ ...withAccount(withKyc), environment: 'live' })[0]).toContain(
      'accounts[0].decision.url',
    );
  });
});

describe('a list in the place of an object', () => {
  it.each(['retention', 'policy', 'tags', 'customDomain', 'target'])(
    'a list in the place of the object %s is refused',
    (key) => {
      const [problem, ...others] = problems({ ...smallest, [key]: [] });
      expect(others).toEqual([]);
      if (key === 'target') expect(problem).toMatch(/^target\.type: found nothing; allowed: \{"type"/);
      else expect(problem).toBe(`${key}: found []; allowed: an object`);
    },
  );

  it('a list in the place of the policy or the decision of an account is refused', () => {
    expect(problems(withAccount({ ...europe, policy: [] }))).toEqual([
      'accounts[0].policy: found []; allowed: an object',
    ]);
    expect(problems(withAccount({ ...europe, kyc: true, decision: ['x'] }))[0]).toBe(
      'accounts[0].decision: found ["x"]; allowed: an object',
    );
  });
});

describe('the setting tags', () => {
  const allowed =
    'at most 45 tags, whose names differ by more than upper and lower case, none of them "application" or "environment", which the stack sets itself';
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'x']));

  it('more than 45 tags, names that differ by case only, and the names of the stack’s own tags are refused', () => {
    expect(problems({ ...smallest, tags: many(45) })).toEqual([]);
    for (const tags of [many(46), { team: 'a', Team: 'b' }, { application: 'x' }, { Environment: 'x' }]) {
      const [problem, ...others] = problems({ ...smallest, tags });
      expect(others).toEqual([]);
      expect(problem).toMatch(/^tags: found \{.+; allowed: at most 45/);
      expect(problem?.endsWith(allowed)).toBe(true);
    }
  });
});
