import { describe, expect, it } from 'vitest';
import {
  AMERICAS_REASON_CODES,
  type CodeRow,
  explainCodes,
  extendedReasonRow,
} from '../../../shared/providers/trustly-americas/codes.ts';
import { normalize } from '../../../shared/providers/trustly-americas/normalize.ts';
import { parseNotification } from '../../../shared/providers/trustly-americas/notification.ts';

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

describe('extended reasons', () => {
  // Copied from the provider's documentation, not from the table; 11XXX to 14XXX are 001 to 999 hours or days.
  const documented: readonly [reason: string, codes: readonly string[]][] = [
    [
      '1',
      ['10000', '10001', ...[11, 12, 13, 14].flatMap((kind) => range(kind * 1000 + 1, kind * 1000 + 999))],
    ],
    ['2', range(20000, 20002)],
    ['3', range(30000, 30401)],
    ['4', ['40000']],
    ['5', range(50000, 50008)],
    ['6', ['60000']],
    ['7', ['70000']],
    ['8', ['80000']],
    ['9', ['90000']],
    ['10', ['100000']],
    ['11', ['110000', '110001']],
    ['12', ['120000']],
    ['16', ['160000']],
  ];

  it.each(documented)('extendedReasonRow knows every documented code of reason %s', (reason, codes) => {
    expect(AMERICAS_REASON_CODES).toHaveProperty([reason]);
    expect(codes.filter((code) => extendedReasonRow(code) === undefined)).toEqual([]);
  });
  it('extendedReasonRow knows no code that is not documented', () => {
    const documentedCodes = new Set(documented.flatMap(([, each]) => each));
    const known = ['', '012024', '12024x', 'toString', ...range(0, 200_000)].filter(
      (code) => extendedReasonRow(code) !== undefined,
    );
    expect(known.filter((code) => !documentedCodes.has(code))).toEqual([]);
    expect(known).toHaveLength(documentedCodes.size);
  });

  it('an extended reason has the shopperMessage of its reason, except contact_support for 50006 to 50008', () => {
    const others = documented.flatMap(([reason, codes]) =>
      codes.filter(
        (code) => extendedReasonRow(code)?.shopperMessage !== AMERICAS_REASON_CODES[reason]?.shopperMessage,
      ),
    );
    expect(others).toEqual(['50006', '50007', '50008']);
    for (const code of others) {
      expect(extendedReasonRow(code)?.shopperMessage).toBe('contact_support');
    }
  });

  it('an extended reason gives the merchant the detail, and the shopper only declined_for_security', () => {
    const fields = {
      eventId: '1',
      eventType: 'Deny',
      objectId: '500',
      transactionType: '3',
      status: '8',
      errorCode: '390',
      'paymentProviderTransaction.status': 'SW054',
      'paymentProviderTransaction.reasonCode': '1',
      'paymentProviderTransaction.extendedReason.code': '12024',
    };
    const { details } = normalize(parseNotification(new URLSearchParams(fields).toString()));
    expect(details).toMatchObject({
      code: 'SW054',
      reasonCode: '1',
      reason: 'count of the consumer exceeded within hours',
      shopperMessage: 'declined_for_security',
    });
  });
});

describe('explainCodes', () => {
  const none = { reasonCode: undefined, providerStatus: undefined, errorCode: undefined };
  it.each<[Parameters<typeof explainCodes>[0], CodeRow | undefined]>([
    [none, undefined],
    [
      { ...none, errorCode: '331' },
      { meaning: 'not enough funds', shopperMessage: 'not_enough_funds' },
    ],
    [
      { ...none, errorCode: '390', providerStatus: 'SW056' },
      { meaning: 'invalid account', shopperMessage: 'try_another_account' },
    ],
    [
      { reasonCode: '2', errorCode: '390', providerStatus: 'SW054' },
      { meaning: 'data mismatch', shopperMessage: 'declined_for_security' },
    ],
    [
      { reasonCode: '5', errorCode: '390', providerStatus: 'SW055', extendedReasonCode: '50006' },
      { meaning: 'debt: insufficient funds', shopperMessage: 'contact_support' },
    ],
    // A code with a message for the shopper comes before a code without one, which comes before no meaning.
    [
      { ...none, errorCode: '100', providerStatus: 'AC101' },
      { meaning: 'internal error', shopperMessage: 'try_again_later' },
    ],
    [{ ...none, errorCode: '210', providerStatus: 'AC118' }, { meaning: 'settled' }],
    [{ ...none, errorCode: '210', providerStatus: 'AC119' }, { meaning: 'duplicate, ignored' }],
    [{ ...none, extendedReasonCode: '30402', providerStatus: 'toString' }, undefined],
  ])('the most specific code with a meaning explains a decline: %j', (codes, row) =>
    expect(explainCodes(codes)).toEqual(row),
  );
});
