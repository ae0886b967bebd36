import { expect, it } from 'vitest';
import { touchedRows } from '../../console/server/touched-rows.ts';
import type { Key } from '../../shared/app/ports.ts';

const key = (pk: string): Key => ({ pk, sk: 'payment' });
const row = (pk: string) => ({ ...key(pk), schema: 1, data: {} });

it('touchedRows reads each touched row once', async () => {
  const read: string[] = [];
  const rows = touchedRows({
    get: async ({ pk }) => {
      read.push(pk);
      return pk === 'gone' ? undefined : row(pk);
    },
  });
  expect(await rows.take()).toEqual([]);
  rows.touch([key('a'), key('gone'), key('a')]);
  expect(await rows.take()).toEqual([
    { key: key('a'), item: row('a') },
    { key: key('gone'), item: undefined },
  ]);
  expect(await rows.take()).toEqual([]);
  expect(read).toEqual(['a', 'gone']);
});

it('touchedRows reads a row at the next take when the read failed', async () => {
  let isDown = true;
  const rows = touchedRows({
    get: async ({ pk }) => {
      if (isDown) throw new Error('throttled');
      return row(pk);
    },
  });
  rows.touch([key('a')]);
  await expect(rows.take()).rejects.toThrow('throttled');
  isDown = false;
  expect(await rows.take()).toHaveLength(1);
});
