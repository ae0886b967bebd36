import { describe, expect, it } from 'vitest';
import {
  createSecrets,
  FORCED_INTERVAL_MS,
  MAX_AGE_MS,
  RETRY_INTERVAL_MS,
  SOFT_AGE_MS,
  UNUSABLE_REST_MS,
} from '../../../shared/app/platform/secrets.ts';
import { paymentwall } from '../../../shared/providers/paymentwall/index.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';

const signal = new AbortController().signal;

function bench() {
  const time = { now: 1_000_000 };
  const store = {
    text: '{"v":1}',
    calls: 0,
    error: undefined as Error | undefined,
    held: undefined as Promise<string> | undefined,
    /** The next call is answered when the returned function is called. */
    hold(): (text: string) => void {
      const { promise, resolve } = Promise.withResolvers<string>();
      store.held = promise;
      return resolve;
    },
  };
  const reports: string[] = [];
  let parsed = 0;
  const secrets = createSecrets({
    fetch: async () => {
      store.calls++;
      if (store.error !== undefined) throw store.error;
      const { held } = store;
      store.held = undefined;
      return held ?? store.text;
    },
    clock: () => time.now,
    report: (sentence) => reports.push(sentence),
  });
  const secret = {
    name: 's',
    parse: (value: unknown) => {
      parsed++;
      const { v } = value as { v?: number };
      if (v === undefined) throw new UnusableSecretError('"v" is missing');
      return v;
    },
  };
  const read = () => secrets.read(secret, signal);
  return { time, store, reports, secrets, secret, read, parsed: () => parsed };
}

describe('secrets', () => {
  it('parse once per value, also across refreshes', async () => {
    const { read, secrets, time, parsed, store } = bench();
    await read();
    for (let n = 0; n < 3; n++) {
      time.now += SOFT_AGE_MS;
      await read();
      await secrets.settle(1_000);
    }
    expect(store.calls).toBe(4);
    expect(parsed()).toBe(1);
  });

  it('past the soft age are asked for before they are used', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{"v":2}';
    time.now += SOFT_AGE_MS - 1;
    expect(await read()).toBe(1);
    time.now += 1;
    expect(await read()).toBe(2);
  });

  it('past the soft age wait for a slow store a moment only, and use its answer when it is there', async () => {
    const { read, secrets, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.hold();
    expect(await read()).toBe(1);
    answer('{"v":2}');
    await secrets.settle(1_000);
    expect(await read()).toBe(2);
  });

  it('at the maximum age are used no more while the store is down', async () => {
    const { read, time, store } = bench();
    await read();
    store.error = new Error('down');
    time.now += MAX_AGE_MS - 1;
    expect(await read()).toBe(1);
    time.now += 1;
    await expect(read()).rejects.toThrow('down');
    time.now += 30 * 24 * 3_600_000;
    await expect(read()).rejects.toThrow('down');
    store.error = undefined;
    expect(await read()).toBe(1);
  });

  it('at the maximum age wait for the store as long as it takes', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += MAX_AGE_MS;
    const answer = store.hold();
    const reading = read();
    answer('{"v":2}');
    expect(await reading).toBe(2);
  });

  it('at the maximum age are not good because a half-filled value was stored', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{}';
    time.now += MAX_AGE_MS;
    await expect(read()).rejects.toThrow('"v" is missing');
  });

  it('age from the moment they were asked for: an answer read by an environment that wakes is old', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.hold();
    expect(await read()).toBe(1);
    time.now += MAX_AGE_MS;
    answer('{"v":2}');
    store.text = '{"v":3}';
    expect(await read()).toBe(3);
  });

  it('do not wait for a call that an earlier invocation left behind', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const late = store.hold();
    expect(await read()).toBe(1);
    time.now += MAX_AGE_MS;
    store.text = '{"v":3}';
    expect(await read()).toBe(3);
    late('{"v":2}');
    await Promise.resolve();
    expect(await read()).toBe(3);
  });

  it('are asked for again when the clock was set back', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{"v":2}';
    time.now -= 3_600_000;
    expect(await read()).toBe(2);
  });

  it('that are revoked end at once, other than half-filled ones', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{"revoked":"2026-11-29T00:00:00.000Z"}';
    time.now += SOFT_AGE_MS;
    await expect(read()).rejects.toThrow('is revoked');
    store.text = '{"v":2}';
    time.now += UNUSABLE_REST_MS;
    expect(await read()).toBe(2);
  });

  it('ask once for many readers at the same time', async () => {
    const { read, store } = bench();
    await Promise.all([read(), read(), read()]);
    expect(store.calls).toBe(1);
  });

  it('are served stale while the store is down, asking every half minute', async () => {
    const { read, secrets, time, store, reports } = bench();
    await read();
    store.error = new Error('down');
    time.now += SOFT_AGE_MS;
    for (let n = 0; n < 10; n++) {
      expect(await read()).toBe(1);
      await secrets.settle(1_000);
    }
    expect(store.calls).toBe(2);
    time.now += RETRY_INTERVAL_MS;
    await read();
    await secrets.settle(1_000);
    expect(store.calls).toBe(3);
    expect(reports[0]).toBe('secret s: cannot be read from the secret store');
  });

  it('keep the good value when the new one is half-filled, and say so', async () => {
    const { read, secrets, time, store, reports } = bench();
    await read();
    store.text = '{}';
    time.now += SOFT_AGE_MS;
    await read();
    await secrets.settle(1_000);
    expect(await read()).toBe(1);
    expect(reports).toEqual(['secret s: "v" is missing']);
  });

  it('without an earlier value fail, and recover at the next read', async () => {
    const { read, store } = bench();
    store.error = new Error('down');
    await expect(read()).rejects.toThrow('down');
    store.error = undefined;
    expect(await read()).toBe(1);
  });

  it('that never held anything usable are asked for every ten seconds, however many requests come', async () => {
    const { read, store, time, reports } = bench();
    store.text = '{}';
    for (let n = 0; n < 50; n++) await expect(read()).rejects.toThrow('"v" is missing');
    expect(store.calls).toBe(1);
    expect(reports).toHaveLength(1);
    store.text = '{"v":1}';
    time.now += UNUSABLE_REST_MS;
    expect(await read()).toBe(1);
  });

  it('are forced at most once a minute, and only a change counts', async () => {
    const { read, secrets, secret, time, store } = bench();
    await read();
    expect(await secrets.reread(secret, signal)).toBeUndefined();
    store.text = '{"v":2}';
    expect(await secrets.reread(secret, signal)).toBeUndefined();
    expect(store.calls).toBe(2);
    time.now += FORCED_INTERVAL_MS;
    expect(await secrets.reread(secret, signal)).toBe(2);
  });

  it('a forced refresh that fails changes nothing', async () => {
    const { read, secrets, secret, store } = bench();
    await read();
    store.error = new Error('down');
    expect(await secrets.reread(secret, signal)).toBeUndefined();
    expect(await read()).toBe(1);
  });
});

