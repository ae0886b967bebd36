/** Rules about several settings together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { clockProblems } from '../../infra/rules.ts';
import { root } from '../support/source-files.ts';
import { americas, europe, paymentwall, problems, withAccount } from './configurations.ts';
import { smallest, synthesizeStubs } from './support.ts';

describe('the decision hook of an account', () => {
  const decision = { url: 'https://shop.example/decide' };

  it('withdrawals and kyc are refused without a decision hook', () => {
    for (const questions of [['withdrawals'], ['kyc'], ['withdrawals', 'kyc']]) {
      const flags = Object.fromEntries(questions.map((key) => [key, true]));
      const [problem, ...others] = problems(withAccount({ ...europe, ...flags }));
      expect(others).toEqual([]);
      expect(problem).toMatch(
        new RegExp(
          `^accounts\\[0\\]\\.decision: found nothing; allowed: \\{"url".* with ${questions.join(' and ')}: Trustly asks`,
        ),
      );
      expect(problems(withAccount({ ...europe, ...flags, decision }))).toEqual([]);
    }
  });

  it('a decision hook is refused without withdrawals and kyc', () => {
    expect(problems(withAccount({ ...europe, decision }))).toEqual([
      'accounts[0].decision: found a decision hook; allowed: nothing, unless "withdrawals" or "kyc" is true: nobody asks otherwise',
    ]);
  });

  it.each([
    'http://shop.example/decide',
    'https://user:word@shop.example/',
    'https://shop.example/decide?key=1',
    `https://shop.example/${'y'.repeat(200)}`,
    7,
  ])('the decision url %j is refused', (url) => {
    const [problem] = problems(withAccount({ ...europe, kyc: true, decision: { url } }));
    expect(problem).toMatch(
      /^accounts\[0\]\.decision\.url: found .*; allowed: an https:\/\/ URL as a browser writes it, without user/,
    );
  });

  it('more than twelve accounts with questions in a stack are refused', () => {
    const accounts = Array.from({ length: 13 }, (_, index) => ({
      ...{ ...europe, kyc: true, decision },
      account: `shop${index}`,
    }));
    expect(problems({ ...smallest, accounts })).toEqual([
      'accounts: found 13 with withdrawals or kyc; allowed: at most 12 per stack',
    ]);
  });

  it.each(['trustly-americas', 'trustly-europe'])(
    'an account of %s with unknownOrder "trust" is refused in live, and accepted in the sandbox',
    (provider) => {
      const account = { provider, account: 'shop', policy: { unknownOrder: 'trust' } };
      const [found] = problems({ ...withAccount(account), environment: 'live' });
      expect(found).toMatch(/^accounts\[0\]\.policy\.unknownOrder: found "trust"; allowed: "hold" for /);
      expect(problems(withAccount(account)), 'a sandbox may').toEqual([]);
    },
  );

  it('mode "observe" is refused for an account with withdrawals', () => {
    const found = problems(withAccount({ ...europe, withdrawals: true, policy: { mode: 'observe' } }));
    expect(found.join()).toContain(
      'accounts[0].policy.mode: found "observe"; allowed: "act" with withdrawals',
    );
  });

  it('unknownOrder "trust" is refused for an account with withdrawals', () => {
    const found = problems(withAccount({ ...europe, withdrawals: true, policy: { unknownOrder: 'trust' } }));
    expect(found).toHaveLength(2);
    expect(found[1]).toMatch(
      /^accounts\[0\]\.policy\.unknownOrder: found "trust"; allowed: "hold" with withdrawals/,
    );
  });
});

describe('the policy amountCheck "required"', () => {
  const live = (account: object) => problems({ ...withAccount(account), environment: 'live' });
  const whenPresent = { policy: { amountCheck: 'when-present' } };
  const waits = (provider: string, where: string) =>
    `accounts[0].policy.amountCheck: found "required"; allowed: "when-present", or "required" with "confirm": true, ${where}: notifications of ${provider} name no amount, so without polling its API every payment would wait for ever`;

  it('amountCheck "required" is refused in live when neither notification nor API names an amount', () => {
    expect(live(paymentwall)).toEqual([waits('paymentwall', 'in a live environment')]);
    expect(live({ ...paymentwall, confirm: false })).toHaveLength(1);
    expect(live({ ...americas, confirm: false })).toEqual([
      waits('trustly-americas', 'in a live environment'),
    ]);
  });

  it('amountCheck "required" is accepted with confirm, with amounts in notifications, and in the sandbox', () => {
    for (const fine of [{ ...paymentwall, confirm: true }, americas, europe]) expect(live(fine)).toEqual([]);
    for (const fine of [paymentwall, { ...americas, confirm: false }]) {
      expect(live({ ...fine, ...whenPresent })).toEqual([]);
      expect(problems(withAccount(fine))).toEqual([]);
    }
  });

  it('physical goods with amountCheck "required" are refused without confirm, in every environment', () => {
    const boxes = { ...paymentwall, goods: 'physical', policy: { grantOn: 'authorized' } };
    expect(problems(withAccount(boxes))).toEqual([waits('paymentwall', 'for physical goods')]);
    expect(live(boxes)).toEqual([waits('paymentwall', 'for physical goods')]);
    expect(problems(withAccount({ ...boxes, confirm: true }))).toEqual([]);
    const policy = { grantOn: 'authorized', amountCheck: 'when-present' };
    expect(problems(withAccount({ ...boxes, policy }))).toEqual([]);
  });

  it('physical goods are refused unless grantOn is "authorized"', () => {
    for (const grantOn of [undefined, 'paid', 'processing']) {
      const policy = { amountCheck: 'when-present', ...(grantOn === undefined ? {} : { grantOn }) };
      expect(problems(withAccount({ ...paymentwall, goods: 'physical', policy }))).toEqual([
        `accounts[0].policy.grantOn: found "${grantOn ?? 'paid'}"; allowed: "authorized" for "goods": "physical": they are paid only once they are shipped, so any later they would never go out`,
      ]);
    }
  });

  it('the account for physical goods in docs/confirmation.md is accepted, in live as well', () => {
    const guide = readFileSync(join(root, 'docs/confirmation.md'), 'utf8');
    const shown = [...guide.matchAll(/```json\n(\{[^`]*"goods": "physical"[^`]*\})\n```/g)];
    expect(shown).toHaveLength(1);
    const account = JSON.parse(shown[0]?.[1] ?? '') as object;
    expect(problems(withAccount(account))).toEqual([]);
    expect(live(account)).toEqual([]);
  });
});

describe('the names of accounts', () => {
  it('two accounts of one provider with the same name are refused', () => {
    expect(problems({ ...smallest, accounts: [europe, paymentwall, europe] })).toEqual([
      'accounts: found trustly-europe "shop" twice; allowed: names that differ by more than hyphens, each once per provider',
    ]);
  });

  it('two account names that differ by hyphens only are refused', () => {
    const pair = [
      { ...paymentwall, account: 'goods-v2' },
      { ...paymentwall, account: 'goodsv2' },
    ];
    expect(problems({ ...smallest, accounts: pair })[0]).toContain('paymentwall "goods-v2" and "goodsv2"');
  });

  it('more than 60 accounts of one provider are refused', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...paymentwall, account: `shop${index}` }));
    expect(problems({ ...smallest, accounts: many(60) })).toEqual([]);
    expect(problems({ ...smallest, accounts: many(61), probe: false })).toEqual([
      'accounts: found 61 of paymentwall; allowed: at most 60 per provider and stack',
    ]);
  });
});

describe('the setting edgeHeader', () => {
  const publicUrl = 'https://pay.shop.example';
  const check = { provider: 'paymentwall', account: 'w', api: 'digital_goods', signatureVersion: 3 };
  const checking = { ...smallest, accounts: [europe, { ...check, sourceAddresses: 'check' }] };

  it('edgeHeader "count" and "require" are refused without publicUrl', () => {
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

  it('sourceAddresses "check" behind publicUrl is refused without edgeHeader', () => {
    expect(problems(checking)).toEqual([]);
    expect(problems({ ...checking, publicUrl, edgeHeader: 'count' })).toEqual([]);
    expect(problems({ ...checking, publicUrl })).toEqual([
      'accounts[1].sourceAddresses: found "check"; allowed: "any", or "edgeHeader" beside "publicUrl": without it every request has the address of what stands in front',
    ]);
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

  it('a test user is accepted only with a day of the calendar in until', () => {
    for (const day of ['2027-02-28', '2028-02-29']) expect(problems(until(day)), day).toEqual([]);
    for (const day of ['2027-02-31', '2027-02-29', '2027-13-01', '2027-04-31', '27-01-01', 20270101])
      expect(problems(until(day)), String(day)).toEqual([
        `accounts[0].policy.testUsers[0].until: found ${JSON.stringify(day)}; allowed: a day, "2027-01-31"`,
      ]);
  });

  it('until of a live test user must be from today to a year later, checked at deployment only', () => {
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
      // The command line also reads the file long after the deployment, and accepts the old date.
      expect(problems(until(day, 'live')), day).toEqual([]);
    }
  });

  it('a wrong until in the policy for all accounts is reported once', () => {
    const policy = { amountCheck: 'when-present', testUsers: [{ endUser: 'reviewer', until: '2020-01-01' }] };
    const { accounts } = parseConfig({ ...smallest, environment: 'live', policy });
    expect(clockProblems(accounts, now)).toHaveLength(1);
  });

  it('a wrong until of a test user stops synth', () => {
    expect(() => synthesizeStubs(parseConfig(until('2020-01-01', 'live')))).toThrow(
      /^The configuration .+\n {2}payhooks\.accounts\[0\]\.policy\.testUsers\[0\]\.until: found "2020-01-01"; allowed: a day from today/,
    );
  });
});

describe('the setting captureRoleArn', () => {
  it('captureRoleArn is refused without a splitTokenKey', () => {
    const captureRoleArn = 'arn:aws:iam::123456789012:role/capture';
    expect(problems({ ...smallest, captureRoleArn })).toEqual([
      'captureRoleArn: found "arn:aws:iam::123456789012:role/capture"; allowed: nothing, unless an account has a "splitTokenKey": there is no key that it could lock',
    ]);
  });
});
