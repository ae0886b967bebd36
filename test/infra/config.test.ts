import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, ConfigError, parseConfig } from '../../infra/config.ts';
import { clockProblems } from '../../infra/rules.ts';
import { smallest, synthesizeStubs } from './support.ts';

const root = resolve(import.meta.dirname, '../..');

/** The problems of a configuration, each as "path: found …; allowed: …". */
function problems(context: unknown): string[] {
  try {
    parseConfig(context);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // What is printed and what a program can read are the same.
    expect(error.message.split('\n').slice(1)).toHaveLength(error.problems.length);
    return error.problems.map(({ path, found, allowed }) => `${path}: found ${found}; allowed: ${allowed}`);
  }
  return [];
}

const withAccount = (account: object, settings: object = {}) => ({
  ...smallest,
  ...settings,
  accounts: [account],
});
const europe = { provider: 'trustly-europe', account: 'shop' };
const americas = { provider: 'trustly-americas', account: 'shop' };
const PAGES = Object.fromEntries(
  ['pending', 'confirmed', 'selection', 'declined'].map((name) => [name, `https://shop.example/${name}`]),
);
/** In live somebody must name an amount, or nobody may ask for one. */
const LIVE = { environment: 'live', policy: { amountCheck: 'when-present' } };
const paymentwall = { provider: 'paymentwall', account: 'shop', api: 'digital_goods', signatureVersion: 3 };
const account = (config: Config, index = 0) => config.accounts[index];

describe('defaults', () => {
  it('are the strict ones', () => {
    const config = parseConfig(smallest);
    expect(config.retention).toEqual({
      evidenceDays: 400,
      idempotencyDays: 90,
      logDays: 90,
      accessLogDays: 14,
    });
    expect(config.onRemoval).toBe('retain');
    expect(account(config)?.policy).toEqual({
      provider: 'trustly-americas',
      account: 'shop',
      environment: 'sandbox',
      mode: 'act',
      amountCheck: 'required',
      unknownOrder: 'hold',
      grantOn: 'paid',
      regrant: false,
      paidAgain: 'hold',
      testUsers: [],
    });
    expect(account(config, 1)).toMatchObject({ replyAlgorithm: 'SHA1', withdrawals: false, kyc: false });
    expect(account(config, 1)).toMatchObject({ minimumSignature: 'SHA1' });
    expect(account(config, 2)).toMatchObject({
      sourceAddresses: 'any',
      goods: 'digital',
      orderParameter: 'goodsid',
    });
  });

  it('give way to the policy for all accounts, and that to the account’s own', () => {
    const config = parseConfig({
      ...smallest,
      policy: { amountCheck: 'when-present', grantOn: 'processing' },
      accounts: [{ ...europe, policy: { grantOn: 'authorized' } }, paymentwall],
    });
    expect(account(config, 0)?.policy).toMatchObject({ amountCheck: 'when-present', grantOn: 'authorized' });
    expect(account(config, 1)?.policy).toMatchObject({ amountCheck: 'when-present', grantOn: 'processing' });
  });

  it('carry the environment into every policy', () => {
    const config = parseConfig({ ...smallest, ...LIVE });
    expect(config.accounts.map(({ policy }) => policy.environment)).toEqual(['live', 'live', 'live']);
  });
});

describe('the configuration that is shipped', () => {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
    context: { payhooks: unknown };
  };

  it('has the demo accounts, in the sandbox', () => {
    const config = parseConfig(context.payhooks);
    expect(config.environment).toBe('sandbox');
    expect(config.accounts.map(({ provider, account: name }) => `${provider}/${name}`)).toEqual([
      'trustly-americas/demo',
      'trustly-europe/demo',
      'paymentwall/goods',
      'paymentwall/goods-v2',
      'paymentwall/goods-v1',
      'paymentwall/coins',
      'paymentwall/coins-v2',
      'paymentwall/coins-v1',
      'paymentwall/cart',
      'paymentwall/cart-v3',
      'paymentwall/goods-checked',
    ]);
    for (const { policy } of config.accounts) {
      expect(policy).toMatchObject({ amountCheck: 'when-present', unknownOrder: 'trust' });
    }
  });
});

