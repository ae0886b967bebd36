import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../shared/providers/trustly-europe/json.ts';
import {
  QuarantinedError,
  readContent,
  readMessage,
} from '../../../shared/providers/trustly-europe/notification.ts';
import { compareBytes, serialize } from '../../../shared/providers/trustly-europe/serialize.ts';
import { body, G1, SAMPLES, signed, verifyOwn, verifyPublished } from './support.ts';

const { amount, currency, enduserid, messageid, notificationid, orderid, timestamp } = G1.data as Record<
  string,
  string
>;
const tail = { timestamp };
const rest = { amount, currency, enduserid, messageid };

describe("altered messages that keep G1's genuine signature", () => {
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
      'all of the amount in one unknown key',
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
      'everything in one key',
      { [`amount${amount}`]: G1.plain.slice(`credit${G1.uuid}amount${amount}`.length) },
    ],
    ['everything in an object', { '': G1.data }],
  ])('%s: authentic, set aside, answered', (_name, data) => {
    expect(verifyPublished(body({ ...G1, data }))).toMatchObject({
      authentic: true,
      quarantine: expect.stringMatching(/^(missing_field|wrong_type|malformed_field|ambiguous)$/),
      notification: { method: 'credit', uuid: G1.uuid },
    });
  });

  it('duplicate keys, the forged one first: set aside; the forged one last: not authentic', () => {
    const text = body(G1);
    const first = text.replace('"amount":', '"amount":"9000.00","amount":');
    const last = text.replace('"amount":"20.00"', '"amount":"20.00","amount":"9000.00"');
    expect(verifyPublished(first)).toMatchObject({ authentic: true, quarantine: 'duplicate_key' });
    expect(verifyPublished(last)).toMatchObject({ authentic: false, status: 401 });
  });

  it('the boundary between method and uuid moved: 400', () => {
    const uuid = G1.plain.slice('creditf1b77aac-'.length).slice(0, 36);
    expect(verifyPublished(body({ ...G1, method: 'creditf1b77aac-', uuid }))).toMatchObject({ status: 400 });
    expect(verifyPublished(body({ ...G1, method: '', uuid: `credit${G1.uuid}` }))).toMatchObject({
      status: 400,
    });
  });

  it('a number for a text means the same, and is the same message', () => {
    const text = body(G1).replace(`"${notificationid}"`, String(notificationid));
    const verdict = verifyPublished(text);
    expect(verdict).not.toHaveProperty('quarantine');
    expect(verdict).toMatchObject({ notification: { content: { fields: G1.data } } });
    // Another way to write the number is another text.
    expect(verifyPublished(body(G1).replace(`"${notificationid}"`, '3.65395692e9'))).toMatchObject({
      status: 401,
    });
  });
});

describe('what an end user could write into the signed text', () => {
  const forged = { messageid: '7', notificationid: '8', orderid: '9' };
  const wish = `bobmessageid7notificationid8orderid9timestamp2015-03-12 15:14:18+00`;

  it('a whole notification in the user name: neither reading is applied', () => {
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

  it('the swallowed part split over two unknown keys: still set aside', () => {
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

  it('names of fields a thousand times: set aside without counting them all', () => {
    const data = { ...SAMPLES.credit, newfield: 'orderid1'.repeat(1_000) };
    expect(verifyOwn(signed('credit', data))).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
  });
});

/** The content, or why the message is set aside. */
function read(method: string, data: ReadonlyMap<string, string>) {
  const uuid = '258a2184-2842-b485-25ca-293525152425';
  try {
    return readContent(readMessage(body({ method, uuid, data: Object.fromEntries(data) })));
  } catch (error) {
    if (error instanceof QuarantinedError) return error.reason;
    throw error;
  }
}

describe('any two messages with one signed text', () => {
  /** Every way to cut `text` into keys and values has cuts; these move the genuine ones about, or drop them. */
  const cutsOf = (text: string) =>
    fc
      .array(fc.nat({ max: text.length }), { minLength: 4, maxLength: 16 })
      .map((cuts) => [...new Set([0, ...cuts])].sort((a, b) => a - b));

  /** Pieces of adversarial text: field names, digits and separators in any order. */
  const pieces = fc.array(
    fc.constantFrom(
      'messageid',
      'notificationid',
      'orderid',
      'enduserid',
      'amount',
      'currency',
      '1',
      '22',
      'EUR',
      'z',
      'os',
    ),
    { maxLength: 10 },
  );

  it('agree on every field about money and identity, or at least one of them is set aside', () => {
    const story = fc.tuple(pieces, pieces).chain(([user, message]) => {
      const data = new Map<string, string>([
        ...Object.entries(SAMPLES.pending),
        ['enduserid', user.join('')],
        ['messageid', `m${message.join('')}`],
      ]);
      const text = serialize(parseJson(JSON.stringify(Object.fromEntries(data))).value);
      const names = [
        'amount',
        'currency',
        'enduserid',
        'messageid',
        'notificationid',
        'orderid',
        'timestamp',
      ];
      // Cuts at and right behind every place where a name stands, each taken or not: all the plausible readings.
      const places = names.flatMap((name) =>
        [...text.matchAll(new RegExp(name, 'g'))].flatMap(({ index }) => [index, index + name.length]),
      );
      return fc.tuple(
        fc.constant(data),
        fc.constant(text),
        fc.subarray([...new Set(places)].sort((a, b) => a - b)),
        cutsOf(text),
      );
    });
    let compared = 0;
    fc.assert(
      fc.property(story, ([data, text, places, random]) => {
        for (const cuts of [places, random]) {
          const altered = cut(text, cuts);
          if (altered === undefined) continue;
          const [a, b] = [read('pending', data), read('pending', altered)];
          if (typeof a === 'string' || typeof b === 'string') continue;
          compared += 1;
          for (const name of ['amount', 'currency', 'notificationid', 'orderid'] as const) {
            expect(b.fields[name], text).toBe(a.fields[name]);
          }
        }
      }),
      { numRuns: 3_000 },
    );
    expect(compared).toBeGreaterThan(0);
  });

  /** Alternating keys and values between the cuts; undefined unless they sort and serialize back to the text. */
  function cut(text: string, cuts: readonly number[]): Map<string, string> | undefined {
    const parts = cuts.map((from, index) => text.slice(from, cuts[index + 1] ?? text.length));
    if (cuts[0] !== 0) return undefined;
    const data = new Map<string, string>();
    for (let index = 0; index < parts.length; index += 2)
      data.set(parts[index] ?? '', parts[index + 1] ?? '');
    const keys = [...data.keys()];
    if (keys.some((key, index) => index > 0 && compareBytes(keys[index - 1] ?? '', key) >= 0))
      return undefined;
    return [...data].map(([key, value]) => key + value).join('') === text ? data : undefined;
  }
});
