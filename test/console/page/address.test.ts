import { describe, expect, it } from 'vitest';
import { href, hrefOf, readRoute } from '../../../console/page/address.ts';

describe('the address of a view', () => {
  it.each([
    ['', 'overview', undefined, ''],
    ['#', 'overview', undefined, ''],
    ['#/', 'overview', undefined, ''],
    ['#/payments', 'payments', undefined, ''],
    ['#/payments/', 'payments', undefined, ''],
    ['#/payments?status=paid&held=1', 'payments', undefined, 'status=paid&held=1'],
    ['#/payments/a%3Ab?q=1', 'payments', 'a:b', 'q=1'],
    ['#/docs/runbooks/held.md', 'docs', 'runbooks/held.md', ''],
    ['#/orders/50%', 'orders', '50%', ''],
  ])('the address %j is the view %j with the id %j and the query %j', (hash, view, id, query) => {
    const route = readRoute(hash);
    expect([route.view, route.id, route.query.toString()]).toEqual([view, id, query]);
  });

  it.each(['a/b', 'a?b=c&d', '#1', '50%', '%41', 'ключ 1', 'trustly-europe:shop:1#1#fulfil'])(
    'an address with the id %j is read back with the same id and filters',
    (id) => {
      const query = new URLSearchParams({ q: id, status: '4xx' });
      const { view, id: read, query: readQuery } = readRoute(href('payments', id, query));
      expect([view, read, readQuery.get('q'), readQuery.get('status')]).toEqual(['payments', id, id, '4xx']);
    },
  );

  it('an address without filters has no "?", and an address from the server keeps its query', () => {
    expect(href('payments')).toBe('#/payments');
    expect(href('payments', 'a:b', new URLSearchParams())).toBe('#/payments/a%3Ab');
    expect(hrefOf('requests?status=4xx')).toBe('#/requests?status=4xx');
  });
});
