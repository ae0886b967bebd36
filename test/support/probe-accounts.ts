/** Accounts of each provider and form that the probe sends self-tests to, with their keys. */
import { generateKeyPairSync } from 'node:crypto';
import { parseConfig } from '../../infra/config.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';

const wall = (account: string, api: string, signatureVersion: number, more: object = {}) => ({
  ...{ provider: 'paymentwall', account, api, signatureVersion },
  ...more,
});

export const { accounts } = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    { provider: 'trustly-americas', account: 'demo' },
    { provider: 'trustly-americas', account: 'strong', minimumSignature: 'SHA512' },
    { provider: 'trustly-europe', account: 'demo' },
    { provider: 'trustly-europe', account: 'strong', minimumSignature: 'RS256' },
    wall('goods-1', 'digital_goods', 1),
    wall('goods-2', 'digital_goods', 2),
    wall('goods-3', 'digital_goods', 3),
    wall('coins-1', 'virtual_currency', 1),
    wall('coins-3', 'virtual_currency', 3),
    wall('cart-2', 'cart', 2),
    wall('cart-3', 'cart', 3),
    wall('checked', 'digital_goods', 3, { sourceAddresses: 'check' }),
  ],
});

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const SECRETS: Readonly<Record<Account['provider'], object>> = {
  'trustly-americas': { current: { accessId: 'an-access-id', accessKey: 'a-key-of-trustly' } },
  'trustly-europe': { current: { privateKey: rsa.privateKey }, trustly: { current: rsa.publicKey } },
  paymentwall: { current: { secretKey: 'a-secret-of-paymentwall' } },
};

export const secretOf = (account: Account): object => SECRETS[account.provider];
export const keysOf = (account: Account): unknown =>
  providers[account.provider].parseKeys(secretOf(account), account);