describe('a wrong value is named with its key, itself and what is allowed', () => {
  const cases: [name: string, context: unknown, problem: string][] = [
    ['no configuration', undefined, ': found nothing; allowed: an object'],
    ['a list', [], ': found []; allowed: an object'],
    [
      'an environment',
      { ...smallest, environment: 'prod' },
      'environment: found "prod"; allowed: "sandbox", "live"',
    ],
    [
      'no target',
      { ...smallest, target: undefined },
      'target: found nothing; allowed: {"type": "eventbridge"} or {"type": "https", "url": "https://…"}',
    ],
    [
      'an unknown target',
      { ...smallest, target: { type: 'sqs' } },
      'target.type: found "sqs"; allowed: {"type": "eventbridge"} or {"type": "https", "url": "https://…"}',
    ],
    ['no accounts', { ...smallest, accounts: [] }, 'accounts: found []; allowed: at least one account'],
    [
      'accounts as an object',
      { ...smallest, accounts: { shop: europe } },
      'accounts: found {"shop":{"provider":"trustly-europe","account":"shop"}}; allowed: a list of accounts',
    ],
    [
      'an account that is none',
      withAccount(['x']),
      'accounts[0].provider: found nothing; allowed: "trustly-americas", "trustly-europe", "paymentwall"',
    ],
    [
      'a provider',
      withAccount({ ...europe, provider: 'trustly' }),
      'accounts[0].provider: found "trustly"; allowed: "trustly-americas", "trustly-europe", "paymentwall"',
    ],
    [
      'a missing field',
      withAccount({ ...paymentwall, api: undefined }),
      'accounts[0].api: found nothing; allowed: "digital_goods", "virtual_currency", "cart"',
    ],
    [
      'a signature version as text',
      withAccount({ ...paymentwall, signatureVersion: '3' }),
      'accounts[0].signatureVersion: found "3"; allowed: 1, 2, 3',
    ],
    [
      'cart in version 1',
      withAccount({ ...paymentwall, api: 'cart', signatureVersion: 1 }),
      'accounts[0].signatureVersion: found 1; allowed: 2, 3 for "api": "cart"',
    ],
    [
      'a policy value',
      withAccount({ ...europe, policy: { unknownOrder: 'accept' } }),
      'accounts[0].policy.unknownOrder: found "accept"; allowed: "hold", "trust"',
    ],
    [
      'a flag as text',
      withAccount({ ...europe, policy: { regrant: 'yes' } }),
      'accounts[0].policy.regrant: found "yes"; allowed: true or false',
    ],
    [
      'a test user without an end',
      withAccount({ ...paymentwall, policy: { testUsers: [{ endUser: 'reviewer', until: 'soon' }] } }),
      'accounts[0].policy.testUsers[0].until: found "soon"; allowed: a day, "2027-01-31"',
    ],
    [
      'an algorithm',
      withAccount({ ...europe, minimumSignature: 'SHA512' }),
      'accounts[0].minimumSignature: found "SHA512"; allowed: "SHA1", "RS256", "RS384", "RS512"',
    ],
    [
      'a minimum signature of the other Trustly',
      withAccount({ ...americas, minimumSignature: 'RS256' }),
      'accounts[0].minimumSignature: found "RS256"; allowed: "SHA1", "SHA512"',
    ],
    [
      'attempts that are signed weaker than what is demanded of their redirects',
      withAccount({
        ...americas,
        minimumSignature: 'SHA512',
        checkout: { merchantId: '1', pages: PAGES },
      }),
      'accounts[0].checkout.signature: found "SHA1"; allowed: "SHA512" with "minimumSignature": "SHA512": a redirect is signed as its establishData was',
    ],
    [
      'a reply algorithm',
      withAccount({ ...europe, replyAlgorithm: 'RS1' }),
      'accounts[0].replyAlgorithm: found "RS1"; allowed: "SHA1", "RS256", "RS384", "RS512"',
    ],
    [
      'idempotency kept shorter than a redrive may take',
      { ...smallest, retention: { idempotencyDays: 89 } },
      'retention.idempotencyDays: found 89; allowed: a whole number from 90 to 3653 (a redriven message must find its record)',
    ],
    [
      'half a day',
      { ...smallest, retention: { evidenceDays: 400.5 } },
      'retention.evidenceDays: found 400.5; allowed: a whole number from 30 to 3653 (default 400)',
    ],
    [
      'an e-mail address',
      { ...smallest, alarmEmail: 'ops' },
      'alarmEmail: found "ops"; allowed: an e-mail address',
    ],
    [
      'a domain with a scheme',
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
      'real money without orders, where no notification names an amount',
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
      'data that dies with a live stack',
      { ...smallest, ...LIVE, onRemoval: 'destroy' },
      'onRemoval: found "destroy"; allowed: "retain" in live; "destroy" is for the sandbox',
    ],
  ];
  for (const [name, context, problem] of cases) {
    it(name, () => expect(problems(context)).toEqual([problem]));
  }

  it('an endpoint that is not plain https', () => {
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

  it('an account name that is no path segment', () => {
    for (const name of ['Shop', 'a/b', 'a--b', '-a', 'a-', '', 'ä', 'z'.repeat(33), 'a_b', 'a:b']) {
      expect(problems(withAccount({ ...europe, account: name })), name).toHaveLength(1);
    }
    expect(problems(withAccount({ ...europe, account: 'z'.repeat(32) }))).toEqual([]);
    expect(problems(withAccount({ ...europe, account: '0-a-1' }))).toEqual([]);
  });
});

describe('questions that need an answer', () => {
  const decision = { url: 'https://shop.example/decide' };

  it('withdrawals and kyc are refused without an endpoint that decides', () => {
    for (const asked of [['withdrawals'], ['kyc'], ['withdrawals', 'kyc']]) {
      const flags = Object.fromEntries(asked.map((key) => [key, true]));
      const [problem, ...others] = problems(withAccount({ ...europe, ...flags }));
      expect(others).toEqual([]);
      expect(problem).toMatch(
        new RegExp(
          `^accounts\\[0\\]\\.decision: found nothing; allowed: \\{"url".* with ${asked.join(' and ')}: Trustly asks`,
        ),
      );
      expect(problems(withAccount({ ...europe, ...flags, decision }))).toEqual([]);
    }
  });

  it('an endpoint that nobody asks is refused', () => {
    expect(problems(withAccount({ ...europe, decision }))).toEqual([
      'accounts[0].decision: found an endpoint; allowed: nothing, unless "withdrawals" or "kyc" is true: nobody asks otherwise',
    ]);
  });

  it.each([
    'http://shop.example/decide',
    'https://user:word@shop.example/',
    'https://shop.example/decide?key=1',
    `https://shop.example/${'y'.repeat(200)}`,
    7,
  ])('%j is no endpoint', (url) => {
    const [problem] = problems(withAccount({ ...europe, kyc: true, decision: { url } }));
    expect(problem).toMatch(
      /^accounts\[0\]\.decision\.url: found .*; allowed: an https:\/\/ URL as a browser writes it, without user/,
    );
  });

  it('are bounded in number', () => {
    const accounts = Array.from({ length: 13 }, (_, index) => ({
      ...{ ...europe, kyc: true, decision },
      account: `shop${index}`,
    }));
    expect(problems({ ...smallest, accounts })).toEqual([
      'accounts: found 13 with withdrawals or kyc; allowed: at most 12 per stack',
    ]);
  });

  it.each(['trustly-americas', 'trustly-europe'])('%s trusts no unknown order in live', (provider) => {
    const account = { provider, account: 'shop', policy: { unknownOrder: 'trust' } };
    const [found] = problems({ ...withAccount(account), environment: 'live' });
    expect(found).toMatch(/^accounts\[0\]\.policy\.unknownOrder: found "trust"; allowed: "hold" for /);
    expect(problems(withAccount(account)), 'a sandbox may').toEqual([]);
  });

  it('an account that pays out may not only observe: its questions are really answered', () => {
    const found = problems(withAccount({ ...europe, withdrawals: true, policy: { mode: 'observe' } }));
    expect(found.join()).toContain(
      'accounts[0].policy.mode: found "observe"; allowed: "act" with withdrawals',
    );
  });

  it('an account that pays out may not trust unknown orders', () => {
    const found = problems(withAccount({ ...europe, withdrawals: true, policy: { unknownOrder: 'trust' } }));
    expect(found).toHaveLength(2);
    expect(found[1]).toMatch(
      /^accounts\[0\]\.policy\.unknownOrder: found "trust"; allowed: "hold" with withdrawals/,
    );
  });
});

describe('an amount that is required', () => {
  const live = (account: object) => problems({ ...withAccount(account), environment: 'live' });
  const whenPresent = { policy: { amountCheck: 'when-present' } };
  const waits = (provider: string, where: string) =>
    `accounts[0].policy.amountCheck: found "required"; allowed: "when-present", or "required" with "confirm": true, ${where}: notifications of ${provider} name no amount, so without asking its API every payment would wait for ever`;

  it('is refused in live where nobody can name one', () => {
    expect(live(paymentwall)).toEqual([waits('paymentwall', 'in a live environment')]);
    expect(live({ ...paymentwall, confirm: false })).toHaveLength(1);
    expect(live({ ...americas, confirm: false })).toEqual([
      waits('trustly-americas', 'in a live environment'),
    ]);
  });

  it('is fine where the provider is asked, where its notifications name one, and in the sandbox', () => {
    for (const fine of [{ ...paymentwall, confirm: true }, americas, europe]) expect(live(fine)).toEqual([]);
    for (const fine of [paymentwall, { ...americas, confirm: false }]) {
      expect(live({ ...fine, ...whenPresent })).toEqual([]);
      expect(problems(withAccount(fine))).toEqual([]);
    }
  });

  it('keeps physical goods from going out, in every environment', () => {
    const boxes = { ...paymentwall, goods: 'physical', policy: { grantOn: 'authorized' } };
    expect(problems(withAccount(boxes))).toEqual([waits('paymentwall', 'for physical goods')]);
    expect(live(boxes)).toEqual([waits('paymentwall', 'for physical goods')]);
    expect(problems(withAccount({ ...boxes, confirm: true }))).toEqual([]);
    const policy = { grantOn: 'authorized', amountCheck: 'when-present' };
    expect(problems(withAccount({ ...boxes, policy }))).toEqual([]);
  });

  it('is not all: physical goods that wait for "paid" never go out either', () => {
    for (const grantOn of [undefined, 'paid', 'processing']) {
      const policy = { amountCheck: 'when-present', ...(grantOn === undefined ? {} : { grantOn }) };
      expect(problems(withAccount({ ...paymentwall, goods: 'physical', policy }))).toEqual([
        `accounts[0].policy.grantOn: found "${grantOn ?? 'paid'}"; allowed: "authorized" for "goods": "physical": they are paid only once they are shipped, so any later they would never go out`,
      ]);
    }
  });

  it('what the guide shows for physical goods passes, in live as well', () => {
    const guide = readFileSync(join(root, 'docs/confirmation.md'), 'utf8');
    const shown = [...guide.matchAll(/```json\n(\{[^`]*"goods": "physical"[^`]*\})\n```/g)];
    expect(shown).toHaveLength(1);
    const account = JSON.parse(shown[0]?.[1] ?? '') as object;
    expect(problems(withAccount(account))).toEqual([]);
    expect(live(account)).toEqual([]);
  });
});

describe('unknown keys', () => {
  it('are answered with the key that was meant', () => {
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

  it('get no suggestion when nothing is near', () => {
    expect(problems({ ...smallest, zebra: 'striped' })).toEqual([
      'zebra: found an unknown key; allowed: environment, target, retention, alarmEmail, alarmActions, okActions, customDomain, publicUrl, edgeHeader, probe, tracing, rollout, functions, throttles, tags, captureRoleArn, onRemoval, policy, accounts',
    ]);
  });

  it('of another provider are refused', () => {
    expect(problems(withAccount({ ...europe, signatureVersion: 3 }))[0]).toContain(
      'accounts[0].signatureVersion',
    );
  });
});

describe('account names', () => {
  it('are unique per provider', () => {
    expect(problems({ ...smallest, accounts: [europe, paymentwall, europe] })).toEqual([
      'accounts: found trustly-europe "shop" twice; allowed: names that differ by more than hyphens, each once per provider',
    ]);
  });

  it('differ by more than hyphens', () => {
    const pair = [
      { ...paymentwall, account: 'goods-v2' },
      { ...paymentwall, account: 'goodsv2' },
    ];
    expect(problems({ ...smallest, accounts: pair })[0]).toContain('paymentwall "goods-v2" and "goodsv2"');
  });

  it('are limited by what a role can name', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...paymentwall, account: `shop${index}` }));
    expect(problems({ ...smallest, accounts: many(60) })).toEqual([]);
    expect(problems({ ...smallest, accounts: many(61), probe: false })).toEqual([
      'accounts: found 61 of paymentwall; allowed: at most 60 per provider and stack',
    ]);
  });
});

