/** The sentence that a developer reads, from the lines that intake writes. */
import { describe, expect, it } from 'vitest';
import { AccessLog } from '../../local/aws/access-log.ts';
import { whyText } from '../../local/why.ts';
import { readLoggedRequest } from '../../shared/app/http/request-log.ts';

const NOW = Date.parse('2026-11-29T10:00:00Z');
const of = { correlationId: 'r1', provider: 'paymentwall', account: 'goods' };
const refusal = (reason: string, sentence?: string) =>
  JSON.stringify({ message: 'request refused', ...of, status: '401', reason, sentence });

describe('the explanation of a refused request', () => {
  const explained = readLoggedRequest(refusal('wrong_signature', 'no key fits'));
  if (explained === undefined) throw new Error('not read');

  it('whyText adds the age of the secret to wrong_signature, and not to version_not_pinned', () => {
    const state = { setAt: NOW - 3 * 60_000, hasNext: false };
    expect(whyText(explained, state, NOW)).toBe(
      'wrong_signature: no key fits; secret set 3 min ago, second key not set',
    );
    expect(whyText({ ...explained, reason: 'version_not_pinned' }, state, NOW)).toBe(
      'version_not_pinned: no key fits',
    );
    expect(whyText(explained, { setAt: undefined, hasNext: true }, NOW)).toContain(
      'secret set before the start, second key set',
    );
  });

  it('the access log finds the explanation of a request, whether logged before or after the answer', async () => {
    const log = new AccessLog();
    const waiting = log.explanationOf('r1');
    log.explain(explained);
    expect(await waiting).toBe(explained);
    expect(await log.explanationOf('r1')).toBe(explained);
    log.add({ requestId: 'r1', time: '1', route: '-', method: 'GET', status: '401', sourceIp: '' });
    expect(log.list()).toMatchObject([{ status: '401', explained }]);
  });
});
