import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { root } from '../support/source-files.ts';
import { account, europe, LIVE, paymentwall, problems } from './configurations.ts';
import { smallest } from './support.ts';

describe('the defaults of the configuration', () => {
  it('the default policy is strict: amountCheck required, unknownOrder hold, grantOn paid', () => {
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

  it('the policy of an account wins over the policy for all accounts, which wins over the defaults', () => {
    const config = parseConfig({
      ...smallest,
      policy: { amountCheck: 'when-present', grantOn: 'processing' },
      accounts: [{ ...europe, policy: { grantOn: 'authorized' } }, paymentwall],
    });
    expect(account(config, 0)?.policy).toMatchObject({ amountCheck: 'when-present', grantOn: 'authorized' });
    expect(account(config, 1)?.policy).toMatchObject({ amountCheck: 'when-present', grantOn: 'processing' });
  });

  it('every policy has the environment of the configuration', () => {
    const config = parseConfig({ ...smallest, ...LIVE });
    expect(config.accounts.map(({ policy }) => policy.environment)).toEqual(['live', 'live', 'live']);
  });
});

describe('the configuration in cdk.json', () => {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
    context: { payhooks: unknown };
  };

  it('the configuration in cdk.json has the demo accounts in the sandbox', () => {
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

describe('the forms of a configuration', () => {
  it('parseConfig accepts JSON text, as `cdk synth -c payhooks=…` passes the configuration', () => {
    expect(parseConfig(JSON.stringify(smallest))).toEqual(parseConfig(smallest));
    expect(problems('{"environment":')[0]).toContain('found text that is not JSON');
  });

  it('parseConfig accepts the name of a JSON file, for a second environment', () => {
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
