/** The report of `certify` as a page. */
import { describe, expect, it } from 'vitest';
import type { Result } from '../../../cli/certify/certify.ts';
import { escaped, htmlReport } from '../../../cli/certify/html.ts';

describe('the report', () => {
  it('the report escapes the markup in an answer', () => {
    const head = { stack: '<b>', environment: 'sandbox', version: '0', at: '2026-01-01T00:00:00.000Z' };
    const saw = '<script>x</script>';
    const result: Result = { id: 'P1', kind: 'auto', asks: 'a', source: 's', verdict: 'fail', did: 'd', saw };
    const html = htmlReport(head, [{ account: 'a"b', url: 'https://x', results: [result] }]);
    expect(html).not.toContain('<script>');
    expect(html).toContain(escaped('<script>x</script>'));
    expect(html).toContain('<b class="fail">1 failed</b>');
  });

  it('the report fits a printed page: fixed columns, a heading on each page, a new page for each account', () => {
    const head = { stack: 'here', environment: 'sandbox', version: '0', at: '2026-01-01T00:00:00.000Z' };
    const saw = 'https://a-long-address.example/'.repeat(9);
    const result: Result = { id: 'P1', kind: 'auto', asks: 'a', source: 's', verdict: 'pass', did: 'd', saw };
    const html = htmlReport(head, [{ account: 'a', url: 'https://x', results: [result] }]);
    expect(html).toContain('table-layout:fixed');
    expect(html).toContain('overflow-wrap:anywhere');
    expect(html).toContain('.account~.account{break-before:page}');
    expect(html).toContain('<h2 class="account">a</h2>');
    expect(html).toContain('<table class="items"><thead><tr><th>Item</th>');
    expect(html).toContain('<b class="none">0 failed</b>');
  });
});
