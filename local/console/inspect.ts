/**
 * The pages under /_local: the JSON API and the console page that uses it. They only read, except for faults and
 * `payhooks listen`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConsoleListener } from '../../console/server/http.ts';
import type { Item } from '../../shared/app/ports.ts';
import { ACCOUNT_PREFIX, EFFECT_PREFIX, EVIDENCE_PREFIX, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';
import type { ExplainedEntry } from '../aws/access-log.ts';
import { switchFault } from '../aws/fault-switch.ts';
import type { Faults } from '../aws/faults.ts';
import { splitTarget } from '../aws/http-api.ts';
import { bodyOf } from '../aws/json-protocol.ts';
import { sendJson } from '../aws/own-web.ts';
import type { QueueDepth } from '../aws/sqs.ts';
import { queryRows, type Row, scanRows } from '../aws/tables.ts';
import type { Fulfilment } from '../demo/shop.ts';
import { LOCAL_PREFIX } from '../template/paths.ts';
import { type Json, type JsonObject, object } from '../template/resolve.ts';

export interface InspectOptions {
  /** Endpoint of the DynamoDB engine, and the name of the business table. */
  readonly endpoint: string;
  readonly table: string;
  fulfilments(): readonly Fulfilment[];
  queues(): Promise<Readonly<Record<string, QueueDepth>>>;
  /** Accounts without their secrets, for the console. */
  accounts(): readonly Json[];
  /** The gateway's access log. */
  requests(): readonly ExplainedEntry[];
  readonly faults: Faults;
  /** The console: its page and its API. */
  readonly console: ConsoleListener;
  /** Serves one `payhooks listen` until it ends. */
  listen(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The service that gets events instead of the demo shop; undefined when there is none. */
  sendsTo(): string | undefined;
}

export type Inspect = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const FAULTS = '/api/faults';
const LISTEN = '/api/listen';
const API = '/api/';
const CONSOLE_API = '/api/v1/';

/** Answers everything below /_local. */
export function inspection(options: InspectOptions): Inspect {
  return async (request, response) => {
    const { path } = splitTarget(request.url ?? '/');
    const below = path.slice(LOCAL_PREFIX.length);
    if (below === FAULTS || below.startsWith(`${FAULTS}/`)) {
      const word = (await bodyOf(request)).toString('utf8');
      const answer = switchFault(options.faults, request.method ?? 'GET', below.slice(FAULTS.length), word);
      return send(response, answer.status, answer.value);
    }
    if (below === LISTEN && request.method === 'POST') return options.listen(request, response);
    if (below === '') {
      // The page's requests are relative to its folder.
      response.writeHead(308, { location: `${LOCAL_PREFIX}/` });
      response.end();
      return;
    }
    if (below.startsWith(CONSOLE_API) || (below.startsWith('/') && !below.startsWith(API))) {
      const call = { path: below.slice(1), query: (request.url ?? '').split('?').slice(1).join('?') };
      return options.console(call, request, response);
    }
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(response, 405, { message: 'this view only reads' });
    }
    const found = below.startsWith(API) ? await read(below.slice(API.length), options) : undefined;
    if (found === undefined) return send(response, 404, { message: 'Not Found' });
    send(response, 200, found);
  };
}

async function read(path: string, options: InspectOptions): Promise<unknown> {
  const { endpoint, table } = options;
  const [collection, ...rest] = path.split('/');
  if (collection === 'payments' && rest.length > 0) {
    return payment(options, decodeURIComponent(rest.join('/')));
  }
  if (rest.length > 0) return undefined;
  switch (collection) {
    case 'payments': {
      const rows = await scanRows(endpoint, table, ['payment']);
      return rows.map(({ data }) => summary(object(data))).sort(newestFirst);
    }
    case 'orders': {
      const rows = await scanRows(endpoint, table, ['order']);
      return rows.map(({ data }) => data);
    }
    case 'accounts-on-file': {
      const rows = await scanRows(endpoint, table, [ACCOUNT_PREFIX]);
      return rows.map(({ pk, data }) => ({ transactionId: String(pk).split('#').at(-1), ...object(data) }));
    }
    case 'fulfilments':
      return options.fulfilments();
    case 'listen':
      return { sendsTo: options.sendsTo() ?? null };
    case 'queues':
      return options.queues();
    case 'requests':
      return options.requests();
    case 'accounts':
      return options.accounts();
    default:
      return undefined;
  }
}

