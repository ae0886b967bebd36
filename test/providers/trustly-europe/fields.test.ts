/**
 * The required and the optional fields of each method, and the forms of their values
 * (docs/protocols/trustly-europe-fields.md#fields).
 */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../local/demo/senders/trustly-europe.ts';
import { FIELDS } from '../../../shared/providers/trustly-europe/fields.ts';
import { read, SAMPLES } from './support.ts';

const samples: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  ...SAMPLES,
  payoutdowngraded: { notificationid: '1' },
  brandnew: { notificationid: '1' },
};

describe('the fields of a method', () => {
  const ids = 'notificationid orderid messageid';
  const money = 'amount currency timestamp';
  it.each([
    ['account', `${ids} accountid verified`, 'attributes'],
    ['cancel', ids, 'attributes enduserid refund timestamp'],
    ['credit', ids, `${money} attributes enduserid refund`],
    ['debit', `${ids} ${money}`, 'attributes enduserid refund'],
    ['kyc', `${ids} kycentityid`, 'attributes'],
    ['payoutconfirmation', `${ids} ${money}`, 'attributes enduserid'],
    ['payoutdowngraded', 'notificationid', 'messageid orderid'],
    ['payoutfailed', `${ids} ${money}`, 'attributes enduserid errorcode errormessage'],
    ['pending', `${ids} ${money}`, 'attributes enduserid refund'],
    ['brandnew', 'notificationid', 'messageid orderid'],
  ])(
    'the method %s needs the fields %s, may have %s, and ignores all others',
    (method, required, optional) => {
      const sample = samples[method] ?? {};
      const readable = expect.objectContaining({ fields: expect.anything() });
      for (const name of Object.keys(FIELDS)) {
        const { [name]: _, ...rest } = sample;
        if (required.split(' ').includes(name)) expect(read(method, rest), name).toBe('missing_field');
        const isRead = `${required} ${optional}`.split(' ').includes(name);
        expect(read(method, { ...sample, [name]: true }), name).toEqual(isRead ? 'wrong_type' : readable);
      }
    },
  );
});

describe('the values of a field', () => {
  const of = (name: string, value: string) => {
    const method = name === 'verified' ? 'account' : 'credit';
    const content = read(method, { ...samples[method], [name]: value });
    return typeof content === 'string' ? content : content.fields[name as keyof typeof content.fields];
  };
  const digits = (count: number) => '1'.repeat(count);

  it.each<[string, readonly string[]]>([
    ['amount', ['0', '11', '902.5', `${digits(20)}.${digits(12)}`]],
    ['currency', ['EUR', 'HUF']],
    ['notificationid', ['1', digits(20)]],
    ['orderid', ['1', digits(20)]],
    ['refund', ['1']],
    [
      'timestamp',
      ['2010-01-20 14:42:04.6-05', '2010-01-20 14:42:04+0530', '2010-01-20 14:42:04.675645+05:30'],
    ],
    ['verified', ['0', '1']],
  ])('the field %s accepts the values %j', (name, values) => {
    expect(values.map((value) => of(name, value))).toEqual(values);
  });

  it.each<[string, readonly string[]]>([
    ['amount', ['+1', '-1', '.5', '5.', '1,5', '1 000', digits(21), `1.${digits(13)}`]],
    ['currency', ['EU', 'EURO', 'eur', 'E1R']],
    ['notificationid', [digits(21), '12a', '1.0', '-1']],
    ['orderid', [digits(21), '12a', '1.0', '-1']],
    ['refund', ['0', '2', '11', 'true']],
    [
      'timestamp',
      ['2010-01-20', '2010-01-20 14:42:04', '2010-01-20 14:42:04.+01', '2010-01-20 14:42:04.1234567+01'],
    ],
    ['verified', ['2', '01', 'true']],
  ])('the field %s refuses the values %j as malformed_field', (name, values) => {
    expect(values.map((value) => of(name, value))).toEqual(values.map(() => 'malformed_field'));
  });
});
