/** One page per provider: the meaning of every documented code, from the tables that decide it. */
import {
  PARTIAL_REFUND,
  REASONS,
  TYPES,
  UNKNOWN_REASON,
  UNKNOWN_TYPE,
} from '../../shared/providers/paymentwall/tables.ts';
import {
  AMERICAS_ERROR_CODES,
  AMERICAS_EXTENDED_RANGES,
  AMERICAS_EXTENDED_REASONS,
  AMERICAS_PROVIDER_CODES,
  AMERICAS_REASON_CODES,
  type CodeRow,
} from '../../shared/providers/trustly-americas/codes.ts';
import { AMERICAS_ENUMERATIONS } from '../../shared/providers/trustly-americas/enumerations.ts';
import { CAUTION, claimOf } from '../../shared/providers/trustly-americas/facts.ts';
import {
  AMERICAS_EVENT_ALIASES,
  AMERICAS_EVENTS,
  AMERICAS_PAYMENT_TYPES,
  AMERICAS_STATUSES,
  AMERICAS_TRANSACTION_TYPES,
  type AmericasEventName,
  type ClaimName,
  CONFIRMED,
  eventRow,
} from '../../shared/providers/trustly-americas/tables.ts';
import { METHODS } from '../../shared/providers/trustly-europe/fields.ts';
import {
  CANCEL_REASONS,
  DEBIT_REASONS,
  ENDED_PRECEDENCE,
  MEANINGS,
  type MeaningRow,
  REFUND_FLAG_MEANINGS,
  REFUSED_DEBIT_MEANING,
} from '../../shared/providers/trustly-europe/tables.ts';
import { code, entriesTable, page, rendered, table } from './markdown.ts';

export function americasPage(): string {
  return page(
    rendered('shared/providers/trustly-americas/{tables,codes}.ts'),
    '# Trustly Americas: what each code means',
    'Facts are joined, whatever the order of arrival; where an event and its status disagree, the more cautious counts. "source" says what a row rests on: a page or example of the provider (documented), an integrator’s traffic (observed), or our cautious reading of something undocumented (ours).',
    '## Events',
    'What an event says of a payment when it carries a status that the table does not expect, or none: "alone". Case, spaces and underscores in a name never matter.',
    americasEvents(),
    `Other spellings: ${Object.entries(AMERICAS_EVENT_ALIASES)
      .map(([alias, name]) => `${code(alias)} is ${code(name)}`)
      .join(', ')}. An unknown event is answered, kept, counted, and moves nothing.`,
    '## Statuses',
    '"payment": of transaction types 2, 3 and 6. "authorization": of types 1 and 10, and paymentType 5 and 6, which move no money. "as a child": what it makes of a refund, reclaim, reversal or representment.',
    entriesTable(
      ['status', 'name', 'payment', 'authorization', 'as a child', 'why', 'source'],
      AMERICAS_STATUSES,
      ['name', 'payment', 'authorization', 'child', 'reason', 'source'],
    ),
    `Most cautious first: ${CAUTION.join(', ')}.`,
    '## Event × status',
    'What the pair says of a payment; only pairs in which both say "paid" are money. `Confirmed` is no event: the status was polled (Get Transaction).',
    americasClaims(),
    '## Transaction types',
    entriesTable(
      ['type', 'name', 'role', 'direction', 'order kind', 'counts from', 'makes of its parent', 'why'],
      AMERICAS_TRANSACTION_TYPES,
      ['name', 'role', 'direction', 'orderKind', 'countsFrom', 'makes', 'reason'],
    ),
    '## Payment types',
    entriesTable(['paymentType', 'name', 'moves money'], AMERICAS_PAYMENT_TYPES, ['name', 'money']),
    '## Codes',
    'The shopper message is a stable word that the merchant translates; the provider’s own text is never passed on.',
    '### `paymentProviderTransaction.status`',
    codes(AMERICAS_PROVIDER_CODES),
    '### `errorCode`',
    codes(AMERICAS_ERROR_CODES),
    '### `paymentProviderTransaction.reasonCode`',
    codes(AMERICAS_REASON_CODES),
    '### `paymentProviderTransaction.extendedReason.code`',
    'The detail (limits, scores, lists) is the merchant’s alone; the shopper hears of security in general.',
    codes({ ...spelledOut(AMERICAS_EXTENDED_RANGES), ...AMERICAS_EXTENDED_REASONS }),
    '## Numbers that decide nothing',
    'Carried by the redirect or the API; listed for whoever reads them.',
    table(
      ['field', 'number', 'meaning'],
      Object.entries(AMERICAS_ENUMERATIONS).flatMap(([field, meanings]) =>
        Object.entries(meanings).map(([number, meaning]) => [code(field), code(number), meaning]),
      ),
    ),
  );
}

