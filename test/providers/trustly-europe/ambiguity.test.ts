import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../local/demo/senders/trustly-europe.ts';
import { parseJson } from '../../../shared/providers/trustly-europe/json.ts';
import { serialize } from '../../../shared/providers/trustly-europe/serialize.ts';
import { body, G1, read, SAMPLES, signed, verifyOwn, verifyPublished } from './support.ts';

const { amount, currency, enduserid, messageid, notificationid, orderid, timestamp } = G1.data as Record<
  string,
  string
>;
const tail = { timestamp };
const rest = { amount, currency, enduserid, messageid };

describe('altered notifications that keep G1’s genuine signature', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'orderid swallowed by notificationid',
      { ...rest, notificationid: `${notificationid}orderid${orderid}`, ...tail },
    ],
    [
      'notificationid swallowed by messageid',
      {
        amount,
        currency,
        enduserid,
        messageid: `${messageid}notificationid${notificationid}`,
        orderid,
        ...tail,
      },
    ],
    [
      'messageid swallowed by enduserid',
      {
        amount,
        currency,
        enduserid: `${enduserid}messageid${messageid}`,
        notificationid,
        orderid,
        ...tail,
      },
    ],
    [
      'timestamp swallowed by orderid',
      { ...rest, notificationid, orderid: `${orderid}timestamp${timestamp}` },
    ],
    [
      'currency swallowed by amount',
      {
        amount: `${amount}currency${currency}`,
        enduserid,
        messageid,
        notificationid,
        orderid,
        ...tail,
      },
    ],
    [
      'enduserid swallowed by currency',
      {
        amount,
        currency: `${currency}enduserid${enduserid}`,
        messageid,
        notificationid,
        orderid,
        ...tail,
      },
    ],
    ['amount as an object', { ...G1.data, amount: { [String(amount)]: '' } }],
    ['amount as an object of digits', { ...G1.data, amount: { '20.0': '0' } }],
    ['notificationid as an array', { ...G1.data, notificationid: ['3653', '956920'] }],
    ['notificationid as a nested array', { ...G1.data, notificationid: [[notificationid]] }],
    ['notificationid renamed', { ...rest, notificationid3: '653956920', orderid, ...tail }],
    ['orderid renamed', { ...rest, notificationid, orderid3: '931155141', ...tail }],
    [
      'amount renamed away',
      { amount2: '0.00', currency, enduserid, messageid, notificationid, orderid, ...tail },
    ],
    [
      'amount and currency renamed away',
      {
        'amount20.00': '',
        currencyS: 'EK',
        enduserid,
        messageid,
        notificationid,
        orderid,
        ...tail,
      },
    ],
    [
      'all of the amount in an unknown key',
      {
        amount2: `0.00currency${currency}`,
        enduserid,
        messageid,
        notificationid,
        orderid,
        ...tail,
      },
    ],
    [
      'enduserid renamed away',
      { amount, currency, enduseridl: 'eecS', messageid, notificationid, orderid, ...tail },
    ],
    ['timestamp renamed away', { ...rest, notificationid, orderid, timestamp2: timestamp?.slice(1) }],
    [
      'all fields in a single key',
      { [`amount${amount}`]: G1.plain.slice(`credit${G1.uuid}amount${amount}`.length) },
    ],
    ['all fields in an object', { '': G1.data }],
  ])(
    'an altered G1 with notificationid is quarantined, and without notificationid 401 not_a_notification: %s',
    (_name, data) => {
      const verdict = verifyPublished(body({ ...G1, data }));
      if (!Object.hasOwn(data, 'notificationid')) {
        expect(verdict).toEqual({ authentic: false, status: 401, reason: 'not_a_notification' });
        return;
      }
      expect(verdict).toMatchObject({
        authentic: true,
        quarantine: expect.stringMatching(/^(missing_field|wrong_type|malformed_field|ambiguous)$/),
        notification: { method: 'credit', uuid: G1.uuid },
      });
    },
  );

  it('a forged duplicate key is quarantined before the genuine key, and answered 401 behind the genuine key', () => {
    const text = body(G1);
    const first = text.replace('"amount":', '"amount":"9000.00","amount":');
    const last = text.replace('"amount":"20.00"', '"amount":"20.00","amount":"9000.00"');
    expect(verifyPublished(first)).toMatchObject({ authentic: true, quarantine: 'duplicate_key' });
    expect(verifyPublished(last)).toMatchObject({ authentic: false, status: 401 });
  });

  it('a moved boundary between method and uuid is answered 400', () => {
    const uuid = G1.plain.slice('creditf1b77aac-'.length).slice(0, 36);
    expect(verifyPublished(body({ ...G1, method: 'creditf1b77aac-', uuid }))).toMatchObject({ status: 400 });
    for (const [method, start] of [
      ['', 'credit'],
      ['cred', 'it'],
      ['credi', 't'],
    ]) {
      const moved = body({ ...G1, method, uuid: `${start}${G1.uuid}` });
      expect(verifyPublished(moved), method).toMatchObject({ status: 400 });
    }
  });

  it('a number in place of a text is read as the same value, and another spelling of the number is answered 401', () => {
    const text = body(G1).replace(`"${notificationid}"`, String(notificationid));
    const verdict = verifyPublished(text);
    expect(verdict).not.toHaveProperty('quarantine');
    expect(verdict).toMatchObject({ notification: { content: { fields: G1.data } } });
    // Another spelling of the number is another signed text.
    expect(verifyPublished(body(G1).replace(`"${notificationid}"`, '3.65395692e9'))).toMatchObject({
      status: 401,
    });
  });
});

