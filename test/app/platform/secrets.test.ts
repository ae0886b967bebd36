import { describe, expect, it, vi } from 'vitest';
import {
  accountSecretName,
  createSecrets,
  decisionSecretName,
  envelopeSecretName,
  FORCED_INTERVAL_MS,
  MAX_AGE_MS,
  RETRY_INTERVAL_MS,
  RevokedSecretError,
  SOFT_AGE_MS,
  targetSecretName,
  UNUSABLE_PAUSE_MS,
} from '../../../shared/app/platform/secrets.ts';
import { paymentwall } from '../../../shared/providers/paymentwall/index.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';
import { paymentwallAccount } from '../../support/accounts.ts';

const signal = new AbortController().signal;
/** Waits until all pending promises have run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

function bench() {
  const time = { now: 1_000_000 };
  const store = {
    text: '{"v":1}',
    calls: 0,
    error: undefined as Error | undefined,
    held: undefined as Promise<string> | undefined,
    /** Delays the answer to the next call until the returned function is called. */
    hold: (): ((text: string) => void) => store.holding().resolve,
    /** Delays the answer to the next call, which may also be a failure. */
    holding(): PromiseWithResolvers<string> {
      const answer = Promise.withResolvers<string>();
      store.held = answer.promise;
      return answer;
    },
  };
  const reports: string[] = [];
  const errors: unknown[] = [];
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
    report: (sentence, error) => {
      reports.push(sentence);
      errors.push(error);
    },
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
  return { time, store, reports, errors, secrets, secret, read, parsed: () => parsed };
}

