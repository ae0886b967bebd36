/** Limits of one delivery: the bytes of its text, and its time. */
import { describe, expect, it } from 'vitest';
import { effectItem, effectOf } from '../../../shared/app/table/rows.ts';
import { workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const KEY = { pk: `payment#${P1}`, sk: 'effect#1#fulfil' };
const message = (effect: string) =>
  JSON.stringify({ version: 1, kind: 'effect', correlationId: 'c', payment: P1, effect });

describe('a delivery', () => {
  it('a delivery sends the members of an event sorted, whatever the order of the fields in the stored row', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const item = await bench.memory.get(KEY);
    if (item === undefined) throw new Error('no effect');
    const { effect, version } = effectOf(item);
    const event = Object.fromEntries(Object.entries(effect.event).reverse()) as typeof effect.event;
    const put = effectItem({ effect: { ...effect, event }, version }, effect.updatedAt);
    await bench.memory.write([{ put, when: 'always' }]);
    await bench.deliver(message('1#fulfil'), bench.invocation);
    const [received] = bench.target.received;
    expect(Object.keys(received ?? {})).toEqual(Object.keys(effect.event).sort());
  });

  it('a delivery is aborted before the end of its invocation and is retried after 30 seconds', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    let signal: AbortSignal | undefined;
    const deliver = (_event: unknown, given?: AbortSignal): Promise<void> => {
      signal = given;
      return new Promise((_resolve, reject) => {
        given?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    };
    Object.assign(bench.target, { deliver });
    const rest = bench.deliver(message('1#fulfil'), { ...bench.invocation, remainingMs: () => 3_020 });
    expect(await rest).toEqual({ type: 'later', seconds: 30 });
    expect(signal?.aborted).toBe(true);
  });
});
