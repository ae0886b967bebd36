import { expect, it } from 'vitest';
import { recordSentBack, sentBack, sentBackOf } from '../../../shared/app/operator/sent-back.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const clock = () => Date.parse('2026-11-01T10:00:00.000Z');
const of = { what: 'redrive', where: 'notifications', id: 'm1' } as const;

it('recordSentBack writes an entry with by and note each time that a message is sent back', async () => {
  const store = new MemoryStore();
  let now = clock();
  const deps = { store, clock: () => now++ };
  await recordSentBack(of, { by: ' ann ', note: 'the outage is over' }, deps);
  await recordSentBack(of, { by: 'bob', note: 'once more' }, deps);
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
])('recordSentBack refuses an entry without a printable %s and writes nothing', async (name, note) => {
  const store = new MemoryStore();
  await expect(recordSentBack(of, note, { store, clock })).rejects.toThrow(`${name}:`);
  expect(store.all()).toEqual([]);
});

const note = { by: 'ann', note: 'a note' };

it('sentBack returns the entries of each place since a time, oldest first', async () => {
  const store = new MemoryStore();
  let now = clock();
  const deps = { store, clock: () => now++ };
  for (const [where, id] of [
    ['notifications', 'm1'],
    ['fulfilment', 'm2'],
    ['notifications', 'm3'],
    ['elsewhere', 'm4'],
  ] as const)
    await recordSentBack({ what: 'redrive', where, id }, note, deps);
  const read = async (since: string) =>
    (await sentBack(store, ['notifications', 'fulfilment'], since)).map(({ id }) => id);
  expect(await read('2026-11-01T10:00:00.000Z')).toEqual(['m1', 'm2', 'm3']);
  expect(await read('2026-11-01T10:00:00.001Z')).toEqual(['m2', 'm3']);
  // An entry of exactly that time is included, whatever its id.
  await recordSentBack({ ...of, id: '#' }, note, { store, clock: () => clock() + 1 });
  expect(await read('2026-11-01T10:00:00.001Z')).toEqual(['#', 'm2', 'm3']);
});

it('sentBackOf finds a message behind a thousand messages that were sent back before', async () => {
  const store = new MemoryStore();
  let now = clock();
  for (let n = 0; n < 1_100; n++)
    await recordSentBack({ ...of, id: `m${n}`, correlationId: `c${n}` }, note, { store, clock: () => now++ });
  const scope = { provider: 'paymentwall', account: 'goods', key: 'paymentwall:goods:1' };
  const since = '2026-11-01T00:00:00.000Z';
  expect(await sentBackOf(scope, { correlationIds: ['c1099'], since }, store)).toMatchObject([
    { id: 'm1099' },
  ]);
});

it('sentBackOf returns the messages that name the payment or the request of one of its notifications', async () => {
  const store = new MemoryStore();
  const payment = { provider: 'paymentwall', account: 'goods', key: 'paymentwall:goods:1' };
  for (const message of [
    { where: 'notifications', id: 'by request', correlationId: 'c1' },
    { where: 'notifications', id: 'of another request', correlationId: 'c2' },
    { where: 'fulfilment', id: 'by name', payment: payment.key },
    { where: 'fulfilment', id: 'of another payment', payment: 'paymentwall:goods:2' },
    { where: 'quarantine#paymentwall#goods', id: 'from quarantine', correlationId: 'c1' },
    { where: 'quarantine#paymentwall#other', id: 'of another account', correlationId: 'c1' },
    { where: 'notifications', id: 'of an older version' },
  ])
    await recordSentBack({ what: 'redrive', ...message }, note, { store, clock });
  const of = { correlationIds: ['c1'], since: '2026-11-01T00:00:00.000Z' };
  const found = await sentBackOf(payment, of, store);
  expect(found.map(({ id }) => id).sort()).toEqual(['by name', 'by request', 'from quarantine']);
});
