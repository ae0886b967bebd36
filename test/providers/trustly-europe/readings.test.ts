/** The other readings of one signed text that count, rule by rule. Verification and quarantine: ambiguity.test.ts. */
import { describe, expect, it } from 'vitest';
import { type Json, plainText } from '../../../local/demo/senders/trustly-europe.ts';
import { read, SAMPLES, UUID } from './support.ts';

type Data = Readonly<Record<string, Json>>;
const PASSES = expect.objectContaining({ fields: expect.anything() });
const without = (data: Data, ...names: string[]): Data =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)));

const noAmount = without(SAMPLES.credit, 'amount', 'attributes', 'currency');
const mandate = without(SAMPLES.pending, 'enduserid');

describe('two notifications with the same signed text', () => {
  it.each<[string, string, Data, unknown, Data, unknown]>([
    [
      'the amount is renamed away, a new field of Trustly between it and the currency',
      'credit',
      { ...without(SAMPLES.credit, 'attributes'), channel: 'x' },
      PASSES,
      { ...noAmount, 'amount902.50channelx': '', currencyE: 'UR' },
      'ambiguous',
    ],
    [
      'the refund flag is renamed away, behind a new field: a refund would read as a reversal',
      'debit',
      { ...SAMPLES.debit, paymentdate: '2024-01-05', refund: '1' },
      PASSES,
      { ...SAMPLES.debit, 'paymentdate2024-01-05refund': '1' },
      'ambiguous',
    ],
    [
      'the currency is carved out of a user name, the true one hidden in an unknown key',
      'debit',
      { ...without(SAMPLES.debit, 'attributes'), enduserid: 'currencyUSD' },
      'ambiguous',
      { ...without(SAMPLES.debit, 'attributes', 'enduserid'), currenc: 'yEURenduserid', currency: 'USD' },
      'ambiguous',
    ],
    [
      'an amount is carved out of a new field, the empty key in front',
      'credit',
      { ...noAmount, channel: 'amount9000currencyEUR' },
      'ambiguous',
      { ...noAmount, '': 'channel', amount: '9000', currency: 'EUR' },
      PASSES,
    ],
  ])(
    'two notifications with the same signed text are not both read: %s',
    (_name, method, genuine, asGenuine, altered, asAltered) => {
      expect(plainText(method, UUID, altered)).toEqual(plainText(method, UUID, genuine));
      expect(read(method, genuine)).toEqual(asGenuine);
      expect(read(method, altered)).toEqual(asAltered);
    },
  );
});

describe('field names inside values', () => {
  it.each<[string, string, Data]>([
    [
      'a required field is missing before the field name',
      'pending',
      { ...mandate, accountid: 'currencyUSDh' },
    ],
    [
      'a required field is missing after the field names',
      'cancel',
      { ...SAMPLES.cancel, enduserid: 'notificationid5orderid6z' },
    ],
    ['the field names stand in another order', 'pending', { ...mandate, messageid: 'enduserid7messageid8' }],
    [
      'no key between the neighbours begins with the rest behind the field name',
      'debit',
      { ...without(SAMPLES.debit, 'attributes'), enduserid: 'currencyUSDT' },
    ],
    [
      'no key between the neighbours begins with the rest before the field name',
      'credit',
      { ...SAMPLES.credit, zone: 'refund1' },
    ],
    [
      'no key after the last field begins with the rest',
      'cancel',
      { ...SAMPLES.cancel, messageid: `m7notificationid${SAMPLES.cancel.notificationid}orderid2` },
    ],
    [
      'a currency comes without its amount',
      'credit',
      { ...noAmount, attributes: {}, enduserid: 'currencyEUR' },
    ],
  ])('a notification with a field name in a value is accepted where %s', (_name, method, data) => {
    expect(read(method, data)).toEqual(PASSES);
  });

  it('a notification with up to 64 field names is accepted, and with 65 is ambiguous', () => {
    // Five names of the sample's own fields and 59 more.
    const names = (count: number) => ({ ...SAMPLES.cancel, z: 'attributes'.repeat(count) });
    expect(read('cancel', names(59))).toEqual(PASSES);
    expect(read('cancel', names(60))).toBe('ambiguous');
  });
});
