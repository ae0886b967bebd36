/** The two self-tests: the signed one is accepted, the forged one is refused, and no other request is a self-test. */
import { describe, expect, it } from 'vitest';
import { intakePath } from '../../infra/names.ts';
import type { Account } from '../../shared/providers/index.ts';
import { PROVIDERS, providers } from '../../shared/providers/index.ts';
import type { ProbeRequest, ProviderProbe } from '../../shared/providers/provider.ts';
import type { ReceivedRequest } from '../../shared/providers/received.ts';
import { accounts, keysOf } from '../support/probe-accounts.ts';

const ID = '1767225600000';
const probeOf = ({ provider }: Account): ProviderProbe => {
  const { probe } = providers[provider];
  if (probe === undefined) throw new Error(`${provider} has no probe`);
  return probe;
};
const received = ({ method, query, headers, body = '' }: ProbeRequest): ReceivedRequest => ({
  ...{ method, rawQuery: query, headers, body: Buffer.from(body), sourceIp: '192.0.2.1' },
});
const verify = (account: Account, request: ProbeRequest) =>
  providers[account.provider].verify(received(request), account, keysOf(account));
const signedOf = (account: Account): ProbeRequest | undefined =>
  probeOf(account).signed?.(account, keysOf(account), ID);
const named = accounts.map((account): [string, Account] => [
  `${account.provider}/${account.account}`,
  account,
]);
const signing = named.filter(([, account]) => signedOf(account) !== undefined);

it('every provider has a probe', () => {
  expect(PROVIDERS.filter((name) => providers[name].probe === undefined)).toEqual([]);
});

describe.each(named)('%s', (_, account) => {
  it('the probe calls the address that the provider calls', () => {
    expect(probeOf(account).path(account)).toBe(intakePath(account));
  });

  it('the forged self-test is answered 401, and isForged recognises the forged self-test by its whole text', () => {
    const forged = probeOf(account).forged(account, ID);
    expect(verify(account, forged)).toMatchObject({ authentic: false, status: 401 });
    expect(probeOf(account).isForged(received(forged), account)).toBe(true);
    const other = probeOf(account).forged(account, '1767225600001');
    expect(other).not.toEqual(forged);
    expect(probeOf(account).isForged(received(other), account)).toBe(true);
  });

  it('isForged does not recognise a request that differs in a single character from the forged self-test', () => {
    const forged = probeOf(account).forged(account, ID);
    const variants = (text: string) =>
      [...text].map((letter, at) => text.slice(0, at) + (letter === 'b' ? 'c' : 'b') + text.slice(at + 1));
    const others: ProbeRequest[] = [
      ...variants(forged.query).map((query) => ({ ...forged, query })),
      ...variants(forged.body ?? '').map((body) => ({ ...forged, body })),
      ...variants(forged.headers.authorization ?? '').map((authorization) => ({
        ...forged,
        headers: { ...forged.headers, authorization },
      })),
    ];
    const passing = others.filter((request) => probeOf(account).isForged(received(request), account));
    expect(passing).toEqual([]);
  });
});

describe('the signed self-test', () => {
  it('a signed self-test exists only where the key is shared and the source address is not checked', () => {
    const without = named.filter(([, account]) => signedOf(account) === undefined).map(([name]) => name);
    expect(without).toEqual(['trustly-europe/demo', 'trustly-europe/strong', 'paymentwall/checked']);
  });

  it.each(signing)(
    '%s: the signed self-test verifies, isSigned recognises the message, and isForged does not',
    (_, account) => {
      const request = signedOf(account) as ProbeRequest;
      const verdict = verify(account, request);
      if (!verdict.authentic) throw new Error(verdict.reason);
      expect(probeOf(account).isSigned(verdict.message, account)).toBe(true);
      expect(probeOf(account).isForged(received(request), account)).toBe(false);
    },
  );

  it.each(signing)(
    '%s: isSigned does not recognise a message with a further field, a real type or another id',
    (_, account) => {
      const { query, body = '' } = signedOf(account) as ProbeRequest;
      const message = query === '' ? body : query;
      for (const other of [
        `a=1&${message}`,
        message.replace('PayhooksProbe', 'Complete').replace('type=999', 'type=0'),
        message.replace(ID, '1'),
      ])
        expect(probeOf(account).isSigned(other, account), other).toBe(false);
    },
  );

  it('isSigned does not recognise the forged self-test of Trustly Europe', () => {
    const [, europe] = named.find(([name]) => name === 'trustly-europe/demo') as [string, Account];
    const { body = '' } = probeOf(europe).forged(europe, ID);
    expect(probeOf(europe).isSigned(body, europe)).toBe(false);
  });
});
