/**
 * Three accounts with policies that the seed chooses, and the secrets of providers and merchant before and after a
 * rotation.
 */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Account, ProviderName } from '../../shared/providers/index.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { policyOf } from '../support/accounts.ts';
import type { Phase } from './environments.ts';
import type { Random } from './random.ts';

export const ACCOUNT = 'simulated';

export type Generation = 'old' | 'new';
type Both<T> = Readonly<Record<Generation, T>>;

export const ACCESS: Both<{ accessId: string; accessKey: string }> = {
  old: { accessId: 'simulated-access', accessKey: 'simulated-key' },
  new: { accessId: 'simulated-access-2', accessKey: 'simulated-key-2' },
};
export const PAYMENTWALL: Both<{ secretKey: string; projectKey: string }> = {
  old: { secretKey: 'simulated-paymentwall-secret', projectKey: 'simulated-project' },
  new: { secretKey: 'simulated-paymentwall-secret-2', projectKey: 'simulated-project' },
};
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const trustlyKeys = { old: rsa(), new: rsa() };
const merchantKeys = rsa();

const pem = (key: KeyObject): string =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

export const TRUSTLY_PRIVATE_KEY: Both<string> = {
  old: pem(trustlyKeys.old.privateKey),
  new: pem(trustlyKeys.new.privateKey),
};
const TRUSTLY_PUBLIC_KEY: Both<string> = {
  old: pem(trustlyKeys.old.publicKey),
  new: pem(trustlyKeys.new.publicKey),
};
export const MERCHANT_PUBLIC_KEY = pem(merchantKeys.publicKey);
const MERCHANT_PRIVATE_KEY = pem(merchantKeys.privateKey);

/** The secret {"current", "next"?} in a phase of the rotation. */
const rotated = <T>(keys: Both<T>, phase: Phase): { readonly current: T; readonly next?: T } =>
  phase === 'both'
    ? { current: keys.old, next: keys.new }
    : { current: phase === 'old' ? keys.old : keys.new };

export const SECRETS: Readonly<Record<ProviderName, (phase: Phase) => unknown>> = {
  'trustly-americas': (phase) => rotated(ACCESS, phase),
  'trustly-europe': (phase) => ({
    current: { privateKey: MERCHANT_PRIVATE_KEY },
    trustly: {
      ...rotated(TRUSTLY_PUBLIC_KEY, phase),
      // A message that was accepted before the rotation may be on the queue or among its dead letters.
      ...(phase === 'new' ? { previous: [TRUSTLY_PUBLIC_KEY.old] } : {}),
    },
  }),
  paymentwall: (phase) => rotated(PAYMENTWALL, phase),
};

const ENVELOPE: Both<string> = {
  old: 'simulated-envelope-key-0123456789-0123456789-0123456789-01234567',
  new: 'simulated-envelope-key-9876543210-9876543210-9876543210-98765432',
};

/** In every phase, messages that are sealed with the old key can be opened. */
export const ENVELOPE_SECRETS: Readonly<Record<Phase, unknown>> = {
  old: { current: ENVELOPE.old },
  both: { current: ENVELOPE.old, next: ENVELOPE.new },
  new: { current: ENVELOPE.new, previous: [ENVELOPE.old] },
};

export function drawAccounts(random: Random): readonly Account[] {
  return PROVIDERS.map((provider) => drawAccount(provider, random));
}

function drawAccount(provider: ProviderName, random: Random): Account {
  const policy = policyOf(provider, {
    account: ACCOUNT,
    amountCheck: random.chance(0.6) ? 'when-present' : 'required',
    unknownOrder: random.chance(0.3) ? 'trust' : 'hold',
    grantOn: random.chance(0.85) ? 'paid' : 'processing',
    regrant: random.chance(0.2),
    ...(random.chance(0.2) ? { paidAgain: 'grant' as const } : {}),
  });
  const base = { account: ACCOUNT, policy };
  // If the policy requires an amount, the provider is usually polled. Otherwise a poll resolves contradictory evidence.
  const confirm = random.chance(policy.amountCheck === 'required' ? 0.8 : 0.15);
  if (provider === 'trustly-americas') return { provider, ...base, confirm };
  if (provider === 'trustly-europe') {
    const asks = random.chance(0.5);
    const decision = { url: 'https://shop.invalid/decide' };
    return {
      ...{ provider, ...base, replyAlgorithm: 'SHA1', withdrawals: asks, kyc: asks },
      ...(asks ? { decision } : {}),
    };
  }
  const coins = random.chance(0.4);
  return {
    provider,
    ...base,
    api: coins ? 'virtual_currency' : 'digital_goods',
    signatureVersion: 3,
    sourceAddresses: 'any',
    goods: 'digital',
    orderParameter: coins ? 'my_order' : 'goodsid',
    confirm,
  };
}
