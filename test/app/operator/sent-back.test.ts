import { expect, it } from 'vitest';
import { keepSentBack } from '../../../shared/app/operator/sent-back.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const clock = () => Date.parse('2026-11-01T10:00:00.000Z');
const of = { what: 'redrive', where: 'notifications', id: 'm1' } as const;

it('who sent a message back and why is an entry of its own, each time', async () => {
  const store = new MemoryStore();
  let now = clock();
  const deps = { store, clock: () => now++ };
  await keepSentBack(of, { by: ' ann ', note: 'the outage is over' }, deps);
  await keepSentBack(of, { by: 'bob', note: 'once more' }, deps);
  expect(store.all().map(({ pk, sk, data }) => [pk, sk, data])).toEqual([
    [
      'sent-back#notifications',
      '2026-11-01T10:00:00.000Z#m1',
      { ...of, by: 'ann', note: 'the outage is over', at: '2026-11-01T10:00:00.000Z' },
    ],
    [
      'sent-back#notifications',
      '2026-11-01T10:00:00.001Z#m1',
      { ...of, by: 'bob', note: 'once more', at: '2026-11-01T10:00:00.001Z' },
    ],
  ]);
});

it.each([
  ['by', { by: ' ', note: 'a note' }],
  ['note', { by: 'ann', note: 'two\nlines' }],
])('an entry without a printable %s is refused, and nothing is written', async (name, note) => {
  const store = new MemoryStore();
  await expect(keepSentBack(of, note, { store, clock })).rejects.toThrow(`${name}:`);
  expect(store.all()).toEqual([]);
});
