/** Maps a path to its view. */
import { EXIT, type ExitCode, Problem, problemOf } from '../../cli/problem.ts';
import { isOfMachine } from '../../cli/user-name.ts';
import { defined } from '../../shared/payment/defined.ts';
import { HOLD_REASONS, STATUSES } from '../../shared/payment/types.ts';
import { providers } from '../../shared/providers/index.ts';
import type { ApiError, Capabilities, FulfilmentsView, Reread } from '../contract.ts';
import type { Backend } from './backend.ts';
import { dashboardDetail, dashboardsView } from './dashboards.ts';
import { documentView } from './documents.ts';
import { flowView } from './flow.ts';
import { orderDetail, ordersView } from './orders.ts';
import { eventDetail, paymentDetail, paymentsView } from './payments.ts';
import type { Query } from './query.ts';
import { ANSWER_BUDGET_MS, latencyView, requestDetail, requestsView } from './requests.ts';
import {
  deadLettersView,
  holdsView,
  quarantineView,
  queuesView,
  reconciliationView,
  undeliveredView,
} from './work.ts';

type View = (backend: Backend, query: Query) => unknown;
type Detail = (backend: Backend, id: string, query: Query) => unknown;

const VIEWS: Readonly<Record<string, View>> = {
  capabilities,
  requests: requestsView,
  payments: paymentsView,
  orders: ordersView,
  holds: holdsView,
  quarantine: quarantineView,
  undelivered: undeliveredView,
  queues: queuesView,
  'dead-letters': deadLettersView,
  reconciliation: reconciliationView,
  flow: flowView,
  latency: latencyView,
  dashboards: dashboardsView,
  reread: ({ tables, live }): Reread => {
    tables.forget();
    live.bump();
    return { done: true };
  },
  stories: (backend) => localOf(backend).stories(),
  faults: (backend) => localOf(backend).faults(),
  fulfilments: (backend): FulfilmentsView => ({ fulfilments: localOf(backend).received().toReversed() }),
};

const DETAILS: Readonly<Record<string, Detail>> = {
  requests: requestDetail,
  payments: paymentDetail,
  events: eventDetail,
  orders: orderDetail,
  dashboards: dashboardDetail,
  docs: documentView,
};

/** The local stack's parts; elsewhere the views that need them do not exist. */
function localOf({ local, connection }: Backend): NonNullable<Backend['local']> {
  if (local !== undefined) return local;
  throw new Problem(EXIT.notFound, `Only the local stack knows that, not ${connection.label}.`);
}

/** @param path what follows "api/v1/" @throws Problem, or what the stack threw */
export async function answerView(backend: Backend, path: string, query: Query): Promise<unknown> {
  const [name = '', ...rest] = path.split('/');
  if (rest.length === 0 && Object.hasOwn(VIEWS, name)) return VIEWS[name]?.(backend, query);
  if (rest.length > 0 && Object.hasOwn(DETAILS, name)) {
    return DETAILS[name]?.(backend, decoded(rest.join('/')), query);
  }
  throw new Problem(EXIT.notFound, `There is no view "${path.slice(0, 100)}".`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem(EXIT.usage, 'The path is not percent-encoded UTF-8.');
  }
}

function capabilities(backend: Backend): Capabilities {
  const { connection, name, local, actionsAllowed, token } = backend;
  const user = isOfMachine(backend.user) ? '' : backend.user;
  const { label, environment, config, warning } = connection;
  return {
    ...{ backend: name, label, environment, actionsAllowed, token, user },
    local: local !== undefined,
    accounts: config.accounts.map((account) => ({
      ...{ provider: account.provider, account: account.account, method: providers[account.provider].method },
      ...defined({ url: connection.intakeUrl(account) }),
    })),
    statuses: STATUSES,
    holdReasons: HOLD_REASONS,
    answerBudgetMs: ANSWER_BUDGET_MS,
    target: config.target.type,
    ...defined({ warning }),
  };
}

const STATUS: Readonly<Record<ExitCode, number>> = {
  [EXIT.done]: 500,
  [EXIT.failed]: 502,
  [EXIT.usage]: 400,
  [EXIT.notFound]: 404,
  [EXIT.refused]: 409,
  [EXIT.unreachable]: 503,
};

/** The page requests again by itself, where the command line tells a person to repeat the command. */
const IN_PAGE: readonly (readonly [string, string])[] = [
  [
    'and repeat the command.',
    'and the page goes on by itself; if your credentials stand in variables of the shell, start the console again.',
  ],
  ['repeat the command in a minute.', 'the page asks again by itself.'],
  [
    'Repeat the command: it writes only what was not written before.',
    'The page asks again by itself. An action that was refused can be repeated: it writes what was not written, and nothing a second time.',
  ],
];

const inPage = (next: string | undefined): string | undefined =>
  IN_PAGE.reduce((text, [ofCommand, ofPage]) => text?.replace(ofCommand, ofPage), next);

export interface Failure {
  readonly status: number;
  readonly body: ApiError;
}

/** One sentence; for a mistake of ours it says only that. */
export function failureOf(error: unknown): Failure {
  const problem = problemOf(error);
  if (problem === undefined) {
    const name = error instanceof Error ? error.name : typeof error;
    return { status: 500, body: { error: `The console failed (${name}): please report it.` } };
  }
  const { message, next, code } = problem;
  return { status: STATUS[code], body: { error: message, ...defined({ next: inPage(next) }) } };
}
