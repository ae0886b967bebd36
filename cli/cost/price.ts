/** Converts counted calls to money. Prices are data (prices.json), dated, with their source. */

import { fileURLToPath } from 'node:url';
import { FUNCTIONS } from '../../infra/functions.ts';
import { parseJson, textOfFile } from '../named-file.ts';
import { Problem } from '../problem.ts';
import type { Counts } from './count.ts';

const PRICE_NAMES = [
  'httpApiRequest',
  'lambdaRequest',
  'lambdaGbSecond',
  'sqsRequest',
  'dynamoWriteUnit',
  'dynamoReadUnit',
  'eventBridgeEvent',
  'logsGb',
] as const;
type PriceName = (typeof PRICE_NAMES)[number];

/** Prices of CloudFront and WAF in front of the API (infra/constructs/edge.ts, waf.ts). */
const EDGE_NAMES = ['cloudFrontRequest', 'wafRequest', 'wafAcl', 'wafRule'] as const;
/** Number of rules of PayhooksWaf with its defaults. */
export const WAF_RULES = 5;

interface Price {
  readonly price: number;
  readonly per: number;
  readonly unit: string;
  /** AWS's page with the price. */
  readonly page?: string;
  /** Another site that repeats the price, and when; absent when none was found. */
  readonly seen?: { readonly on: string; readonly at: string };
}

export interface PriceTable {
  readonly region: string;
  readonly currency: string;
  readonly asOf: string;
  readonly verified: boolean;
  readonly source: string;
  readonly note: string;
  readonly prices: Readonly<Record<PriceName, Price>>;
  /** Absent in a table of an older version. */
  readonly edge?: Readonly<Record<(typeof EDGE_NAMES)[number], Price>>;
  readonly assumed: {
    readonly intakeMs: number;
    readonly transitionMs: number;
    readonly fulfilmentMs: number;
    readonly why: string;
  };
}

/** One line of the bill, for a million notifications. */
export interface BillLine {
  readonly what: string;
  /** Amount per notification. */
  readonly amount: number;
  readonly unit: string;
  readonly cost: number;
  readonly assumed: boolean;
}

const NOTIFICATIONS = 1_000_000;

const NEXT = 'Copy cli/cost/prices.json, and change the prices.';

/** @param file default: the table of this package. @throws Problem */
export function readPrices(file?: string): PriceTable {
  const path = file ?? fileURLToPath(new URL('./prices.json', import.meta.url));
  const text = textOfFile(path, NEXT);
  const table = parseJson(text, () => Problem.usage(`${path} is not JSON.`, NEXT)) as Partial<PriceTable>;
  const missing = PRICE_NAMES.filter((name) => !(Number(table.prices?.[name]?.price) >= 0));
  if (missing.length === 0 && table.assumed !== undefined) return table as PriceTable;
  throw Problem.notFound(`The price table lacks ${missing.join(', ') || 'assumed'}.`, NEXT);
}

/** The source of each price, one line for each of AWS's pages. */
export function sourcesOf({ prices, edge = {} as never }: PriceTable, withEdge = false): readonly string[] {
  const named = [...Object.values(prices), ...(withEdge ? Object.values(edge) : [])];
  const lines = named.flatMap(({ page, seen }) =>
    page === undefined
      ? []
      : [`${page}: ${seen === undefined ? 'not confirmed by another site' : `${seen.on}, ${seen.at}`}`],
  );
  return [...new Set(lines)];
}

/** Bill of CloudFront and WAF: per million notifications, and a fixed amount per month. @throws Problem */
export function edgeBill({ edge }: PriceTable): { readonly lines: BillLine[]; readonly monthly: number } {
  const missing = EDGE_NAMES.filter((name) => !(Number(edge?.[name]?.price) >= 0));
  if (edge === undefined || missing.length > 0) {
    throw Problem.notFound(`The price table lacks edge: ${missing.join(', ')}.`, NEXT);
  }
  const line = (what: string, name: 'cloudFrontRequest' | 'wafRequest'): BillLine => {
    const { price, per, unit } = edge[name];
    return { what, amount: 1, unit, cost: (price * NOTIFICATIONS) / per, assumed: false };
  };
  return {
    lines: [line('CloudFront', 'cloudFrontRequest'), line('WAF', 'wafRequest')],
    monthly: edge.wafAcl.price + WAF_RULES * edge.wafRule.price,
  };
}

/** Every queue message is sent, received and deleted; batches would make receiving cheaper. */
const REQUESTS_PER_MESSAGE = 3;
const GB = 1_024 ** 3;

/** Number of SQS requests. */
export const requestsOf = ({ intake, transition }: Counts): number =>
  (intake.sends + transition.sends) * REQUESTS_PER_MESSAGE;

export function bill(counts: Counts, table: PriceTable): BillLine[] {
  const { intake, transition, fulfilment, effects, logBytes } = counts;
  const { assumed } = table;
  const writeUnits = transition.writeUnits + fulfilment.writeUnits;
  const readUnits = transition.readUnits + fulfilment.readUnits;
  const messages = intake.sends + transition.sends;
  const gbSeconds = (name: keyof typeof FUNCTIONS, ms: number, times: number): number =>
    (FUNCTIONS[name].memoryMb / 1_024) * (ms / 1_000) * times;
  const seconds =
    gbSeconds('intake-paymentwall', assumed.intakeMs, 1) +
    gbSeconds('transition-worker', assumed.transitionMs, intake.sends) +
    gbSeconds('fulfilment-worker', assumed.fulfilmentMs, transition.sends);
  const line = (what: string, name: PriceName, amount: number, isAssumed = false): BillLine => {
    const { price, per, unit } = table.prices[name];
    return { what, amount, unit, cost: (amount * price * NOTIFICATIONS) / per, assumed: isAssumed };
  };
  return [
    line('HTTP API', 'httpApiRequest', 1),
    line('Lambda invocations', 'lambdaRequest', 1 + messages),
    line('Lambda duration', 'lambdaGbSecond', seconds, true),
    line('SQS requests', 'sqsRequest', requestsOf(counts)),
    line('DynamoDB writes', 'dynamoWriteUnit', writeUnits),
    line('DynamoDB reads', 'dynamoReadUnit', readUnits),
    line('EventBridge events', 'eventBridgeEvent', effects),
    line('Logs and metrics', 'logsGb', logBytes / GB),
  ];
}
