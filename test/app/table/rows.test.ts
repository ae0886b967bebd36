import { describe, expect, it } from 'vitest';
import { openShard } from '../../../shared/app/table/keys.ts';
import { effectItem } from '../../../shared/app/table/rows.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import { capture, pollingBench } from '../../support/polling-bench.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

const DAY_SECONDS = 86_400;

describe('rows of the table', () => {
  it('evidence and quarantine rows expire after 400 days, other rows never', async () => {
    const bench = workerBench();
    const receivedAt = new Date(START).toISOString();
    await bench.apply(bench.envelope({}, { receivedAt }));
    await bench.apply(bench.envelope({ key: 'k2' }, { receivedAt, quarantine: 'ambiguous' }));
    const expiry = bench.memory
      .all()
      .map(({ pk, sk, expiresAt }) => [pk.split('#')[0], sk.split('#')[0], expiresAt]);
    const after400Days = START / 1_000 + 400 * DAY_SECONDS;
    expect(expiry.filter(([, , expiresAt]) => expiresAt !== undefined).sort()).toEqual([
      ['payment', 'evidence', after400Days],
      ['quarantine', expect.any(String), after400Days],
      ['quarantine', 'count', after400Days],
    ]);
  });

  it('a disputed payment has a place in the index of open rows, a paid payment has none', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    const open = () => bench.store.all().find(({ sk }) => sk === 'payment')?.openShard;
    expect(open()).toBeUndefined();
    await bench.arrive('trustly-americas', `${capture('1', '12', 'Dispute', '9')}&transactionId=1`);
    expect(await bench.status('trustly-americas', '1')).toBe('disputed');
    expect(open()).toBe(openShard('disputed', 'trustly-americas:shop:1'));
  });

  it('an effect row is due after 300 seconds when pending, 900 when delivering, 3,600 when queued', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const [effect] = bench.memory.data<Effect>('effect#1#fulfil');
    if (effect === undefined) throw new Error('no fulfil');
    const now = new Date(START).toISOString();
    const seconds = (state: Effect['state']) =>
      (Date.parse(effectItem({ effect: { ...effect, state }, version: 1 }, now).openAt ?? '') - START) /
      1_000;
    expect([seconds('pending'), seconds('delivering'), seconds('queued')]).toEqual([300, 900, 3_600]);
  });

  it('a leased effect keeps an openAt after the end of its lease and before its next openAt, else gets a new openAt', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const [effect] = bench.memory.data<Effect>('effect#1#fulfil');
    if (effect === undefined) throw new Error('no fulfil');
    const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
    const leased = { ...effect, state: 'delivering', leaseUntil: at(35) } as const;
    const placed = (openAt: string) => effectItem({ effect: leased, version: 2, openAt }, at(0)).openAt;
    expect([300, 36, 899].map((seconds) => placed(at(seconds)))).toEqual([at(300), at(36), at(899)]);
    expect([35, 0, -60, 900, 3_600].map((seconds) => placed(at(seconds)))).toEqual(Array(5).fill(at(900)));
    const paused = { ...leased, notBefore: at(300) };
    expect(effectItem({ effect: paused, version: 2, openAt: at(300) }, at(0), 300).openAt).toBe(at(1_200));
    const queued = { ...effect, state: 'queued' } as const;
    expect(effectItem({ effect: queued, version: 2, openAt: at(300) }, at(0)).openAt).toBe(at(3_600));
  });
});
