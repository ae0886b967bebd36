/** Accounts, secrets and benches for the proofs of `certify`. */
import { generateKeyPairSync } from 'node:crypto';
import type { Bench, Rig } from '../../../cli/certify/rig.ts';
import { type Config, parseConfig } from '../../../infra/config.ts';
import type { TrustlyAmericasAccount } from '../../../shared/providers/trustly-americas/account.ts';

const page = (name: string) => `https://shop.example/${name}`;

export const AMERICAS_SECRET = { current: { accessId: 'an-access-id', accessKey: 'an-access-key' } };
export const AMERICAS_URL = 'https://pay.example.com/hooks/notifications';

export function americasAccount({
  checkout = {},
  ...more
}: Readonly<Record<string, unknown>> & { readonly checkout?: object } = {}): TrustlyAmericasAccount {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { d: _, ...splitTokenKey } = privateKey.export({ format: 'jwk' });
  const { accounts }: Config = parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    accounts: [
      {
        ...{ provider: 'trustly-americas', account: 'shop', splitTokenKey, ...more },
        checkout: {
          ...{ merchantId: '1002463580', ...checkout },
          required: ['customer.phone', 'customer.address.zip'],
          pages: { pending: page('a'), confirmed: page('b'), selection: page('c'), declined: page('d') },
        },
      },
    ],
  });
  return accounts[0] as TrustlyAmericasAccount;
}

export function americasBench(rig: Rig, account = americasAccount()): Bench<TrustlyAmericasAccount> {
  let id = 1_000_000_000;
  return {
    ...{ account, rig, url: AMERICAS_URL, run: 'certify-test', isLocal: false },
    key: AMERICAS_SECRET.current,
    newId: () => String(++id),
  };
}
