/**
 * The addresses that Paymentwall publishes as its senders. Checking them is optional by its own words ("verifying the
 * signature is sufficient"), and is only meaningful if `sourceIp` is the caller's own address, as API Gateway gives it.
 */

/** Since November 2018: 216.127.71.0 to .255, both included. */
const CURRENT_RANGE = '216.127.71.';

/** Before that. 174.37.14.28 is missing from the newest page; whether it is retired is undocumented. */
const LEGACY: ReadonlySet<string> = new Set([
  '174.36.92.186',
  '174.36.92.187',
  '174.36.92.192',
  '174.36.96.66',
  '174.37.14.28',
]);

/** The same as CIDR ranges, for whoever writes a rule of them. */
export const PAYMENTWALL_RANGES: readonly string[] = [
  `${CURRENT_RANGE}0/24`,
  ...[...LEGACY].map((address) => `${address}/32`),
];

/** No leading zeros: some parsers read them as octal. */
const OCTET = '(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const MAPPED = /^::ffff:/i;

/** Accepts "216.127.71.25" and the same address as mapped IPv6. */
export function isPaymentwallAddress(address: string): boolean {
  const ipv4 = address.replace(MAPPED, '');
  return IPV4.test(ipv4) && (ipv4.startsWith(CURRENT_RANGE) || LEGACY.has(ipv4));
}
