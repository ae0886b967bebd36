/** An account that requires a stronger signature: a weaker signature is refused, also with the right key. */

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signNotification as signAmericas } from '../../local/demo/senders/trustly-americas.ts';
import { createIntake } from '../../shared/app/http/intake.ts';
import { createLog } from '../../shared/app/platform/log.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { createSecrets } from '../../shared/app/platform/secrets.ts';
import type { Account, RegisteredProvider } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { verifyRedirect } from '../../shared/providers/trustly-americas/redirect.ts';
import { parseKeys } from '../../shared/providers/trustly-americas/verify.ts';
import { americasAccount, LENIENT } from '../support/accounts.ts';
import { httpEvent } from '../support/http-event.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { account as europeAccount, merchant, SAMPLES, signed, trustly } from './trustly-europe/support.ts';

const CREDENTIALS = { accessId: 'shop', accessKey: 'generated-access-key-0001' };
const ENVELOPE = 'generated envelope key of the tests, 48 letters.';

/** The status that the intake answers to the request. */
async function statusOf(account: Account, secret: object, request: { headers: object; body: string }) {
  const values: Record<string, string> = {
    [`payhooks/sandbox/${account.provider}/shop`]: JSON.stringify(secret),
    'payhooks/sandbox/envelope-key': JSON.stringify({ current: ENVELOPE }),
  };
  const queue = new MemoryQueue();
  const lines: string[] = [];
  const sink = (line: string) => lines.push(line);
  const clock = () => Date.now();
  const intake = createIntake(providers[account.provider] as RegisteredProvider, {
    accounts: [account],
    environment: 'sandbox',
    ...{ queue, clock },
    secrets: createSecrets({ fetch: async (name) => values[name] ?? '', clock, report: () => {} }),
    log: createLog({ service: 'test', functionName: 'test', clock, sink }),
    metrics: createMetrics({ namespace: 'Test', service: 'test', clock, sink }),
  });
  const { statusCode } = await intake(
    httpEvent({
      ...{ method: 'POST', timeEpoch: Date.now(), account: 'shop' },
      headers: request.headers as Record<string, string>,
      body: request.body,
    }),
  );
  return { statusCode, queued: queue.sent.length, reasons: lines.join() };
}

describe('Trustly Americas', () => {
  const account = americasAccount({}, LENIENT);
  const send = (minimumSignature: 'SHA1' | 'SHA512' | undefined, algorithm: 'sha1' | 'sha512') =>
    statusOf(
      minimumSignature === undefined ? account : { ...account, minimumSignature },
      { current: CREDENTIALS },
      signAmericas({ eventId: '1', eventType: 'Unknown' }, { ...CREDENTIALS, algorithm }),
    );

  it.each([
    ['SHA512', 'sha1', 401],
    ['SHA512', 'sha512', 200],
    ['SHA1', 'sha1', 200],
    [undefined, 'sha1', 200],
  ] as const)(
    'minimumSignature %s: an event signed with %s is answered %i',
    async (minimum, algorithm, status) => {
      const { statusCode, queued, reasons } = await send(minimum, algorithm);
      expect({ statusCode, queued }).toEqual({ statusCode: status, queued: status === 200 ? 1 : 0 });
      if (status === 401) expect(reasons).toContain('signature_too_weak');
    },
  );

  it.each([
    ['SHA512', 'sha1', { authentic: false, reason: 'signature_too_weak' }],
    ['SHA512', 'sha512', { authentic: true }],
    ['SHA1', 'sha1', { authentic: true }],
  ] as const)(
    'minimumSignature %s also judges a redirect signed with %s: a weaker signature is signature_too_weak',
    (minimumSignature, hash, verdict) => {
      const query = 'transactionId=1&transactionType=1&merchantReference=r1&status=2';
      const label = hash === 'sha512' ? 'HmacSHA512:' : '';
      const signature = label + createHmac(hash, CREDENTIALS.accessKey).update(query).digest('base64');
      const signedQuery = `${query}&requestSignature=${encodeURIComponent(signature)}`;
      const url = 'https://pay.example/return';
      expect(
        verifyRedirect(signedQuery, url, { minimumSignature }, parseKeys({ current: CREDENTIALS })),
      ).toMatchObject(verdict);
    },
  );
});

describe('Trustly Europe', () => {
  const secret = { current: { privateKey: merchant.privateKey }, trustly: { current: trustly.publicKey } };
  const [[method = '', data = {}] = []] = Object.entries(SAMPLES);
  const ALGORITHMS = ['SHA1', 'RS256', 'RS384', 'RS512'] as const;

  it.each(ALGORITHMS)(
    'minimumSignature %s refuses every weaker signature with 401 and accepts every other with 200',
    async (minimum) => {
      for (const algorithm of ALGORITHMS) {
        const accepted = ALGORITHMS.indexOf(algorithm) >= ALGORITHMS.indexOf(minimum);
        const { statusCode, queued } = await statusOf(europeAccount({ minimumSignature: minimum }), secret, {
          headers: { 'content-type': 'application/json' },
          body: signed(method, data, algorithm),
        });
        expect({ algorithm, statusCode, queued }).toEqual({
          algorithm,
          statusCode: accepted ? 200 : 401,
          queued: accepted ? 1 : 0,
        });
      }
    },
  );
});