describe('a secret with a next key that cannot be used', () => {
  const account = {
    provider: 'paymentwall',
    account: 'shop',
    policy: {
      provider: 'paymentwall',
      account: 'shop',
      environment: 'sandbox',
      mode: 'act',
      amountCheck: 'when-present',
      unknownOrder: 'hold',
      grantOn: 'paid',
      regrant: false,
      testUsers: [],
    },
    api: 'digital_goods',
    signatureVersion: 3,
    sourceAddresses: 'any',
    goods: 'digital',
    orderParameter: 'goodsid',
  } as const;

  const reading = async (text: string) => {
    const reports: string[] = [];
    const secrets = createSecrets({
      fetch: async () => text,
      clock: () => 0,
      report: (line) => reports.push(line),
    });
    const secret = { name: 's', parse: (value: unknown) => paymentwall.parseKeys(value, account) };
    return { reports, keys: await secrets.read(secret, signal).catch((error: unknown) => error) };
  };

  it('goes on with the current one, and says so', async () => {
    const whole = await reading('{"current":{"secretKey":"generated-1"}}');
    const broken = await reading('{"current":{"secretKey":"generated-1"},"next":{"secretKey":""}}');
    expect(broken.keys).toEqual(whole.keys);
    expect(broken.reports).toEqual([expect.stringContaining('going on without its next key')]);
    expect(whole.reports).toEqual([]);
  });

  it('is no excuse for a current one that cannot be used either', async () => {
    const broken = await reading('{"current":{"secretKey":""},"next":{"secretKey":""}}');
    expect(broken.keys).toBeInstanceOf(UnusableSecretError);
  });
});
