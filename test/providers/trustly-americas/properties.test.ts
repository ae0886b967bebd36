/** Properties of generated messages and histories. The other files have examples. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFacts } from '../../../shared/providers/trustly-americas/facts.ts';
import { trustlyAmericas } from '../../../shared/providers/trustly-americas/index.ts';
import { cutSplitToken } from '../../../shared/providers/trustly-americas/notification.ts';
import {
  AMERICAS_EVENTS,
  AMERICAS_STATUSES,
  AMERICAS_TRANSACTION_TYPES,
} from '../../../shared/providers/trustly-americas/tables.ts';
import {
  account,
  authentic,
  basic,
  check,
  child,
  confirm,
  dispute,
  type Fields,
  factsOf,
  normalizedOf,
  OWN,
  own,
  read,
  readNormalized,
  replay,
  request,
  vector,
} from './support.ts';

describe('a splitToken in any body', () => {
  const token = 'dG9rZW4';
  const writtenAs = ['splitToken', 'split%54oken', '%73plitToken', 'splitTo%6Ben'];
  const beside = fc.constantFrom('eventId=1', 'x=%C3', '%A9=1', 'status=', '', 'message=a%3Db', 'é=+');

  test('a splitToken is cut out however its name is escaped, and a body without a splitToken stays unchanged', () => {
    fc.assert(
      fc.property(
        fc.array(beside, { maxLength: 4 }),
        fc.array(beside, { maxLength: 4 }),
        fc.option(fc.constantFrom(...writtenAs)),
        (before, after, name) => {
          const body = [...before, ...(name === null ? [] : [`${name}=${token}`]), ...after].join('&');
          const { message, splitToken } = cutSplitToken(body);
          expect(splitToken).toBe(name === null ? undefined : token);
          expect(message).toBe(body.replace(token, ''));
        },
      ),
    );
  });
});

describe('arbitrary input', () => {
  const piece = fc.constantFrom(
    ...'& = + % %26 %3D %2B %C3%A9 %E9 %00 splitToken status eventId eventType Update message objectId 7 __proto__ a'.split(
      ' ',
    ),
  );
  const soup = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

  test('arbitrary bytes and headers without the key are refused without an exception', () => {
    const header = fc.oneof(
      fc.string(),
      fc.string().map((text) => basic(text)),
      fc.string().map((text) => basic(`${vector.accessId}:${text}`)),
      fc
        .uint8Array({ minLength: 20, maxLength: 20 })
        .map((mac) => basic(`${vector.accessId}:${Buffer.from(mac).toString('base64')}`)),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), header, (body, authorization) => {
        expect(check(request(body, { authorization })).authentic).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('an authentic text is read or quarantined, and the kept message reads the same', () => {
    fc.assert(
      fc.property(soup, (tail) => {
        const body = `eventId=7&eventType=Update&objectId=5&${tail}`;
        const verdict = replay(body);
        if (/%(?![0-9A-F]{2})/i.test(body)) {
          expect(verdict).toMatchObject({ status: 400, reason: 'unreadable_body' });
          return;
        }
        const { message, notification, quarantine } = authentic(verdict);
        expect(notification === undefined).toBe(quarantine !== undefined);
        if (notification) expect(trustlyAmericas.parse(message, account)).toEqual(notification);
      }),
      { numRuns: 2000 },
    );
  });

  /** An attacker can send every body with the same decoded text under a genuine signature. */
  test('no other encoding of a genuine event is read as another event', () => {
    const genuine =
      'eventId=7&eventType=Update&transactionType=3&objectId=5&fiName=M%26T=Bank+%2B&status=2&new=1';
    const normalize = (body: string) => {
      const { notification } = authentic(replay(body, genuine));
      return notification && trustlyAmericas.normalize(notification, account);
    };
    const expected = normalize(genuine);
    const characters = [...decodeURIComponent(genuine.replaceAll('+', ' '))];
    const separators = characters.flatMap((character, at) => ('&='.includes(character) ? [at] : []));
    const encoded = fc.tuple(
      fc.subarray(separators, { maxLength: 3 }),
      fc.subarray([...characters.keys()].filter((at) => !separators.includes(at))),
    );
    let read = 0;
    fc.assert(
      fc.property(encoded, ([hidden, others]) => {
        const at = new Set([...hidden, ...others]);
        const body = characters
          .map((character, index) =>
            at.has(index) || character === '+'
              ? `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
              : character,
          )
          .join('');
        const altered = normalize(body);
        if (altered === undefined) return;
        read++;
        expect(altered).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(50);
  });
});

describe('the order of events', () => {
  const types = Object.keys(AMERICAS_TRANSACTION_TYPES);
  const anyEvent = fc
    .record({
      eventType: fc.constantFrom(...Object.keys(AMERICAS_EVENTS)),
      status: fc.option(fc.constantFrom(...Object.keys(AMERICAS_STATUSES)), { nil: undefined }),
      type: fc.constantFrom(...types, '3', '3', '3'),
      id: fc.constantFrom('900', '901'),
    })
    .map(
      ({ eventType, status, type, id }): Fields =>
        AMERICAS_TRANSACTION_TYPES[type]?.role === 'child'
          ? child(type, eventType, status, id)
          : own(eventType, status, { transactionType: type, transactionId: OWN }),
    );
  const anyHistory = fc.array(anyEvent, { maxLength: 12 });

  test('every permutation and duplication of a set of events gives the same facts and reading', () => {
    const shuffled = anyHistory.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([events, again]) => {
        expect(factsOf(again)).toEqual(factsOf(events));
        expect(read(...again)).toEqual(read(...events));
      }),
      { numRuns: 1000 },
    );
  });

  test('a payment is paid only with a completion and with nothing against the payment', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const facts = factsOf(events);
        const { status, kind, doubts: open } = readFacts(facts);
        if (status !== 'paid') return;
        expect(kind).toBe('payment');
        const codes = Object.values(facts).flatMap((entry) => entry.codes);
        expect(codes).toEqual(expect.arrayContaining([expect.stringMatching(/:(4|11|12)$/)]));
        expect(facts[`own/${OWN}`]?.codes.join()).not.toMatch(/Reverse:|:10(,|$)|ReverseEndUser/);
        if (open.length === 0 && !Object.keys(facts).some((key) => key.startsWith('represent/'))) {
          expect(facts[`own/${OWN}`]?.codes.join()).not.toMatch(/(Deny|Fail|Expire|Cancelled):/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a further event against a payment that is not paid never makes the payment paid', () => {
    const against = fc.constantFrom(
      () => own('Deny', '8'),
      () => own('Fail', '5'),
      () => own('Reverse', '10'),
      () => own('Refund', '12'),
      dispute,
    );
    fc.assert(
      fc.property(anyHistory, against, (others, make) => {
        const events = [own('Establish', '1'), ...others];
        const before = read(...events).status;
        if (before !== 'paid') expect(read(...events, make()).status).not.toBe('paid');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the order of events and API answers', () => {
  const anyEvent = fc
    .record({
      name: fc.constantFrom(...Object.keys(AMERICAS_EVENTS)),
      status: fc.option(fc.constantFrom(...Object.keys(AMERICAS_STATUSES)), { nil: undefined }),
    })
    .map(({ name, status }) => normalizedOf(own(name, status)));
  const sum = fc.constantFrom('0.00', '4.00', '10.00', undefined);
  const anyAnswer = fc
    .record({
      status: fc.constantFrom(...Object.keys(AMERICAS_STATUSES)),
      recordVersion: fc.constantFrom(1, 2, 10, undefined),
      paid: sum,
      refunded: sum,
      reversed: sum,
      transactionType: fc.constantFrom('3', '4', '5', '8'),
      transactionId: fc.constantFrom('500', '900'),
    })
    .map((fields) => confirm({ ...fields, originalTransactionId: '500' }));
  const history = fc.array(fc.oneof(anyEvent, anyAnswer), { maxLength: 10 });

  test('every permutation and duplication of events and API answers gives the same reading', () => {
    const twice = history.chain((parts) =>
      fc.tuple(
        fc.constant(parts),
        fc.shuffledSubarray([...parts, ...parts], { minLength: parts.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(twice, ([parts, again]) => {
        expect(readNormalized(...again)).toEqual(readNormalized(...parts));
      }),
      { numRuns: 500 },
    );
  });
  test('no stale API answer makes a payment better than the latest API answer does', () => {
    const good = ['paid', 'partially_refunded'];
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 6 }),
        fc.constantFrom('5', '7', '8', '10', '12'),
        (events, bad) => {
          const latest = confirm({ status: bad, recordVersion: 100 });
          const reading = readNormalized(...events, latest, confirm({ recordVersion: 99 }));
          expect(good.includes(reading.status) && reading.doubts.length === 0).toBe(false);
        },
      ),
    );
  });
});
