import { expect } from 'vitest';
import { type Config, ConfigError, parseConfig } from '../../infra/config.ts';
import { smallest } from './support.ts';

/** The problems of a configuration, each as "path: found …; allowed: …". */
export function problems(context: unknown): string[] {
  try {
    parseConfig(context);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // The printed message and the list for programs have the same number of problems.
    expect(error.message.split('\n').slice(1)).toHaveLength(error.problems.length);
    return error.problems.map(({ path, found, allowed }) => `${path}: found ${found}; allowed: ${allowed}`);
  }
  return [];
}

export const withAccount = (account: object, settings: object = {}) => ({
  ...smallest,
  ...settings,
  accounts: [account],
});
export const europe = { provider: 'trustly-europe', account: 'shop' };
export const americas = { provider: 'trustly-americas', account: 'shop' };
export const paymentwall = {
  provider: 'paymentwall',
  account: 'shop',
  api: 'digital_goods',
  signatureVersion: 3,
};
export const account = (config: Config, index = 0) => config.accounts[index];

/** A live account must get the amount from an order or from a poll, or its policy must not require an amount. */
export const LIVE = { environment: 'live', policy: { amountCheck: 'when-present' } };
