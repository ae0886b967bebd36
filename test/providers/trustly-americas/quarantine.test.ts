/** One signature is valid for very many encodings of one text. They must not fill the quarantine. */

import { describe, expect, it } from 'vitest';
import { signBody } from '../../../local/demo/senders/trustly-americas.ts';
import { trustlyAmericas } from '../../../shared/providers/trustly-americas/index.ts';
import { americasAccount, LENIENT } from '../../support/accounts.ts';
import { account, authentic, replay } from './support.ts';

const shop = americasAccount({}, LENIENT);

describe('a quarantined event', () => {
  it('a quarantined event has the same signatureDigest in every encoding of the signed text', () => {
    const keys = trustlyAmericas.parseKeys({ current: { accessId: 'id-1', accessKey: 'key-1' } }, shop);
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
      return trustlyAmericas.verify(request, shop, keys);
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

describe('the kept message of a quarantined event', () => {
  /** A genuine event. Its signature stays valid when separators are escaped. */
  const genuine = 'eventId=7&eventType=Deny&objectId=5&transactionType=3&splitToken=abc&status=5';
  const separators = [...genuine.matchAll(/[&=]/g)].map(({ index }) => index);
  const encodings = function* () {
    for (let choice = 0; choice < 2 ** separators.length; choice++) {
      const isEncoded = (at: number) => (choice >> separators.indexOf(at)) % 2 === 1;
      yield [...genuine]
        .map((letter, at) => (separators.includes(at) && isEncoded(at) ? encodeURIComponent(letter) : letter))
        .join('');
    }
  };
  const readsWell = (message: string): boolean => {
    try {
      trustlyAmericas.parse(message, account);
      return true;
    } catch {
      return false;
    }
  };

  it('a kept message may be readable without the field behind the splitToken; its reason is then ambiguous_text', () => {
    const { quarantine, message } = authentic(replay(genuine.replace('abc&', 'abc%26'), genuine));
    expect(trustlyAmericas.parse(message, account).fields).toMatchObject({ objectId: '5' });
    expect(trustlyAmericas.parse(message, account).fields).not.toHaveProperty('status');
    expect(quarantine).toBe('ambiguous_text');
    expect(trustlyAmericas.uncheckableReasons).toContain(quarantine);
  });

  it('a quarantined event whose kept message can be read has a reason of uncheckableReasons in every encoding', () => {
    const reasons = new Map<string, number>();
    for (const body of encodings()) {
      const { quarantine, message } = authentic(replay(body, genuine));
      if (quarantine === undefined || !readsWell(message)) continue;
      reasons.set(quarantine, (reasons.get(quarantine) ?? 0) + 1);
    }
    expect(reasons.get('ambiguous_text')).toBeGreaterThan(0);
    for (const reason of reasons.keys()) expect(trustlyAmericas.uncheckableReasons).toContain(reason);
  });

  it.each([
    ['duplicate_key', 'eventId=7&eventType=Tokenize&x%3DsplitToken=1&x%3DsplitToken=2'],
    ['access_id_differs', 'eventId=7&eventType=Tokenize&accessId=someone-else'],
  ])(
    'an event quarantined as %s can still be read, and the reason is in uncheckableReasons',
    (reason, body) => {
      const { quarantine, message } = authentic(replay(body));
      expect(quarantine).toBe(reason);
      expect(readsWell(message)).toBe(true);
      expect(trustlyAmericas.uncheckableReasons).toContain(reason);
    },
  );
});
