/**
 * Signs pingbacks like Paymentwall, for the local stack, the demo and tests. Never deployed; written independently of
 * shared/providers/paymentwall, so that the two check each other.
 */
import { createHash } from 'node:crypto';

export interface PaymentwallCredentials {
  readonly secretKey: string;
  readonly version: 1 | 2 | 3;
  readonly api: 'digital_goods' | 'virtual_currency' | 'cart';
}

const VERSION_1 = {
  digital_goods: ['uid', 'goodsid', 'slength', 'speriod', 'type', 'ref'],
  virtual_currency: ['uid', 'currency', 'type', 'ref'],
  cart: ['uid', 'goodsid', 'type', 'ref'],
};

/**
 * Returns a query string: the parameters in their order, `sign_version` (versions 2 and 3, unless present) and `sig`.
 * @example signPingback([['uid', 'u1'], ['goodsid', 'gold'], ['type', '0'], ['ref', 'b1']], credentials)
 */
export function signPingback(
  params: readonly (readonly [string, string])[],
  { secretKey, version, api }: PaymentwallCredentials,
): string {
  const isNamed = params.some(([name]) => name === 'sign_version');
  const sent = version === 1 || isNamed ? params : [...params, ['sign_version', String(version)] as const];
  const values = new Map(sent);
  const signed =
    version === 1
      ? VERSION_1[api].map((name) => [name, values.get(name) ?? ''] as const)
      : [...sent].sort(([a], [b]) => compareNames(a, b));
  const base = signed.map(([name, value]) => `${name}=${value}`).join('');
  const sig = createHash(version === 3 ? 'sha256' : 'md5')
    .update(base + secretKey, 'utf8')
    .digest('hex');
  const query = new URLSearchParams(sent.map(([name, value]): [string, string] => [name, value]));
  query.append('sig', sig);
  return query.toString();
}

/** Compares by root, then by index: goodsid[2] before goodsid[10]. */
function compareNames(a: string, b: string): number {
  const [[rootA, keyA], [rootB, keyB]] = [parts(a), parts(b)];
  if (rootA !== rootB) return Buffer.compare(Buffer.from(rootA), Buffer.from(rootB));
  const areIndexes = /^\d+$/.test(keyA) && /^\d+$/.test(keyB);
  return areIndexes ? Number(keyA) - Number(keyB) : Buffer.compare(Buffer.from(keyA), Buffer.from(keyB));
}

function parts(name: string): [root: string, key: string] {
  const [root = name, key = ''] = name.split('[');
  return [root, key.replace(/\]$/, '')];
}
