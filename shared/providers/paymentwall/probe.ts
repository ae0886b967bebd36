/**
 * The stack's own pingbacks, which test its public address: of a type that Paymentwall does not have, for a user that
 * does not exist. Intake recognizes them by their whole text, so that a stranger cannot turn a real pingback into one.
 */
import type { ProviderProbe } from '../provider.ts';
import type { PaymentwallAccount } from './account.ts';
import type { PaymentwallKeys } from './keys.ts';
import { parseQuery } from './query.ts';
import { type SignatureVersion, signatureOf, signedTexts } from './signature.ts';

const BOUGHT: Readonly<Record<PaymentwallAccount['api'], string>> = {
  digital_goods: 'goodsid=payhooks-probe&slength=&speriod=',
  virtual_currency: 'currency=0',
  cart: 'goodsid[0]=payhooks-probe',
};
const HEX_LENGTH: Readonly<Record<SignatureVersion, number>> = { 1: 32, 2: 32, 3: 64 };
const ID = /&ref=payhooks-probe-([0-9]{13})&/;

/** @param id thirteen digits: each probe is a different request, which no cache can answer */
function unsigned({ api, signatureVersion }: PaymentwallAccount, id: string): string {
  const version = signatureVersion === 1 ? '' : `&sign_version=${signatureVersion}`;
  return `uid=payhooks-probe&${BOUGHT[api]}&type=999&ref=payhooks-probe-${id}${version}&sig=`;
}

/** A signature that no key makes, and that a search for a key would not try. */
const forgedQuery = (account: PaymentwallAccount, id: string): string =>
  unsigned(account, id) + '0'.repeat(HEX_LENGTH[account.signatureVersion]);

const request = (query: string) => ({ method: 'GET', query, headers: {} }) as const;

export const probe: ProviderProbe<PaymentwallKeys, PaymentwallAccount> = {
  path: ({ account }) => `/paymentwall/${account}/pingback`,
  signed(account, keys, id) {
    const [project] = keys.projects;
    // Then only Paymentwall's own addresses are accepted, and the probe has none of them.
    if (project === undefined || account.sourceAddresses === 'check') return undefined;
    const text = unsigned(account, id);
    const query = parseQuery(text);
    const signed = query.ok
      ? signedTexts(query.parameters, account.api, account.signatureVersion)[0]
      : undefined;
    if (signed === undefined) return undefined;
    return request(text + signatureOf(signed.text, project.secret, account.signatureVersion));
  },
  forged: (account, id) => request(forgedQuery(account, id)),
  isSigned(message, account) {
    const id = ID.exec(message)?.[1];
    return id !== undefined && message.startsWith(unsigned(account, id));
  },
  isForged({ rawQuery }, account) {
    const id = ID.exec(rawQuery)?.[1];
    return id !== undefined && rawQuery === forgedQuery(account, id);
  },
};
