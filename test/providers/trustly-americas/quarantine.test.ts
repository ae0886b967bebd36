/** One signature covers endless encodings of one text: they must not fill the quarantine. */
import { describe, expect, it } from 'vitest';
import { signBody } from '../../../local/senders/trustly-americas.ts';
import type { TrustlyAmericasAccount } from '../../../shared/providers/provider.ts';
import { trustlyAmericas } from '../../../shared/providers/trustly-americas/index.ts';
import { policy } from '../../support/toy-provider.ts';

const americasAccount: TrustlyAmericasAccount = {
  provider: 'trustly-americas',
  account: 'shop',
  policy: { ...policy, provider: 'trustly-americas' },
};

describe('what is put aside', () => {
  it('is one and the same in every encoding of one signed text', () => {
    const keys = trustlyAmericas.parseKeys(
      { current: { accessId: 'id-1', accessKey: 'key-1' } },
      americasAccount,
    );
    const verdictOf = (body: string) => {
      const { headers } = signBody('eventId=1&eventType=Fail&status=2&message=x&status=2', {
        accessId: 'id-1',
        accessKey: 'key-1',
      });
      const request = {
        method: 'POST',
        rawQuery: '',
        headers,
        body: Buffer.from(body),
        sourceIp: '127.0.0.1',
      };
      return trustlyAmericas.verify(request, americasAccount, keys);
    };
    const one = verdictOf('eventId=1&eventType=Fail&status=2&message=x&status=2');
    const other = verdictOf('eventId=1&eventType=F%61il&status=2&message=%78&status=2');
    expect(one).toMatchObject({ authentic: true, quarantine: 'duplicate_key' });
    expect(other).toMatchObject({ authentic: true, quarantine: 'duplicate_key' });
    if (!one.authentic || !other.authentic) throw new Error('refused');
    expect(other.message).not.toBe(one.message);
    expect(one.signatureDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(other.signatureDigest).toBe(one.signatureDigest);
  });
});
