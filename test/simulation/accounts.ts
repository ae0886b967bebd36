/** Three accounts, their policies drawn by the seed, and the secrets that both sides know. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { parseEnvelopeKeys } from '../../shared/aws/seal.ts';
import { type AccountPolicy, PROVIDERS, type ProviderName } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/provider.ts';
import type { Random } from './random.ts';

export const ACCOUNT = 'simulated';

export const ACCESS = { accessId: 'simulated-access', accessKey: 'simulated-key' };
export const PAYMENTWALL_SECRET = 'simulated-paymentwall-secret';
const trustlyKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const merchantKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

const pem = (key: KeyObject): string =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

export const TRUSTLY_PRIVATE_KEY = pem(trustlyKeys.privateKey);

export const SECRETS: Readonly<Record<ProviderName, unknown>> = {
  'trustly-americas': { current: ACCESS },
  'trustly-europe': {
    current: { privateKey: pem(merchantKeys.privateKey) },
    trustly: { current: pem(trustlyKeys.publicKey) },
  },
  paymentwall: { current: { secretKey: PAYMENTWALL_SECRET } },
};

export const ENVELOPE_KEYS = parseEnvelopeKeys({
  current: 'simulated-envelope-key-0123456789-0123456789-0123456789-01234567',
});

export function drawAccounts(random: Random): readonly Account[] {
  return PROVIDERS.map((provider) => drawAccount(provider, random));
}

function drawAccount(provider: ProviderName, random: Random): Account {
  const policy: AccountPolicy = {
    provider,
    account: ACCOUNT,
    environment: 'sandbox',
    mode: 'act',
    amountCheck: random.chance(0.8) ? 'when-present' : 'required',
    unknownOrder: random.chance(0.3) ? 'trust' : 'hold',
    grantOn: random.chance(0.85) ? 'paid' : 'processing',
    regrant: random.chance(0.2),
    testUsers: [],
  };
  const base = { account: ACCOUNT, policy };
  if (provider === 'trustly-americas') return { provider, ...base };
  if (provider === 'trustly-europe') {
    return { provider, ...base, replyAlgorithm: 'SHA1', withdrawals: false, kyc: false };
  }
  return {
    provider,
    ...base,
    api: 'digital_goods',
    signatureVersion: 3,
    sourceAddresses: 'any',
    goods: 'digital',
    orderParameter: 'goodsid',
  };
}
