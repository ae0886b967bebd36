import { expect, it } from 'vitest';
import { everyPage } from '../../cli/pages.ts';

it('everyPage reads every page of a list by the token of the page before', async () => {
  const pages = [
    { rows: ['a', 'b'], next: '1' },
    { rows: [], next: '2' },
    { rows: ['c'], next: undefined },
  ];
  expect(await everyPage(async (token) => pages[Number(token ?? 0)] as (typeof pages)[number])).toEqual([
    'a',
    'b',
    'c',
  ]);
});

it('everyPage throws after 100 pages, and returns no part of the list', async () => {
  await expect(everyPage(async () => ({ rows: ['a'], next: 'same' }))).rejects.toThrow('more than 100 pages');
});
