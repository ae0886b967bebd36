/** The normalized event of a notification. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { instantOf } from '../../../shared/providers/trustly-europe/notification.ts';
import { account, body, SAMPLES, signed, UUID } from './support.ts';

describe('a normalized notification of Trustly Europe', () => {
  const normalize = (method: string, data: Parameters<typeof signed>[1]) =>
    trustlyEurope.normalize(trustlyEurope.parse(signed(method, data), account()), account());

  it('a credit is normalized with key, material, subject, facts, aliases and end user', () => {
    expect(normalize('credit', SAMPLES.credit)).toStrictEqual({
      source: 'notification',
      key: '9876543456',
      material: {
        method: 'credit',
        amount: '902.50',
        currency: 'EUR',
        messageid: '98348932',
        orderid: '87654567',
        enduserid: '32123',
        notificationid: '9876543456',
        timestamp: '2010-01-20 13:42:04.675645+00',
      },
      formerMaterial: expect.objectContaining({ timestamp: '2010-01-20 14:42:04.675645+01' }),
      subject: { kind: 'payment', id: '87654567' },
      precedence: { side: 'for', rank: 0, describes: 'all' },
      facts: { 'credit/9876543456': { codes: [], amounts: ['902.50 EUR'] } },
      aliases: [
        { type: 'id', value: '87654567' },
        { type: 'reference', value: '98348932' },
      ],
      test: true,
      endUser: '32123',
      details: { eventType: 'credit' },
    });
  });

  it('a cancel reason, an errorcode and the refund flag become codes of the facts', () => {
    const cancel = {
      ...SAMPLES.cancel,
      refund: '1',
      attributes: { reason: 'INVALID_ACCOUNT', details: 'Joe' },
    };
    expect(normalize('cancel', cancel)).toMatchObject({
      facts: { 'cancel/4876513450': { codes: ['reason:INVALID_ACCOUNT', 'refund'], amounts: [] } },
      details: { reasonCode: 'INVALID_ACCOUNT' },
    });
    expect(normalize('payoutfailed', SAMPLES.payoutfailed)).toMatchObject({
      facts: {
        'payoutfailed/1716888077': { codes: ['error:incorrect_account_number'], amounts: ['11.00 SEK'] },
      },
      details: { code: 'incorrect_account_number' },
    });
    expect(normalize('account', SAMPLES.account).facts).toEqual({
      'account/35673567': { codes: ['verified'], amounts: [] },
    });
  });

  it.each(Object.entries(SAMPLES).filter(([method]) => method !== 'kyc'))(
    'the method %s becomes a fact of its order',
    (method, data) => {
      const { facts, subject } = normalize(method, data);
      expect(Object.keys(facts)).toEqual([`${method}/${data.notificationid}`]);
      expect(subject).toEqual({ kind: 'payment', id: data.orderid });
    },
  );

  it('a kyc notification is recorded without subject, facts and remark', () => {
    const kyc = normalize('kyc', SAMPLES.kyc);
    expect(kyc.facts).toEqual({});
    expect(kyc).not.toHaveProperty('subject');
    expect(kyc).not.toHaveProperty('remark');
  });

  it('no personal data reaches a normalized notification, also not from a free-text reason or errorcode', () => {
    const person = {
      enduserid: 'joe@example.org',
      attributes: { reason: 'Joe Johnson said no', name: 'Joe' },
    };
    const failed = { errorcode: 'Joe Johnson has moved', errormessage: 'Joe Johnson, Street 10' };
    const all = [
      normalize('credit', { ...SAMPLES.credit, ...person }),
      normalize('cancel', { ...SAMPLES.cancel, ...person }),
      normalize('account', SAMPLES.account),
      normalize('kyc', SAMPLES.kyc),
      normalize('payoutfailed', { ...SAMPLES.payoutfailed, ...failed }),
    ];
    expect(all.at(-1)?.material).not.toHaveProperty('errormessage');
    // The end user is for the merchant: only endUser and the material fields, which are hashed, may contain it.
    const kept = all.map(({ endUser: _name, material: _hashed, formerMaterial: _before, ...rest }) => rest);
    expect(JSON.stringify(kept)).not.toMatch(/joe|johnson|196512171957|084057|street/i);
  });

  it('copies that differ only in uuid and signature become equal normalized events', () => {
    const copies = [UUID, '00000000-0000-4000-8000-000000000001'].map((uuid) =>
      trustlyEurope.parse(body({ method: 'credit', uuid, data: SAMPLES.credit, signature: uuid }), account()),
    );
    expect(copies[0]).not.toEqual(copies[1]);
    const [one, other] = copies.map((copy) => trustlyEurope.normalize(copy, account()));
    expect(other).toEqual(one);
  });

  it('copies that differ only in number form or unknown fields have equal material fields', () => {
    const { material } = normalize('credit', SAMPLES.credit);
    expect(
      normalize('credit', { ...SAMPLES.credit, amount: '902.5', orderid: 87654567, attempt: '2' }).material,
    ).toEqual(material);
    for (const change of [{ amount: '902.51' }, { orderid: '1' }, { enduserid: 'x' }, { messageid: 'x' }]) {
      expect(normalize('credit', { ...SAMPLES.credit, ...change }).material).not.toEqual(material);
    }
    expect(normalize('pending', { ...SAMPLES.credit }).material).not.toEqual(material);
    const canceled = (reason: string) =>
      normalize('cancel', { ...SAMPLES.cancel, attributes: { reason } }).material;
    expect(canceled('DECLINED')).toEqual(canceled('DECLINED'));
    expect(canceled('DECLINED')).not.toEqual(canceled('FAILED'));
  });

  const materialAt = (timestamp: string) => normalize('credit', { ...SAMPLES.credit, timestamp }).material;

  it('timestamps of the same instant give equal material fields, however the instant is written', () => {
    const spellings = [
      '2015-03-12 02:30:00.5+00',
      '2015-03-12 03:30:00.5+01',
      '2015-03-12 02:30:00.500000+00',
      '2015-03-12 02:30:00.50+00:00',
      '2015-03-12 08:00:00.5+0530',
      '2015-03-11 21:30:00.5-05',
    ];
    for (const timestamp of spellings) expect(materialAt(timestamp)).toEqual(materialAt(spellings[0] ?? ''));
    // The spelling of the published vectors is hashed as in an earlier version.
    expect(
      normalize('credit', { ...SAMPLES.credit, timestamp: '2015-03-12 15:14:18.61671+00' }),
    ).not.toHaveProperty('formerMaterial');
    for (const other of [
      '2015-03-12 02:30:00.6+00',
      '2015-03-12 02:30:00.500001+00',
      '2015-03-12 02:30:00+00',
      '2015-03-12 02:30:00.5+01',
    ]) {
      expect(materialAt(other)).not.toEqual(materialAt(spellings[0] ?? ''));
    }
    // A date that does not exist is compared as a text.
    expect(materialAt('2015-13-12 02:30:00+00')).not.toEqual(materialAt('2015-13-12 02:30:00.0+00'));
  });

  it('instantOf is equal exactly for equal instants, with any offset and any zeros', () => {
    const instant = fc.tuple(
      fc.integer({ min: 0, max: 4_000_000_000 }),
      fc.integer({ min: 0, max: 999_999 }),
    );
    const spelling = fc.record({
      offset: fc.integer({ min: -14 * 60, max: 14 * 60 }),
      zeros: fc.boolean(),
      colon: fc.constantFrom(':', ''),
    });
    const written = (
      [seconds, micros]: readonly [number, number],
      { offset, zeros, colon }: { offset: number; zeros: boolean; colon: string },
    ) => {
      const local = new Date((seconds + offset * 60) * 1_000).toISOString();
      const digits = String(micros).padStart(6, '0');
      const fraction = zeros ? digits : digits.replace(/0+$/, '');
      const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) =>
        String(part).padStart(2, '0'),
      );
      const ending = minutes === '00' ? hours : `${hours}${colon}${minutes}`;
      return `${local.slice(0, 10)} ${local.slice(11, 19)}${fraction === '' ? '' : `.${fraction}`}${offset < 0 ? '-' : '+'}${ending}`;
    };
    fc.assert(
      fc.property(instant, instant, spelling, spelling, (a, b, one, other) => {
        expect(instantOf(written(a, one))).toBe(instantOf(written(a, other)));
        const isSame = a[0] === b[0] && a[1] === b[1];
        expect(instantOf(written(a, one)) === instantOf(written(b, other))).toBe(isSame);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a notification is no test traffic in live', () => {
    const notification = trustlyEurope.parse(signed('credit', SAMPLES.credit), account());
    expect(trustlyEurope.normalize(notification, account({}, 'live')).test).toBe(false);
  });
});