function americasEvents(): string {
  return table(
    ['event', 'what reaches the facts', 'expected statuses', 'alone', 'why', 'source'],
    Object.keys(AMERICAS_EVENTS).map((name) => {
      const row = eventRow(name as AmericasEventName);
      const statuses = row.statuses === 'any' ? 'any' : row.statuses.join(', ');
      return [code(name), row.meaning, statuses, row.alone, row.reason, row.source];
    }),
  );
}

/** With statuses as columns it would be too wide: one line per event, grouped by their meaning. */
function americasClaims(): string {
  const events = (Object.keys(AMERICAS_EVENTS) as AmericasEventName[]).filter(
    (name) => eventRow(name).meaning !== 'nothing',
  );
  const names: readonly ClaimName[] = [...events, CONFIRMED];
  return table(
    ['event', 'with status → says'],
    names.map((name) => {
      const says = new Map<string, string[]>();
      for (const status of Object.keys(AMERICAS_STATUSES)) {
        const claim = claimOf(name, status) ?? 'nothing';
        says.set(claim, [...(says.get(claim) ?? []), status]);
      }
      return [
        code(name),
        [...says].map(([claim, statuses]) => `${statuses.join(' ')} → ${claim}`).join(' · '),
      ];
    }),
  );
}

/** Rows of a numbered family with the same meaning are one line: "R05 to R08". */
const spelledOut = (ranges: typeof AMERICAS_EXTENDED_RANGES): Record<string, CodeRow> =>
  Object.fromEntries(
    ranges.flatMap(({ from, to, row }) =>
      Array.from({ length: to - from + 1 }, (_, index) => [String(from + index), row] as const),
    ),
  );

function codes(rows: Readonly<Record<string, CodeRow>>): string {
  const groups: { from: string; to: string; row: CodeRow }[] = [];
  for (const name of Object.keys(rows).sort(byFamily)) {
    const row = rows[name] as CodeRow;
    const last = groups.at(-1);
    const follows = last !== undefined && isNext(last.to, name);
    if (follows && last.row.meaning === row.meaning && last.row.shopperMessage === row.shopperMessage) {
      last.to = name;
    } else groups.push({ from: name, to: name, row });
  }
  return table(
    ['code', 'meaning', 'shopper message'],
    groups.map(({ from, to, row }) => [
      from === to ? code(from) : `${code(from)} to ${code(to)}`,
      row.meaning,
      row.shopperMessage,
    ]),
  );
}

const parts = (name: string): [prefix: string, number: number] => {
  const [, prefix = '', digits = '0'] = /^([A-Z]*)([0-9]+)$/.exec(name) ?? [];
  return [prefix, Number(digits)];
};

function byFamily(a: string, b: string): number {
  const [[prefixA, numberA], [prefixB, numberB]] = [parts(a), parts(b)];
  return prefixA === prefixB ? numberA - numberB : prefixA < prefixB ? -1 : 1;
}

