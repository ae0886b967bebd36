/** `secrets accepted`: the values of `--since`, and the list of notifications that were accepted under a key. */
import { describe, expect, it } from 'vitest';
import type { Accepted } from '../../../cli/accepted-under.ts';
import { acceptedLines, secretsAccepted, sinceOf } from '../../../cli/commands/secrets-accepted.ts';
import { Flags } from '../../../cli/flags.ts';
import { render } from '../../../cli/output.ts';
import { parseConfig } from '../../../infra/config.ts';
import { printed } from '../run.ts';

const SINCE = '2026-11-29T08:00:00.000Z';
const KEY = { fingerprint: '0123456789abcdef' };

describe('--since', () => {
  it.each([
    ['2026-11-29T08:00:00Z', SINCE],
    ['2026-11-29', '2026-11-29T00:00:00.000Z'],
  ])('--since %s is the time %s', (since, at) => expect(sinceOf(new Flags({ since }))).toBe(at));

  it.each(['yesterday', '12', '2026-13-01', '1764403200'])('--since %s is refused', (since) => {
    expect(() => sinceOf(new Flags({ since }))).toThrow(`--since "${since}" is no time`);
  });
});

describe('the list of accepted notifications', () => {
  const one: Accepted = {
    ...{ receivedAt: SINCE, kept: 'with its payment', certain: true, correlationId: 'c' },
    ...{ payment: 'paymentwall:toy:p1', notification: 'n1', status: 'paid', granted: true },
  };

  it('the list counts a payment once, however many of its notifications were accepted', () => {
    const text = render(acceptedLines([one, { ...one, notification: 'n2' }], KEY, SINCE), false);
    expect(text).toContain(
      '2 notifications accepted with key 0123456789abcdef since 2026-11-29 08:00:00 UTC, goods granted for 1 payment.',
    );
  });

  it('the list says where a notification without a payment is kept, and "perhaps" when the key is not certain', () => {
    const { payment: _, granted: __, ...rest }: Accepted = { ...one, kept: 'in quarantine', certain: false };
    expect(render(acceptedLines([rest], KEY, SINCE), false)).toMatch(/in quarantine .* perhaps/);
  });

  it('the list has no table when nothing was accepted', () => {
    expect(acceptedLines([], KEY, SINCE)).toHaveLength(1);
  });
});

describe('refusals of secrets accepted', () => {
  const config = parseConfig({
    environment: 'sandbox',
    target: { type: 'https', url: 'https://shop.example/hooks' },
    accounts: [{ provider: 'trustly-europe', account: 'shop' }],
  });
  const run = (name: string, key = KEY.fingerprint) =>
    printed(secretsAccepted, { config }, { args: [name], values: { since: '2026-11-29', key } });

  it('secrets accepted refuses a secret with which no provider signs', async () => {
    await expect(run('target')).rejects.toThrow(
      'No provider signs with target, so nothing was accepted with it.',
    );
  });

  it('secrets accepted refuses a --key that is no fingerprint', async () => {
    await expect(run('trustly-europe/shop', 'abc')).rejects.toThrow('--key "abc" is no fingerprint');
  });
});
