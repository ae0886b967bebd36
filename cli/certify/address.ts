/** Checks the form of the registered address, and its TLS; it reads only, so it is allowed in live. */
import { isIP } from 'node:net';
import { type Bench, Findings, type Outcome, type Proof } from './rig.ts';

const isOwnHost = (host: string): boolean =>
  host === 'localhost' || host.startsWith('127.') || host === '[::1]';

/** For a local stack only the form is checked: it has no public name. */
async function shapeOf({ url, isLocal }: Bench, found: Findings): Promise<string> {
  const address = new URL(url);
  found.expect(address.search === '' && !url.includes('?'), 'the address has a question mark');
  if (isLocal) return `${url}: no question mark; HTTPS and TLS are those of the deployed address`;
  found.expect(
    address.protocol === 'https:',
    `the address is ${address.protocol.replace(':', '')} instead of https`,
  );
  found.expect(
    !isOwnHost(address.hostname) && isIP(address.hostname) === 0,
    'the address has no public name',
  );
  return url;
}

const europeUrl: Proof = async (bench) => {
  const found = new Findings();
  const saw = await shapeOf(bench, found);
  return found.outcome('looked at the registered address', saw);
};

async function tlsOf({ url, isLocal, rig }: Bench, found: Findings): Promise<string> {
  if (isLocal || !url.startsWith('https:')) return '';
  const { protocol, acceptsOld } = await rig.tls(new URL(url));
  found.expect(['TLSv1.2', 'TLSv1.3'].includes(protocol), `it speaks ${protocol}`);
  found.expect(acceptsOld !== true, 'it also takes TLS 1.1');
  return `; ${protocol}${acceptsOld === false ? ', TLS 1.1 is refused' : ''}`;
}

const americasAddress: Proof = async (bench): Promise<Outcome> => {
  const found = new Findings();
  const shape = await shapeOf(bench, found);
  const tls = await tlsOf(bench, found);
  const wrong = await bench.rig.keysApart();
  for (const sentence of wrong ?? []) found.expect(false, sentence);
  const keys =
    wrong === undefined
      ? 'the other environment’s keys can’t be read from here'
      : 'keys are this environment’s own';
  return found.outcome('looked at address, TLS and the other environment’s keys', `${shape}${tls}; ${keys}`);
};

export const addressProofs: Readonly<Record<string, Proof>> = { A15: americasAddress, E1: europeUrl };