function isNext(a: string, b: string): boolean {
  const [[prefixA, numberA], [prefixB, numberB]] = [parts(a), parts(b)];
  return prefixA === prefixB && numberB === numberA + 1;
}

const meaningTable = (rows: Readonly<Record<string, MeaningRow>>): string =>
  table(
    ['method', 'role', 'status alone', 'meaning', 'source'],
    Object.entries(rows).map(([method, { role, alone, meaning, source }]) => {
      return [code(method), role.replaceAll('_', ' '), alone, meaning, source];
    }),
  );

export function europePage(): string {
  return page(
    rendered('shared/providers/trustly-europe/{tables,fields}.ts'),
    '# Trustly Europe: what each notification means',
    'What a method means depends on the kind of order. Money is a balance per currency, never netted across; "status alone" is what follows when nothing else is known. "ours": undocumented, our cautious reading. An unknown method is answered OK, kept, counted, and moves nothing.',
    ...Object.entries(MEANINGS).flatMap(([kind, rows]) => [`## Order kind: ${kind}`, meaningTable(rows)]),
    '## With `refund: "1"`, on a payment',
    'The notification is about the payment’s refund. A failed refund of a deposit comes without the flag, as a `credit` on the deposit’s order id: it counts as a refund that came back as far as refunds are known, and is held as `unexpected_credit` beyond that.',
    meaningTable(REFUND_FLAG_MEANINGS),
    '## A withdrawal’s debit that we answered `FAILED`',
    'OK or FAILED is the merchant’s answer (shared/providers/trustly-europe/README.md, Questions); FAILED moved nothing.',
    meaningTable({ debit: REFUSED_DEBIT_MEANING }),
    '## Reasons of a cancel',
    `An unknown reason counts as canceled. Of several cancels the most telling: ${ENDED_PRECEDENCE.join(', ')}.`,
    table(
      ['attributes.reason', 'status'],
      Object.entries(CANCEL_REASONS).map(([reason, status]) => [code(reason), status]),
    ),
    '## Reasons of a debit',
    `${DEBIT_REASONS.map(code).join(', ')}: passed on as a code; the money is gone whichever it is.`,
    '## Fields',
    'Every other field of `data` is kept with the evidence and never interpreted.',
    table(
      ['method', 'required', 'optional'],
      Object.entries(METHODS).map(([method, { required, optional }]) => [
        code(method),
        required.join(', '),
        optional.join(', '),
      ]),
    ),
  );
}

export function paymentwallPage(): string {
  return page(
    rendered('shared/providers/paymentwall/tables.ts'),
    '# Paymentwall: what each pingback means',
    'One payment per `ref`; the facts of its pingbacks are kept as a set. The strongest ending wins, whatever the order: reversed, refunded, denied, voided. No pingback names a money amount.',
    '## Types',
    table(
      ['type', 'name', 'status', 'goods', 'money', 'acts on', 'announces', 'meaning'],
      [
        ...Object.entries(TYPES).map(([type, { name, status, goods, money, actsOn, announces, meaning }]) => [
          ...[code(type), name, status, goods, money, actsOn],
          ...[announces === undefined ? undefined : code(announces), meaning],
        ]),
        ['any other', UNKNOWN_TYPE.name, '', 'keep', false, 'nothing', '', UNKNOWN_TYPE.meaning],
      ],
    ),
    'Physical goods (account setting `goods: physical`): types 0 and 201 are an authorization until the shipment is confirmed.',
    '## Reasons of type 2',
    table(
      ['reason', 'name', 'status', 'takes back', 'meaning'],
      [
        ...Object.entries(REASONS).map(([reason, row]) => [code(reason), row] as const),
        ['none, unknown or unsigned', UNKNOWN_REASON] as const,
        ['type `220`, any', PARTIAL_REFUND] as const,
      ].map(([reason, { name, status, takes, meaning }]) => [reason, name, status, takes, meaning]),
    ),
  );
}