describe('an end user’s words in the signed text', () => {
  const forged = { messageid: '7', notificationid: '8', orderid: '9' };
  const wish = `bobmessageid7notificationid8orderid9timestamp2015-03-12 15:14:18+00`;

  it('a user name that spells a whole notification is quarantined as ambiguous in both readings', () => {
    const genuine = { ...SAMPLES.credit, enduserid: `${wish}z` };
    expect(verifyOwn(signed('credit', genuine))).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
    const { signature } = JSON.parse(signed('credit', genuine)).params;
    const { amount, attributes, currency, messageid, notificationid, orderid, timestamp } = SAMPLES.credit;
    const swallowed = `messageid${messageid}notificationid${notificationid}orderid${orderid}timestamp${timestamp}`;
    const data = { amount, attributes, currency, enduserid: 'bob', ...forged };
    const altered = { ...data, timestamp: '2015-03-12 15:14:18+00', z: swallowed };
    const uuid = '258a2184-2842-b485-25ca-293525152425';
    const verdict = verifyOwn(body({ method: 'credit', uuid, data: altered, signature }));
    expect(verdict).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
  });

  it('a swallowed part split over two unknown keys is quarantined as ambiguous', () => {
    const genuine = { ...SAMPLES.cancel, enduserid: 'bobmessageid7notificationid8orderid9os' };
    const text = signed('cancel', genuine);
    expect(verifyOwn(text)).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
    const { signature, uuid } = JSON.parse(text).params;
    const { messageid, notificationid, orderid, timestamp } = SAMPLES.cancel;
    const key = `otificationid${notificationid}orderid${orderid}`;
    const data = { enduserid: 'bob', ...forged, os: `messageid${messageid}n`, [key]: '', timestamp };
    const verdict = verifyOwn(body({ method: 'cancel', uuid, data, signature }));
    expect(verdict).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
  });

  it('a new field with a thousand field names is quarantined as ambiguous', () => {
    const data = { ...SAMPLES.credit, newfield: 'orderid1'.repeat(1_000) };
    expect(verifyOwn(signed('credit', data))).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
  });
});

describe('an enduserid that became the beginning of a new field', () => {
  const genuine = { ...SAMPLES.credit, enduserid: 'lee' };
  const { signature, uuid } = JSON.parse(signed('credit', genuine)).params;

  it.each<[string, Readonly<Record<string, Json>>]>([
    ['empty', { ...genuine, enduserid: '', l: 'ee' }],
    ['null, with the new field as an object', { ...genuine, enduserid: null, le: { e: '' } }],
  ])(
    'an altered enduserid that is %s is quarantined as ambiguous: no user could be compared with the order',
    (_name, data) => {
      // No known name sorts between enduserid and messageid, also in the genuine message.
      expect(Object.keys(genuine).filter((key) => key > 'enduserid' && key < 'messageid')).toEqual([]);
      const verdict = verifyOwn(body({ method: 'credit', uuid, data, signature }));
      expect(verdict).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
    },
  );

  it('an empty enduserid or errormessage is accepted where no new field stands directly behind', () => {
    for (const enduserid of ['', null]) {
      expect(read('credit', { ...genuine, enduserid, zeta: 'x' })).toHaveProperty('fields');
      expect(read('credit', { ...genuine, enduserid: 'lee', l: 'ee' })).toHaveProperty('fields');
    }
    expect(read('payoutfailed', { ...SAMPLES.payoutfailed, errormessage: '', f: '1' })).toHaveProperty(
      'fields',
    );
  });
});