describe('secrets', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----';
  const pasted: [name: string, account: object, value: string][] = [
    ['a secret key by its name', { ...paymentwall, secretKey: 'abc' }, 'abc'],
    ['an access key by its name', { provider: 'trustly-americas', account: 'shop', accessKey: 'k3y' }, 'k3y'],
    ['the shape of a secret', { ...europe, current: { privateKey: 'pem-text' } }, 'pem-text'],
    ['a PEM', { ...europe, account: pem }, pem],
    [
      'hex',
      { ...paymentwall, orderParameter: '0123456789abcdef0123456789abcdef' },
      '0123456789abcdef0123456789abcdef',
    ],
    ['a signing secret', { ...paymentwall, goods: 'whsec_notarealone' }, 'whsec_notarealone'],
  ];
  for (const [name, wrong, value] of pasted) {
    it(`${name}: refused, and not repeated`, () => {
      const found = problems(withAccount(wrong));
      expect(found.length).toBeGreaterThan(0);
      expect(found[0]).toContain('no secret here; secrets live in Secrets Manager');
      expect(found.join('\n')).not.toContain(value);
    });
  }

  it('plain hex is fine as a tag, and as the end user that it may be', () => {
    const hex = '0123456789abcdef0123456789abcdef';
    const testUsers = [{ endUser: hex, until: '2027-01-31' }];
    expect(problems({ ...smallest, tags: { commit: hex } })).toEqual([]);
    expect(problems({ ...smallest, policy: { testUsers } })).toEqual([]);
    expect(problems(withAccount({ ...europe, policy: { testUsers } }))).toEqual([]);
    // Other forms of a credential are not.
    expect(problems({ ...smallest, tags: { key: 'whsec_notarealone' } })[0]).toContain('no secret here');
  });

  it('an account name of plain hex may be one; a longer one is too long, and not shown', () => {
    const name = 'abcdef0123456789'.repeat(2);
    expect(problems(withAccount({ ...europe, account: name }))[0]).toContain('no secret here');
    expect(problems(withAccount({ ...europe, account: `${name}0` }))).toEqual([
      'accounts[0].account: found a value that looks like a secret (not shown); allowed: at most 32 characters',
    ]);
  });

  it('a list that holds one is not shown either', () => {
    const accounts = { ...paymentwall, secretKey: 'sesame' };
    expect(problems({ ...smallest, accounts }).join('\n')).not.toContain('sesame');
  });

  it('the private half of the key for split tokens is refused, the public half is fine', () => {
    const { publicKey: made } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kty, crv, x, y } = made.export({ format: 'jwk' });
    const publicKey = { kty, crv, x, y };
    expect(problems(withAccount({ ...americas, splitTokenKey: publicKey }))).toEqual([]);
    const found = problems(withAccount({ ...americas, splitTokenKey: { ...publicKey, d: 'private-part' } }));
    expect(found).toEqual([
      'accounts[0].splitTokenKey.d: found a private key (not shown); allowed: the public half only: kty, crv, x, y',
    ]);
  });
});

