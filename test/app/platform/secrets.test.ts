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
/** Until everything that can go on has gone on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

function bench() {
  const time = { now: 1_000_000 };
  const store = {
    text: '{"v":1}',
    calls: 0,
    error: undefined as Error | undefined,
    held: undefined as Promise<string> | undefined,
    /** The next call is answered when the returned function is called. */
    hold: (): ((text: string) => void) => store.holding().resolve,
    /** The same, with an answer that may be a failure, too. */
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
  it('parse once per value, also across refreshes', async () => {
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
    await secrets.waitForRefreshes(1_000);
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
    await turn();
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
    time.now += UNUSABLE_PAUSE_MS;
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
      await secrets.waitForRefreshes(1_000);
    }
    expect(store.calls).toBe(2);
    time.now += RETRY_INTERVAL_MS;
    await read();
    await secrets.waitForRefreshes(1_000);
    expect(store.calls).toBe(3);
    expect(reports[0]).toBe('secret s: cannot be read from the secret store');
  });

  it('keep the good value when the new one is half-filled, and say so', async () => {
    const { read, secrets, time, store, reports } = bench();
    await read();
    store.text = '{}';
    time.now += SOFT_AGE_MS;
    await read();
    await secrets.waitForRefreshes(1_000);
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
    time.now += UNUSABLE_PAUSE_MS;
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

  describe('that are read newest', () => {
    it('come from the store each time, and stay cached', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      for (const v of [2, 3]) {
        store.text = `{"v":${v}}`;
        expect(await secrets.readNewest(secret, signal)).toBe(v);
        expect(await read()).toBe(v);
      }
      expect(store.calls).toBe(3);
    });

    it('are the value that is cached where nothing changed', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      expect(await secrets.readNewest(secret, signal)).toBe(1);
      expect(store.calls).toBe(2);
    });

    it('fail with the store, also beside a cached value or soon after another attempt', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      store.error = new Error('down');
      expect(await secrets.reread(secret, signal)).toBeUndefined();
      await expect(secrets.readNewest(secret, signal)).rejects.toThrow('down');
      store.error = undefined;
      store.text = '{"v":2}';
      expect(await secrets.readNewest(secret, signal)).toBe(2);
    });

    it('fail where the store holds nothing usable, or a revoked secret', async () => {
      const { read, secrets, secret, store } = bench();
      await read();
      store.text = '{}';
      await expect(secrets.readNewest(secret, signal)).rejects.toThrow('"v" is missing');
      store.text = '{"revoked":"2026-01-01T00:00:00.000Z"}';
      await expect(secrets.readNewest(secret, signal)).rejects.toThrow('is revoked');
    });

    it('do not share a call that began before, and share one that began after', async () => {
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

  it('a forced refresh that fails changes nothing', async () => {
    const { read, secrets, secret, store } = bench();
    await read();
    store.error = new Error('down');
    expect(await secrets.reread(secret, signal)).toBeUndefined();
    expect(await read()).toBe(1);
  });
});

describe('a secret with a next key that cannot be used', () => {
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

describe('calls of the store', () => {
  it('that fail because another request ran out of time are made again by the request that waited for them', async () => {
    const { read, store } = bench();
    const first = store.holding();
    const [early, later] = [read(), read()];
    first.reject(new Error('aborted'));
    await expect(early).rejects.toThrow('aborted');
    expect(await later).toBe(1);
    expect(store.calls).toBe(2);
  });

  it('that were left behind do not end the call under way: it stays the only one', async () => {
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

  it('after one that failed are not put off once another has succeeded', async () => {
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

  it('past the soft age are one for many readers at the same time', async () => {
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

  it('are waited for a moment past the soft age: an answer that comes by then is used', async () => {
    const { read, time, store } = bench();
    await read();
    time.now += SOFT_AGE_MS;
    const answer = store.hold();
    const reading = read();
    await turn();
    answer('{"v":2}');
    expect(await reading).toBe(2);
  });

  it('are made for each secret apart', async () => {
    const { secrets, secret, store } = bench();
    await secrets.read(secret, signal);
    store.text = '{"v":2}';
    expect(await secrets.read({ ...secret, name: 't' }, signal)).toBe(2);
    expect(await secrets.read(secret, signal)).toBe(1);
  });

  it('are waited for at most so long at the end of an invocation, and leave no timer behind', async () => {
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

  it('that failed are not an error at the end of an invocation', async () => {
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

describe('what the operator hears of a secret', () => {
  it('names what cannot be parsed as JSON without a word of it', async () => {
    const { read, store, reports, errors } = bench();
    store.text = 'not-a-json-SECRET';
    await expect(read()).rejects.toThrow(new UnusableSecretError('is not JSON'));
    expect(reports).toEqual(['secret s: is not JSON']);
    expect(JSON.stringify([reports, errors.map(String)])).not.toContain('SECRET');
  });

  it('has the error of the store with it', async () => {
    const { read, store, errors } = bench();
    store.error = new Error('down');
    await expect(read()).rejects.toThrow('down');
    expect(errors).toEqual([store.error]);
  });

  it('says of a revoked one that it is revoked, to every reader until a new one is stored', async () => {
    const { read, store, time, reports } = bench();
    store.text = '{"revoked":"2026-11-29T00:00:00.000Z","v":1}';
    for (let n = 0; n < 3; n++) await expect(read()).rejects.toThrow(RevokedSecretError);
    expect([store.calls, reports]).toEqual([1, ['secret s: is revoked, and no new key is set']]);
    time.now += UNUSABLE_PAUSE_MS;
    await expect(read()).rejects.toThrow(RevokedSecretError);
    expect(store.calls).toBe(2);
  });
});

describe('next keys in groups', () => {
  /** What comes of a secret whose parser accepts no next key, with everything that the parser was asked to read. */
  const reading = async (
    value: unknown,
    {
      error = new UnusableSecretError('has a bad next key') as Error,
      accepts = (parsed: unknown) => !JSON.stringify(parsed).includes('"next"'),
    } = {},
  ) => {
    const asked: unknown[] = [];
    const reports: string[] = [];
    const secrets = createSecrets({
      fetch: async () => JSON.stringify(value),
      clock: () => 0,
      report: (line) => reports.push(line),
    });
    const parse = (parsed: unknown) => {
      asked.push(parsed);
      if (!accepts(parsed)) throw error;
      return parsed;
    };
    const read = secrets.read({ name: 's', parse }, signal).catch((thrown: unknown) => thrown);
    return { result: await read, asked, reports };
  };

  it('are left out where they cannot be used, and nothing else is', async () => {
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

  it('are looked for in groups alone, and in the secret alone', async () => {
    const inGroup = await reading({ signing: { current: 'a', next: 'b' } });
    const alone = await reading({ current: 'a', next: 'b' });
    expect([inGroup.result, alone.result]).toEqual([{ signing: { current: 'a' } }, { current: 'a' }]);
  });

  it.each([[{ current: 'a' }], [null], [['next']], ['next'], [{ list: ['next'], text: 'next' }]])(
    'that are not there are no reason to read the secret twice: %j',
    async (value) => {
      const { result, asked, reports } = await reading(value, { accepts: () => false });
      expect(result).toBeInstanceOf(UnusableSecretError);
      expect(asked).toEqual([value]);
      expect(reports).toEqual(['secret s: has a bad next key']);
    },
  );

  it('do not hide a defect of the parser', async () => {
    const { result, asked } = await reading({ current: 'a', next: 'b' }, { error: new TypeError('bug') });
    expect(result).toBeInstanceOf(TypeError);
    expect(asked).toHaveLength(1);
  });
});

describe('names of secrets', () => {
  it('are where the documentation tells the merchant to put them', () => {
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