describe('an altered cancel reason or errorcode', () => {
  const forge = (method: string, genuine: Readonly<Record<string, Json>>, data: object) => {
    const { signature, uuid } = JSON.parse(signed(method, genuine)).params;
    return verifyOwn(body({ method, uuid, data, signature }));
  };
  const attributes = { details: 'BACS ARUDD_1', reason: 'FAILED' };
  const cancel = { ...SAMPLES.cancel, attributes };

  it.each<[string, object]>([
    ['swallowed by its neighbour', { ...cancel, attributes: { details: 'BACS ARUDD_1reasonFAILED' } }],
    ['renamed', { ...cancel, attributes: { details: 'BACS ARUDD_1', reasonFA: 'ILED' } }],
    ['turned into an array', { ...cancel, attributes: { details: 'BACS ARUDD_1', reason: ['FAILED'] } }],
    ['moved a level deeper', { ...cancel, attributes: { '': attributes } }],
    ['moved out of attributes', { ...SAMPLES.cancel, attributes: {}, 'detailsBACS ARUDD_1reason': 'FAILED' }],
  ])('a cancel reason that was %s is quarantined as ambiguous', (_name, data) => {
    expect(forge('cancel', cancel, data)).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
  });

  it('a genuine cancel is accepted, also where a text mentions reasons', () => {
    const spoken = { details: 'for no good reason at all', reason: 'CANCELLED' };
    for (const each of [attributes, spoken, { details: 'reasons unknown' }, { reason: '' }]) {
      expect(read('cancel', { ...SAMPLES.cancel, attributes: each })).toHaveProperty('fields');
    }
    // A text that is too short for a reason, and a text that only ends like a reason.
    for (const each of [{ details: 'reasonAB' }, { reason: 'said DENIED' }]) {
      const content = read('cancel', { ...SAMPLES.cancel, attributes: each });
      expect(content).toHaveProperty('fields');
      expect(content).not.toHaveProperty('reason');
    }
    // In a message without attributes no text can contain the reason of attributes.
    expect(read('cancel', { ...SAMPLES.cancel, messageid: 'reasonFAILED' })).toHaveProperty('fields');
  });

  it('a cancel reason that continues in free text is quarantined as ambiguous', () => {
    const spoken = { reason: 'FAILED: Joe Johnson said no' };
    expect(read('cancel', { ...SAMPLES.cancel, attributes: spoken })).toBe('ambiguous');
  });

  it('an errorcode that swallowed its errormessage is quarantined as ambiguous', () => {
    const { errorcode, errormessage, ...rest } = SAMPLES.payoutfailed;
    const data = { ...rest, errorcode: `${errorcode}errormessage${errormessage}` };
    expect(forge('payoutfailed', SAMPLES.payoutfailed, data)).toMatchObject({ quarantine: 'ambiguous' });
  });
});

describe('any two notifications with the same signed text', () => {
  /** Values that an attacker may choose for a user, a message id or a new field: names of fields, digits, letters. */
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom('messageid7', 'notificationid8', 'orderid9', 'os', 'z', 'amount1', 'currencyEUR'),
        fc.constantFrom('messageid', 'notificationid', 'orderid', 'enduserid', 'n', 'p', '1', 'EUR'),
      ),
      { maxLength: 6 },
    )
    .map((pieces) => pieces.join(''));

  /** The text, read with the chosen occurrence of each name. The text between becomes unknown keys. */
  function reread(text: string, choice: Readonly<Record<string, number>>): Map<string, string> | undefined {
    const chosen = Object.entries(choice)
      .flatMap(([name, which]) => {
        const found = [...text.matchAll(new RegExp(name, 'g'))].map(({ index }) => index);
        return found.length === 0 ? [] : [{ name, at: found[which % found.length] ?? 0 }];
      })
      .sort((a, b) => a.at - b.at);
    const data = new Map<string, string>();
    const first = chosen[0]?.at ?? text.length;
    if (first > 0) data.set(text.slice(0, first), '');
    chosen.forEach(({ name, at }, index) => {
      const value = text.slice(at + name.length, chosen[index + 1]?.at ?? text.length);
      const strict = /^(?:notification|order)id$/.test(name) ? /^[0-9]*/.exec(value)?.[0] : value;
      data.set(name, strict ?? '');
      const rest = value.slice(strict?.length ?? 0);
      if (rest !== '') data.set(rest, '');
    });
    const isSame = serialize(parseJson(JSON.stringify(Object.fromEntries(data))).value) === text;
    return isSame ? data : undefined;
  }

  it('two notifications with the same signed text have equal ids, or are not both read', () => {
    const which = fc.nat({ max: 2 });
    const choice = fc.record({ enduserid: which, messageid: which, notificationid: which, orderid: which });
    let differing = 0;
    fc.assert(
      fc.property(hostile, hostile, hostile, choice, (enduserid, messageid, newValue, chosen) => {
        const { timestamp: _, ...sample } = SAMPLES.cancel;
        const data = new Map(
          Object.entries({ ...sample, enduserid, messageid: `m${messageid}`, y: newValue }),
        );
        const text = serialize(parseJson(JSON.stringify(Object.fromEntries(data))).value);
        const altered = reread(text, chosen);
        if (altered === undefined) return;
        const same = (['notificationid', 'orderid'] as const).every(
          (name) => altered.get(name) === data.get(name),
        );
        if (same) return;
        differing += 1;
        const readings = [data, altered].map((each) => read('cancel', Object.fromEntries(each)));
        expect(
          readings.some((reading) => typeof reading === 'string'),
          text,
        ).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(differing).toBeGreaterThan(100);
  });
});
