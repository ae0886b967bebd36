import { defined } from '../../shared/payment/defined.ts';
import { PROVIDERS, providers } from '../../shared/providers/index.ts';
import type { Command } from '../command.ts';
import { CASES, type Case, type Counts, countCases } from '../cost/count.ts';
import {
  type BillLine,
  bill,
  edgeBill,
  readPrices,
  requestsOf,
  sourcesOf,
  WAF_RULES,
} from '../cost/price.ts';
import { DEFAULT_PROVIDER } from '../cost/samples.ts';
import type { Counted } from '../cost/units.ts';
import { switchOption, textOption } from '../options.ts';
import { bold, type Line, styled, table } from '../output.ts';

export const costCommand: Command = {
  details: [
    'Runs one notification of a paid payment through the code and the AWS clients that are deployed, and counts their',
    'calls; also a duplicate, a held payment and a forged request. Needs no stack; nothing leaves this computer.',
    'Batches (ten messages at a time) make queues and functions cheaper than shown.',
  ],
  options: {
    provider: textOption('NAME', `whose notification: ${PROVIDERS.join(', ')} (default ${DEFAULT_PROVIDER})`),
    prices: textOption('FILE', 'your own price table, in the form of cli/cost/prices.json'),
    edge: switchOption('add CloudFront and WAF in front of the API (PayhooksEdge, PayhooksWaf)'),
    explain: switchOption('list each row that is written, with its size and its units'),
  },
  run: async ({ flags }) => {
    const prices = readPrices(flags.text('prices'));
    const provider = flags.oneOf('provider', PROVIDERS) ?? DEFAULT_PROVIDER;
    const all = await countCases(provider);
    const edge = flags.is('edge') ? edgeBill(prices) : undefined;
    const inFront = edge?.lines ?? [];
    const cases = CASES.map((name) => {
      const lines = [...bill(all[name], prices), ...inFront];
      return { name, counts: all[name], lines, total: totalOf(lines) };
    });
    const counts = all.normal;
    const lines = [...bill(counts, prices), ...inFront];
    const total = totalOf(lines);
    const rows = lines.map(({ what, amount, unit, cost, assumed }) => [
      what,
      amount >= 0.01 ? String(Math.round(amount * 1_000) / 1_000) : amount.toExponential(2),
      unit,
      (cents(cost) / 100).toFixed(2).padStart(8),
      assumed ? styled('assumed', 'yellow') : 'counted',
    ]);
    const warning: Line[] = prices.verified
      ? []
      : [[styled('Prices are not verified: ', 'yellow'), prices.source]];
    return {
      json: {
        notifications: 1_000_000,
        provider,
        counts,
        lines,
        total,
        cases,
        ...defined({ monthly: edge?.monthly }),
        prices,
      },
      lines: [
        [bold(`One notification of ${providers[provider].config.title}, counted`)],
        ...countedLines(counts),
        '',
        ...(flags.is('explain') ? [...explained(counts), ''] : []),
        [bold(`A million notifications in ${prices.region} (${prices.currency}, ${prices.asOf})`)],
        ...table(['WHAT', 'EACH', 'UNIT', '    COST', 'AMOUNT'], rows),
        ['TOTAL ', bold(`${total.toFixed(2)} ${prices.currency}`)],
        '',
        [bold(`A million of each case (${prices.currency})`)],
        ...casesTable(cases),
        '',
        ...warning,
        ...sourcesOf(prices, edge !== undefined).map((line) => `  ${line}`),
        prices.note,
        `Durations are assumed: ${prices.assumed.why}`,
        ...(edge === undefined
          ? []
          : [
              `WAF, each month: ${edge.monthly.toFixed(2)} ${prices.currency} for the WebACL and its ${WAF_RULES} rules.`,
            ]),
        'Not included, per month: KMS keys, secrets, alarms, stored rows and logs, and polling of empty queues.',
      ],
    };
  },
};

// Rounded as printed, so that the printed lines add up to the total.
const cents = (cost: number): number => Math.round(cost * 100);
const totalOf = (lines: readonly BillLine[]): number =>
  lines.reduce((sum, { cost }) => sum + cents(cost), 0) / 100;

const CASE_IS: Readonly<Record<Case, string>> = {
  normal: 'a paid payment whose order is registered',
  duplicate: 'the same notification again',
  held: 'a paid payment whose order is not registered',
  forged: 'a request signed with another key',
};

const casesTable = (
  cases: readonly { readonly name: Case; readonly counts: Counts; readonly total: number }[],
): readonly Line[] =>
  table(
    ['CASE', 'WRITE UNITS', 'READ UNITS', 'SQS REQUESTS', 'EVENTS', 'LOG BYTES', '   TOTAL', 'WHAT IT IS'],
    cases.map(({ name, counts, total }) => [
      name,
      String(counts.transition.writeUnits + counts.fulfilment.writeUnits),
      String(counts.transition.readUnits + counts.fulfilment.readUnits),
      String(requestsOf(counts)),
      String(counts.effects),
      String(counts.logBytes),
      total.toFixed(2).padStart(8),
      CASE_IS[name],
    ]),
  );

function countedLines({ intake, transition, fulfilment, effects }: Counts): readonly Line[] {
  const marks = transition.marks + fulfilment.marks;
  return table(
    ['STEP', 'CALLS'],
    [
      ['intake', `${intake.sends} SendMessage`],
      [
        'transition',
        `${transition.reads} reads, ${transition.evidencePuts} evidence put, ${transition.transactions} transaction of ${transition.transactionItems.join(', ')} items, ${transition.sends} SendMessage`,
      ],
      ['effects', `${effects} delivered, ${marks} marks (${marks / Math.max(effects, 1)} each)`],
      ['fulfilment', `${fulfilment.reads} reads, ${fulfilment.idempotencyWrites} idempotency writes`],
      ['write units', unitsText(transition, fulfilment)],
    ],
  );
}

/** Explains the number of write units, row by row. */
const explained = ({ transition, fulfilment }: Counts): readonly Line[] => [
  [bold('Each row that is written')],
  ...table(
    ['ROW', 'HOW', 'BYTES', 'UNITS', 'INDEX'],
    [
      ...[...transition.writes, ...fulfilment.writes].map(
        ({ row, how, inTransaction, bytes, units, indexUnits }) => [
          row,
          inTransaction ? `${how} in the transaction` : `${how} alone`,
          String(bytes),
          String(units),
          String(indexUnits),
        ],
      ),
      [
        'idempotency',
        'put alone, at most 1 KB',
        '',
        String(transition.unitsBy.idempotency + fulfilment.unitsBy.idempotency),
        '0',
      ],
    ],
  ),
];

/** A transaction takes twice the units of a plain write, and each begun KB counts. */
function unitsText(...counted: readonly Counted[]): string {
  const of = (kind: keyof Counted['unitsBy']) => counted.reduce((sum, { unitsBy }) => sum + unitsBy[kind], 0);
  const parts = [
    `${of('evidence')} evidence`,
    `${of('transactions')} transactions (two for each started KB)`,
    `${of('marks')} marks`,
    `${of('index')} open index`,
    `${of('idempotency')} idempotency`,
  ];
  return `${counted.reduce((sum, { writeUnits }) => sum + writeUnits, 0)}: ${parts.join(', ')}`;
}