const newestFirst = (left: { readonly updatedAt: Json }, right: { readonly updatedAt: Json }): number =>
  String(right.updatedAt).localeCompare(String(left.updatedAt));

/** The summary of a payment in the list of payments. */
function summary(payment: JsonObject) {
  const reading = object(payment.reading);
  const text = (name: string) => payment[name] ?? null;
  return {
    key: text('key'),
    provider: text('provider'),
    account: text('account'),
    status: text('status'),
    grant: text('grant'),
    holds: payment.holds ?? [],
    orderReference: text('orderReference'),
    moved: reading.moved ?? [],
    returned: reading.returned ?? [],
    test: payment.test === true,
    firstSeenAt: text('firstSeenAt'),
    updatedAt: text('updatedAt'),
  };
}

/** All details of one payment; undefined when it does not exist. */
async function payment({ endpoint, table, fulfilments }: InspectOptions, key: string): Promise<unknown> {
  const { pk, sk } = paymentKeyOf(key);
  const rows = await queryRows(endpoint, table, pk);
  const row = rows.find((candidate) => candidate.sk === sk);
  if (row === undefined) return undefined;
  const data = object(row.data);
  const startingWith = (prefix: string) => rows.filter((each) => String(each.sk).startsWith(prefix));
  const effects = startingWith(EFFECT_PREFIX).map((effect) =>
    object(effectOf(effect as unknown as Item).effect as unknown as Json),
  );
  return {
    ...summary(data),
    facts: data.facts ?? {},
    reading: data.reading ?? null,
    aliases: data.aliases ?? [],
    details: data.details ?? {},
    conflicts: data.conflicts ?? [],
    decisions: data.decisions ?? [],
    version: data.version ?? null,
    effects: effects.sort((left, right) => Number(left.sequence) - Number(right.sequence)),
    timeline: timeline(
      startingWith(EVIDENCE_PREFIX),
      effects,
      fulfilments().filter((fulfilment) => fulfilment.payment === key),
    ),
  };
}

interface Moment {
  /** ISO 8601. */
  readonly at: string;
  readonly what: 'notification' | 'effect' | 'received';
  /** The provider's id of the notification, or the type of the effect. */
  readonly name: string;
  readonly detail: JsonObject;
}

/** Notifications, effects and the shop's receipts of a payment, by time. */
function timeline(
  evidence: readonly Row[],
  effects: readonly JsonObject[],
  received: readonly Fulfilment[],
): readonly Moment[] {
  const moments: Moment[] = [
    ...evidence.map(({ sk, data }): Moment => {
      // "evidence#<receivedAt>#<digest>"
      const [, at = '', digest = ''] = String(sk).split('#');
      const { sealed: _, splitToken: __, ...shown } = object(data);
      const { toldKey, normalizedKey = toldKey } = shown;
      return { at, what: 'notification', name: String(normalizedKey ?? digest), detail: shown };
    }),
    ...effects.map(
      ({ createdAt, type, name, state, attempts, updatedAt, event }): Moment => ({
        at: String(createdAt),
        what: 'effect',
        name: String(type),
        detail: {
          effect: name ?? null,
          state: state ?? null,
          attempts: attempts ?? 0,
          updatedAt: updatedAt ?? null,
          status: object(event).status ?? null,
        },
      }),
    ),
    ...received.map(
      ({ receivedAt, type, copies, via }): Moment => ({
        at: receivedAt,
        what: 'received',
        name: type,
        detail: { via, copies },
      }),
    ),
  ];
  return moments.sort((left, right) => left.at.localeCompare(right.at));
}

const send = (response: ServerResponse, status: number, value: unknown): void =>
  sendJson(response, status, value, { 'cache-control': 'no-store' });