describe('secrets', () => {
  it('a secret is parsed once per value, also after refreshes', async () => {
    const { read, secrets, time, parsed, store } = bench();
    await read();
    for (let n = 0; n < 3; n++) {
      time.now += SOFT_AGE_MS;
      await read();
      await secrets.waitForRefreshes(1_000);
    }
    expect(store.calls).toBe(4);
    expect(parsed()).toBe(1);
  });

  it('a secret past SOFT_AGE_MS is refreshed before use', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{"v":2}';
    time.now += SOFT_AGE_MS - 1;
    expect(await read()).toBe(1);
    time.now += 1;
    expect(await read()).toBe(2);
  });

  it('a secret past SOFT_AGE_MS is used while the store is slow, and the late answer is used afterwards', async () => {
    const { read, secrets, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.hold();
    expect(await read()).toBe(1);
    answer('{"v":2}');
    await secrets.waitForRefreshes(1_000);
    expect(await read()).toBe(2);
  });

  it('a secret past MAX_AGE_MS is not used while the store is down', async () => {
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

  it('a read of a secret at MAX_AGE_MS waits for the slow store', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += MAX_AGE_MS;
    const answer = store.hold();
    const reading = read();
    answer('{"v":2}');
    expect(await reading).toBe(2);
  });

  it('a secret at MAX_AGE_MS is not used when the stored value is unusable', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{}';
    time.now += MAX_AGE_MS;
    await expect(read()).rejects.toThrow('"v" is missing');
  });

  it('a secret ages from the time of its request: an answer after MAX_AGE_MS is requested again', async () => {
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

  it('a read of a secret does not wait for a call that an earlier invocation left behind', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const late = store.hold();
    expect(await read()).toBe(1);
    time.now += MAX_AGE_MS;
    store.text = '{"v":3}';
    expect(await read()).toBe(3);
    late('{"v":2}');
    await turn();
    expect(await read()).toBe(3);
  });

  it('a secret is requested again when the clock was set back', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{"v":2}';
    time.now -= 3_600_000;
    expect(await read()).toBe(2);
  });

  it('a revoked secret ends at once, and a new value is used after UNUSABLE_PAUSE_MS', async () => {
    const { read, time, store } = bench();
    await read();
    store.text = '{"revoked":"2026-11-29T00:00:00.000Z"}';
    time.now += SOFT_AGE_MS;
    await expect(read()).rejects.toThrow('is revoked');
    store.text = '{"v":2}';
    time.now += UNUSABLE_PAUSE_MS;
    expect(await read()).toBe(2);
  });

  it('concurrent first reads of a secret share one call of the store', async () => {
    const { read, store } = bench();
    await Promise.all([read(), read(), read()]);
    expect(store.calls).toBe(1);
  });

  it('a secret past SOFT_AGE_MS is used while the store is down, with one call per RETRY_INTERVAL_MS', async () => {
    const { read, secrets, time, store, reports } = bench();
    await read();
    store.error = new Error('down');
    time.now += SOFT_AGE_MS;
    for (let n = 0; n < 10; n++) {
      expect(await read()).toBe(1);
      await secrets.waitForRefreshes(1_000);
    }
    expect(store.calls).toBe(2);
    time.now += RETRY_INTERVAL_MS;
    await read();
    await secrets.waitForRefreshes(1_000);
    expect(store.calls).toBe(3);
    expect(reports[0]).toBe('secret s: cannot be read from the secret store');
  });

  it('a secret keeps its usable value when the new value is unusable, and the fault is reported', async () => {
    const { read, secrets, time, store, reports } = bench();
    await read();
    store.text = '{}';
    time.now += SOFT_AGE_MS;
    await read();
    await secrets.waitForRefreshes(1_000);
    expect(await read()).toBe(1);
    expect(reports).toEqual(['secret s: "v" is missing']);
  });

  it('a read of a secret without an earlier value fails with the store, and succeeds at the next read', async () => {
    const { read, store } = bench();
    store.error = new Error('down');
    await expect(read()).rejects.toThrow('down');
    store.error = undefined;
    expect(await read()).toBe(1);
  });

  it('a secret that was never usable is requested once per UNUSABLE_PAUSE_MS, also with 50 reads', async () => {
    const { read, store, time, reports } = bench();
    store.text = '{}';
    for (let n = 0; n < 50; n++) await expect(read()).rejects.toThrow('"v" is missing');
    expect(store.calls).toBe(1);
    expect(reports).toHaveLength(1);
    store.text = '{"v":1}';
    time.now += UNUSABLE_PAUSE_MS;
    expect(await read()).toBe(1);
  });

  it('reread requests a secret at most once per FORCED_INTERVAL_MS and gives only a changed value', async () => {
    const { read, secrets, secret, time, store } = bench();
    await read();
    expect(await secrets.reread(secret, signal)).toBeUndefined();
    store.text = '{"v":2}';
    expect(await secrets.reread(secret, signal)).toBeUndefined();
    expect(store.calls).toBe(2);
    time.now += FORCED_INTERVAL_MS;
    expect(await secrets.reread(secret, signal)).toBe(2);
  });

  describe('readNewest of a secret', () => {
    it('readNewest requests the secret each time, and read gives the same value', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      for (const v of [2, 3]) {
        store.text = `{"v":${v}}`;
        expect(await secrets.readNewest(secret, signal)).toBe(v);
        expect(await read()).toBe(v);
      }
      expect(store.calls).toBe(3);
    });

    it('readNewest gives the cached value when the stored secret is unchanged', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      expect(await secrets.readNewest(secret, signal)).toBe(1);
      expect(store.calls).toBe(2);
    });

    it('readNewest fails with the store despite a cached value, and requests again directly after a failed reread', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      store.error = new Error('down');
      expect(await secrets.reread(secret, signal)).toBeUndefined();
      await expect(secrets.readNewest(secret, signal)).rejects.toThrow('down');
      store.error = undefined;
      store.text = '{"v":2}';
      expect(await secrets.readNewest(secret, signal)).toBe(2);
    });

    it('readNewest fails when the stored secret is unusable or revoked', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      store.text = '{}';
      await expect(secrets.readNewest(secret, signal)).rejects.toThrow('"v" is missing');
      store.text = '{"revoked":"2026-01-01T00:00:00.000Z"}';
      await expect(secrets.readNewest(secret, signal)).rejects.toThrow('is revoked');
    });

    it('concurrent readNewest calls share one request, but no request that began before', async () => {
      const { read, secrets, secret, store, time } = bench();
      await read();
      time.now += SOFT_AGE_MS;
      const answer = store.hold();
      const reading = read();
      await turn();
      const newest = [secrets.readNewest(secret, signal), secrets.readNewest(secret, signal)];
      await turn();
      store.text = '{"v":2}';
      answer('{"v":1}');
      expect(await Promise.all(newest)).toEqual([2, 2]);
      await reading;
      expect(store.calls).toBe(3);
    });
  });

  it('a failed reread does not change the cached secret', async () => {
    const { read, secrets, secret, store } = bench();
    await read();
    store.error = new Error('down');
    expect(await secrets.reread(secret, signal)).toBeUndefined();
    expect(await read()).toBe(1);
  });
});

