/**
 * Every automatic item of `payhooks certify` passes on a stack without a flaw, and fails on the stack with the flaw of
 * the item.
 */
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answerTimes } from '../../../cli/certify/answer-times.ts';
import { certifyAccount, itemsOf, proofs, type Result } from '../../../cli/certify/certify.ts';
import { items, READ_ONLY } from '../../../cli/certify/items.ts';
import { parseConfig } from '../../../infra/config.ts';
import type { Account } from '../../../shared/providers/index.ts';
import { FLAWS, type Flaw, FlawedStack } from './flawed-stack.ts';

const rsa = () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};
const [merchant, trustly] = [rsa(), rsa()];
const { d: _, ...splitTokenKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'jwk',
});
const page = (name: string) => `https://shop.example/${name}`;

const { accounts } = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    {
      ...{ provider: 'trustly-americas', account: 'shop', splitTokenKey, confirm: true },
      checkout: {
        merchantId: '1002463580',
        pages: { pending: page('a'), confirmed: page('b'), selection: page('c'), declined: page('d') },
      },
    },
    { provider: 'trustly-europe', account: 'shop' },
    { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
  ],
});

const SECRETS: Readonly<Record<Account['provider'], Readonly<Record<string, unknown>>>> = {
  'trustly-americas': { current: { accessId: 'an-access-id', accessKey: 'an-access-key' } },
  'trustly-europe': { current: { privateKey: merchant.privateKey }, trustly: { current: trustly.publicKey } },
  paymentwall: { current: { secretKey: 'a-secret-key' } },
};

interface Tried {
  readonly flaw?: Flaw;
  readonly only?: readonly string[];
  readonly isLive?: boolean;
}

async function results(
  account: Account,
  { flaw, only, isLive = false }: Tried = {},
): Promise<readonly Result[]> {
  const base = 'https://pay.example.com/hooks';
  const secret = SECRETS[account.provider];
  const rig = new FlawedStack({ account, secret, base, flaw });
  const bench = {
    ...{ account, rig, run: 'certify-test', isLocal: false, trustlyKey: trustly.privateKey },
    url: flaw === 'E1' ? `${base}/notifications?shop=1` : `${base}/notifications`,
    key: secret.current as Readonly<Record<string, unknown>>,
    newId: () => String(randomInt(1_000_000_000, 9_999_999_999)),
  };
  const subject = { bench, times: [], recorded: async () => ({}) };
  const report = await certifyAccount(subject, { isLive, only, notice: () => {} });
  return report.results;
}

const accountFor = (id: string): Account => {
  const provider = items.find((item) => item.id === id)?.provider;
  const account = accounts.find((each) => each.provider === provider);
  if (account === undefined) throw new Error(`no account for ${id}`);
  return account;
};

const auto = items.filter(({ kind }) => kind === 'auto');

describe('items of certify', () => {
  it('every item has an id of its own, and every auto item has a proof and a flaw', () => {
    const ids = items.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...proofs.keys()].sort()).toEqual(auto.map(({ id }) => id).sort());
    expect(Object.keys(FLAWS).sort()).toEqual(auto.map(({ id }) => id).sort());
  });

  it('every item that is not auto says what a person has to do', () => {
    for (const { kind, todo } of items) if (kind !== 'auto') expect(todo).toMatch(/\S/);
  });
});

describe('a well stack', () => {
  it.each(accounts)('a well stack passes every auto item of $provider', async (account) => {
    const found = await results(account);
    expect(found.filter(({ kind, verdict }) => kind === 'auto' && verdict !== 'pass')).toEqual([]);
    expect(found).toHaveLength(itemsOf(account.provider).length);
  });
});

describe('a broken stack', () => {
  it.each(Object.entries(FLAWS) as [Flaw, string][])(
    'a broken stack fails %s: the stack %s',
    async (id, _) => {
      const [result] = await results(accountFor(id), { flaw: id, only: [id] });
      expect(result).toMatchObject({ id, verdict: 'fail' });
    },
  );
});

describe('a live stack', () => {
  it.each(accounts)(
    'certify tries only the items that read on a live account of $provider',
    async (account) => {
      const tried = (await results(account, { isLive: true })).filter(
        ({ kind, verdict }) => kind === 'auto' && verdict !== 'untried',
      );
      const readOnly = itemsOf(account.provider).filter((item) => READ_ONLY.has(item.id));
      expect(tried.map(({ id }) => id)).toEqual(readOnly.map(({ id }) => id));
    },
  );
});

describe('answer times', () => {
  it('answerTimes gives percentiles and a histogram that counts every answer once', () => {
    const times = answerTimes([...Array.from({ length: 98 }, () => 20), 400, 4_000]);
    expect(times).toMatchObject({ count: 100, p50Ms: 20, p95Ms: 20, maxMs: 4_000, overLimit: 1 });
    expect(times?.histogram.filter(({ count }) => count > 0)).toEqual([
      { upToMs: 25, count: 98 },
      { upToMs: 500, count: 1 },
      { upToMs: undefined, count: 1 },
    ]);
    expect(answerTimes([0.2])?.histogram[0]).toEqual({ upToMs: 10, count: 1 });
    expect(answerTimes([])).toBeUndefined();
  });
});