describe('a key for split tokens', () => {
  const point = {
    ...{ kty: 'EC', crv: 'P-256' },
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };
  it('that is no point of its curve is refused: nothing could be sealed to it', () => {
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

describe('the public address', () => {
  it('is a host alone', () => {
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

describe('the header of what stands in front', () => {
  const publicUrl = 'https://pay.shop.example';
  const check = { provider: 'paymentwall', account: 'w', api: 'digital_goods', signatureVersion: 3 };
  const checking = { ...smallest, accounts: [europe, { ...check, sourceAddresses: 'check' }] };

  it('is asked for only where something stands in front', () => {
    expect(parseConfig(smallest).edgeHeader).toBe('off');
    expect(parseConfig({ ...smallest, edgeHeader: 'off' }).edgeHeader).toBe('off');
    for (const edgeHeader of ['count', 'require']) {
      expect(parseConfig({ ...smallest, publicUrl, edgeHeader }).edgeHeader).toBe(edgeHeader);
      expect(problems({ ...smallest, edgeHeader })).toEqual([
        `edgeHeader: found "${edgeHeader}"; allowed: "off", or with "publicUrl" the address of what stands in front and adds the header (CloudFront)`,
      ]);
    }
    expect(problems({ ...smallest, publicUrl, edgeHeader: 'on' })).toEqual([
      'edgeHeader: found "on"; allowed: "off", "count", "require"',
    ]);
  });

  it('is needed to know who sent something', () => {
    expect(problems(checking)).toEqual([]);
    expect(problems({ ...checking, publicUrl, edgeHeader: 'count' })).toEqual([]);
    expect(problems({ ...checking, publicUrl })).toEqual([
      'accounts[1].sourceAddresses: found "check"; allowed: "any", or "edgeHeader" beside "publicUrl": without it every request has the address of what stands in front',
    ]);
  });
});

describe('addresses', () => {
  const to = (url: string) => ({ ...smallest, target: { type: 'https', url } });

  it('are as a browser writes them', () => {
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

  it('fit into the environment of a function', () => {
    const url = (length: number) => 'https://shop.example/'.padEnd(length, 'y');
    expect(problems(to(url(1_000)))).toEqual([]);
    expect(problems(to(url(1_001)))[0]).toContain('at most 1000 characters');
  });

  it('lead out of the function in live', () => {
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
    const asked = { ...europe, kyc: true, decision: { url: 'https://localhost/' } };
    expect(problems({ ...withAccount(asked), environment: 'live' })[0]).toContain('accounts[0].decision.url');
  });
});

describe('a list in the place of an object', () => {
  it.each(['retention', 'policy', 'tags', 'customDomain', 'target'])('%s', (key) => {
    const [problem, ...others] = problems({ ...smallest, [key]: [] });
    expect(others).toEqual([]);
    if (key === 'target') expect(problem).toMatch(/^target\.type: found nothing; allowed: \{"type"/);
    else expect(problem).toBe(`${key}: found []; allowed: an object`);
  });

  it('of an account', () => {
    expect(problems(withAccount({ ...europe, policy: [] }))).toEqual([
      'accounts[0].policy: found []; allowed: an object',
    ]);
    expect(problems(withAccount({ ...europe, kyc: true, decision: ['x'] }))[0]).toBe(
      'accounts[0].decision: found ["x"]; allowed: an object',
    );
  });
});

describe('tags', () => {
  const allowed =
    'at most 45 tags, whose names differ by more than upper and lower case, none of them "application" or "environment", which the stack sets itself';
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'x']));

  it('are few, and tell themselves and ours apart', () => {
    expect(problems({ ...smallest, tags: many(45) })).toEqual([]);
    for (const tags of [many(46), { team: 'a', Team: 'b' }, { application: 'x' }, { Environment: 'x' }]) {
      const [problem, ...others] = problems({ ...smallest, tags });
      expect(others).toEqual([]);
      expect(problem).toMatch(/^tags: found \{.+; allowed: at most 45/);
      expect(problem?.endsWith(allowed)).toBe(true);
    }
  });
});

describe('test users', () => {
  const until = (day: unknown, environment = 'sandbox') => ({
    ...withAccount({ ...europe, policy: { testUsers: [{ endUser: 'reviewer', until: day }] } }),
    environment,
  });
  const now = new Date('2026-11-26T23:00:00Z');
  const late = (day: string, environment = 'live') =>
    clockProblems(parseConfig(until(day, environment)).accounts, now);

  it('end on a day that there is', () => {
    for (const day of ['2027-02-28', '2028-02-29']) expect(problems(until(day)), day).toEqual([]);
    for (const day of ['2027-02-31', '2027-02-29', '2027-13-01', '2027-04-31', '27-01-01', 20270101])
      expect(problems(until(day)), String(day)).toEqual([
        `accounts[0].policy.testUsers[0].until: found ${JSON.stringify(day)}; allowed: a day, "2027-01-31"`,
      ]);
  });

  it('in live neither in the past nor in more than a year, for who deploys', () => {
    for (const day of ['2026-11-26', '2027-11-26', '2027-11-27']) expect(late(day), day).toEqual([]);
    for (const day of ['2026-11-25', '2020-01-01', '2027-11-28', '2199-01-01']) {
      expect(late(day), day).toEqual([
        {
          path: 'accounts[0].policy.testUsers[0].until',
          found: JSON.stringify(day),
          allowed: 'a day from today, 2026-11-26, to 2027-11-27',
        },
      ]);
      expect(late(day, 'sandbox'), day).toEqual([]);
      // The command line reads the same file long after: there it is no reason to stop.
      expect(problems(until(day, 'live')), day).toEqual([]);
    }
  });

  it('of the policy for all accounts are told once', () => {
    const policy = { amountCheck: 'when-present', testUsers: [{ endUser: 'reviewer', until: '2020-01-01' }] };
    const { accounts } = parseConfig({ ...smallest, environment: 'live', policy });
    expect(clockProblems(accounts, now)).toHaveLength(1);
  });

  it('stop the stack', () => {
    expect(() => synthesizeStubs(parseConfig(until('2020-01-01', 'live')))).toThrow(
      /^The configuration .+\n {2}payhooks\.accounts\[0\]\.policy\.testUsers\[0\]\.until: found "2020-01-01"; allowed: a day from today/,
    );
  });
});

describe('a role that captures', () => {
  it('needs a key to capture with', () => {
    const captureRoleArn = 'arn:aws:iam::123456789012:role/capture';
    expect(problems({ ...smallest, captureRoleArn })).toEqual([
      'captureRoleArn: found "arn:aws:iam::123456789012:role/capture"; allowed: nothing, unless an account has a "splitTokenKey": there is no key that it could lock',
    ]);
  });
});

describe('the message', () => {
  it('names every problem at once, also those behind a wrong neighbour', () => {
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

  it('says where to look', () => {
    expect(() => parseConfig({})).toThrow(
      /^The configuration \(cdk\.json, context key "payhooks"\) has 3 problems:\n {2}payhooks\./,
    );
  });

  it('is all that any value can cause', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // A text would be the name of a file.
        fc.pre(typeof value !== 'string');
        expect(() => parseConfig(value)).toThrow(ConfigError);
      }),
    );
  });

  it('is all that any wrong value of a known key can cause', () => {
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

describe('other ways to hand it over', () => {
  it('JSON text, as `cdk synth -c payhooks=…` gives it', () => {
    expect(parseConfig(JSON.stringify(smallest))).toEqual(parseConfig(smallest));
    expect(problems('{"environment":')[0]).toContain('found text that is not JSON');
  });

  it('the name of a file, for a second environment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'payhooks-config-'));
    try {
      const file = join(folder, 'live.json');
      writeFileSync(file, JSON.stringify({ ...smallest, ...LIVE }));
      expect(parseConfig(file).environment).toBe('live');
      expect(problems(join(folder, 'none.json'))[0]).toContain(
        'or the name of a .json file that can be read',
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
