/** Checks the form of the registered address, and its TLS; it reads only, so it is allowed in live. */
import { isIP } from 'node:net';
import type { Bench, Findings, Proof } from './rig.ts';

const isOwnHost = (host: string): boolean =>
  host === 'localhost' || host.startsWith('127.') || host === '[::1]';

/** For a local stack only the form is checked: it has no public name. */
function checkForm({ url, isLocal }: Bench, found: Findings): string {
  const address = new URL(url);
  found.expect(address.search === '' && !url.includes('?'), 'the address has a question mark');
  if (isLocal) return `${url}: no question mark; HTTPS and TLS can be checked at a deployed address only`;
  const isPublic = !isOwnHost(address.hostname) && isIP(address.hostname) === 0;
  found.expect(address.protocol === 'https:', `the address uses ${address.protocol} instead of https:`);
  found.expect(isPublic, 'the address has no public name');
  return url;
}

const europeUrl: Proof = async (bench, found) =>
  found.outcome('read the registered address', checkForm(bench, found));

async function checkTls({ url, isLocal, rig }: Bench, found: Findings): Promise<string> {
  if (isLocal || !url.startsWith('https:')) return '';
  const { protocol, acceptsOld } = await rig.tls(new URL(url));
  found.expect(['TLSv1.2', 'TLSv1.3'].includes(protocol), `the address uses ${protocol}`);
  found.expect(acceptsOld !== true, 'the address also accepts TLS 1.1');
  return `; ${protocol}${acceptsOld === false ? ', TLS 1.1 is refused' : ''}`;
}

const americasAddress: Proof = async (bench, found) => {
  const form = checkForm(bench, found);
  const tls = await checkTls(bench, found);
  const shared = await bench.rig.sharedKeys();
  for (const sentence of shared ?? []) found.expect(false, sentence);
  const keys =
    shared === undefined
      ? 'the keys of the other environment cannot be read from this computer'
      : 'no key is also in the other environment';
  return found.outcome(
    'read the address, its TLS and the keys of the other environment',
    `${form}${tls}; ${keys}`,
  );
};

export const addressProofs: Readonly<Record<string, Proof>> = { A15: americasAddress, E1: europeUrl };