describe('a secret with an unusable next key', () => {
  const account = paymentwallAccount();

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

  it('a secret with an unusable next key is used without the next key, and the fault is reported', async () => {
    const whole = await reading('{"current":{"secretKey":"generated-1"}}');
    const broken = await reading('{"current":{"secretKey":"generated-1"},"next":{"secretKey":""}}');
    expect(broken.keys).toEqual(whole.keys);
    expect(broken.reports).toEqual([expect.stringContaining('going on without its next key')]);
    expect(whole.reports).toEqual([]);
  });

  it('a secret with an unusable current key is refused, also when the next key is unusable', async () => {
    const broken = await reading('{"current":{"secretKey":""},"next":{"secretKey":""}}');
    expect(broken.keys).toBeInstanceOf(UnusableSecretError);
  });
});

describe('calls of the secret store', () => {
  it('a read of a secret repeats the shared call that failed because another request was aborted', async () => {
    const { read, store } = bench();
    const first = store.holding();
    const [early, later] = [read(), read()];
    first.reject(new Error('aborted'));
    await expect(early).rejects.toThrow('aborted');
    expect(await later).toBe(1);
    expect(store.calls).toBe(2);
  });

  it('a failed call that was left behind does not end the call under way, which stays the only call', async () => {
    const { read, time, store } = bench();
    const abandoned = store.holding();
    const first = read().catch((error: Error) => error.message);
    time.now += 15_000;
    const underWay = store.hold();
    const second = read();
    abandoned.reject(new Error('aborted'));
    expect(await first).toBe('aborted');
    const third = read();
    underWay('{"v":2}');
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    expect(store.calls).toBe(2);
  });

  it('a failed call does not delay the next request of a secret once another call has succeeded', async () => {
    const { read, time, store } = bench();
    const [failing, succeeding] = [store.holding(), Promise.withResolvers<string>()];
    const lost = read().catch((error: Error) => error.message);
    time.now += 15_000;
    store.held = succeeding.promise;
    const reading = read();
    time.now += 1;
    failing.reject(new Error('down'));
    expect(await lost).toBe('down');
    succeeding.resolve('{"v":1}');
    expect(await reading).toBe(1);
    store.text = '{"v":2}';
    time.now += SOFT_AGE_MS - 1;
    expect(await read()).toBe(2);
  });

  it('concurrent reads of a secret past SOFT_AGE_MS share one call of the store', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.hold();
    const reading = Promise.all([read(), read(), read()]);
    await turn();
    answer('{"v":2}');
    expect(await reading).toEqual([2, 2, 2]);
    expect(store.calls).toBe(2);
  });

  it('a read of a secret past SOFT_AGE_MS uses an answer that arrives within the short wait', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.hold();
    const reading = read();
    await turn();
    answer('{"v":2}');
    expect(await reading).toBe(2);
  });

  it('each secret has its own value and its own call of the store', async () => {
    const { secrets, secret, store } = bench();
    await secrets.read(secret, signal);
    store.text = '{"v":2}';
    expect(await secrets.read({ ...secret, name: 't' }, signal)).toBe(2);
    expect(await secrets.read(secret, signal)).toBe(1);
  });

  it('waitForRefreshes waits at most the given time and leaves no timer behind', async () => {
    const { read, secrets, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.hold();
    await read();
    vi.useFakeTimers();
    try {
      let over = false;
      const settling = secrets.waitForRefreshes(1_000).then(() => {
        over = true;
      });
      await vi.advanceTimersByTimeAsync(999);
      expect(over).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(over).toBe(true);
      const again = secrets.waitForRefreshes(1_000);
      answer('{"v":2}');
      await Promise.all([settling, again]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
    expect(await read()).toBe(2);
  });

  it('waitForRefreshes does not fail when the refresh fails', async () => {
    const { read, secrets, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.holding();
    await read();
    const settling = secrets.waitForRefreshes(1_000);
    answer.reject(new Error('down'));
    await expect(settling).resolves.toBeUndefined();
  });
});

describe('the report about a secret', () => {
  it('a secret that is not JSON is reported without its text', async () => {
    const { read, store, reports, errors } = bench();
    store.text = 'not-a-json-SECRET';
    await expect(read()).rejects.toThrow(new UnusableSecretError('is not JSON'));
    expect(reports).toEqual(['secret s: is not JSON']);
    expect(JSON.stringify([reports, errors.map(String)])).not.toContain('SECRET');
  });

  it('a secret that cannot be read is reported with the error of the store', async () => {
    const { read, store, errors } = bench();
    store.error = new Error('down');
    await expect(read()).rejects.toThrow('down');
    expect(errors).toEqual([store.error]);
  });

  it('a revoked secret is refused with RevokedSecretError for every read, and reported per call of the store', async () => {
    const { read, store, time, reports } = bench();
    store.text = '{"revoked":"2026-11-29T00:00:00.000Z","v":1}';
    for (let n = 0; n < 3; n++) await expect(read()).rejects.toThrow(RevokedSecretError);
    expect([store.calls, reports]).toEqual([1, ['secret s: is revoked, and no new key is set']]);
    time.now += UNUSABLE_PAUSE_MS;
    await expect(read()).rejects.toThrow(RevokedSecretError);
    expect(store.calls).toBe(2);
  });
});

describe('next keys in groups of a secret', () => {
  /** Reads a secret whose parser accepts no next key. @returns the result and the values that the parser got */
  const reading = async (
    value: unknown,
    {
      error = new UnusableSecretError('has a bad next key') as Error,
      accepts = (parsed: unknown) => !JSON.stringify(parsed).includes('"next"'),
    } = {},
  ) => {
    const parsedValues: unknown[] = [];
    const reports: string[] = [];
    const secrets = createSecrets({
      fetch: async () => JSON.stringify(value),
      clock: () => 0,
      report: (line) => reports.push(line),
    });
    const parse = (parsed: unknown) => {
      parsedValues.push(parsed);
      if (!accepts(parsed)) throw error;
      return parsed;
    };
    const read = secrets.read({ name: 's', parse }, signal).catch((thrown: unknown) => thrown);
    return { result: await read, parsedValues, reports };
  };

  it('an unusable next key is left out of a group and of the secret, and all other members stay', async () => {
    const { result, reports } = await reading({
      ...{
        signing: { current: 'a', next: 'b' },
        api: { current: 'c' },
        list: ['n'],
        text: 't',
        none: null,
      },
      next: 'd',
    });
    expect(result).toEqual({
      ...{ signing: { current: 'a' }, api: { current: 'c' }, list: ['n'], text: 't', none: null },
    });
    expect(reports).toEqual(['secret s: has a bad next key; going on without its next key']);
  });

  it('an unusable next key is found in a group alone and in the secret alone', async () => {
    const inGroup = await reading({ signing: { current: 'a', next: 'b' } });
    const alone = await reading({ current: 'a', next: 'b' });
    expect([inGroup.result, alone.result]).toEqual([{ signing: { current: 'a' } }, { current: 'a' }]);
  });

  it.each([[{ current: 'a' }], [null], [['next']], ['next'], [{ list: ['next'], text: 'next' }]])(
    'a secret without a next key is parsed once only: %j',
    async (value) => {
      const { result, parsedValues, reports } = await reading(value, { accepts: () => false });
      expect(result).toBeInstanceOf(UnusableSecretError);
      expect(parsedValues).toEqual([value]);
      expect(reports).toEqual(['secret s: has a bad next key']);
    },
  );

  it('a defect of the parser is not hidden by a next key', async () => {
    const { result, parsedValues } = await reading(
      { current: 'a', next: 'b' },
      { error: new TypeError('bug') },
    );
    expect(result).toBeInstanceOf(TypeError);
    expect(parsedValues).toHaveLength(1);
  });
});

describe('names of secrets', () => {
  it('the names of secrets are payhooks/<environment>/ and account, envelope-key, decision or target', () => {
    const account = { provider: 'trustly-europe', account: 'shop' } as Parameters<
      typeof accountSecretName
    >[1];
    expect([
      accountSecretName('live', account),
      envelopeSecretName('live'),
      decisionSecretName('sandbox', 'shop'),
      targetSecretName('sandbox'),
    ]).toEqual([
      'payhooks/live/trustly-europe/shop',
      'payhooks/live/envelope-key',
      'payhooks/sandbox/decision/shop',
      'payhooks/sandbox/target',
    ]);
  });
});
