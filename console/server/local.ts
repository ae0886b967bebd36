/**
 * The console of the local stack. It runs in the same process, so that it has the requests, the functions' output and
 * the shop's events.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionTo } from '../../cli/connect.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import { quarantined } from '../../cli/quarantined.ts';
import { ofLocalEntry } from '../../cli/requests/answers.ts';
import { userName } from '../../cli/user-name.ts';
import type { AccessLog } from '../../local/aws/access-log.ts';
import { FAULTS_OF, type Fault, type Faults, type Service } from '../../local/aws/faults.ts';
import type { KeptRequest, KeptRequests } from '../../local/aws/kept-requests.ts';
import type { WrittenRows } from '../../local/console/written-rows.ts';
import { scenarios } from '../../local/demo/scenarios/scenarios.ts';
import type { Shop } from '../../local/demo/shop.ts';
import type { RunningStack } from '../../local/template/running.ts';
import type { DashboardSpec } from '../../local/template/template.ts';
import { isSelfTest, readDuplicate } from '../../shared/app/http/request-log.ts';
import { scannedRows } from '../../shared/aws/payment-scan.ts';
import { defined } from '../../shared/payment/defined.ts';
import { pageFiles } from '../build.ts';
import type { FaultsView, Received, SentAnswer, StoriesView } from '../contract.ts';
import type { Backend, LocalParts, TextSummary } from './backend.ts';
import { cached } from './cached.ts';
import { contentsOf } from './contents.ts';
import { type ConsoleListener, consoleListener } from './http.ts';
import { createLive } from './live.ts';
import { gatewayPoints, pointsIn, readLocally } from './local-metrics.ts';
import { changed, contentOf, sent } from './local-requests.ts';
import { summaryIn } from './summary.ts';
import { tableSnapshots } from './table-snapshot.ts';

export interface LocalConsoleParts {
  readonly running: Omit<RunningStack, 'pid' | 'startedAt'>;
  readonly credentialsFolder: string | undefined;
  readonly accessLog: Pick<AccessLog, 'list' | 'explanationOf' | 'settlementOf'>;
  readonly kept: Pick<KeptRequests, 'get'>;
  readonly faults: Faults;
  readonly shop: Pick<Shop, 'list'>;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  dashboards(): readonly DashboardSpec[];
  /** Lines that the functions printed, oldest first. */
  lines(): readonly string[];
  /** Milliseconds since 1970: earlier lines are not included. */
  linesSince(): number;
  /** Payments and orders that were written since the last call; undefined when some of them are unknown. */
  readonly written: {
    take(): ReturnType<WrittenRows['take']>;
    /** Whether the table was empty at the start. */
    readonly startsEmpty: boolean;
    /** False when others may write to the table too. */
    readonly isAll: boolean;
  };
  /** Calls the listener when something may have changed. */
  onChange(listener: () => void): void;
}

const TOKEN_BYTES = 24;
const QUIET_MS = 250;
const MOST_ROWS = 100_000;
const MOST_PAGES = 2_000;
/** Milliseconds between scans of a DynamoDB engine that others may also write to. */
const OUTSIDE_MS = 60_000;

function localBackend(parts: LocalConsoleParts): Backend {
  const { running, credentialsFolder, accessLog, written } = parts;
  const connection = connectionTo(running, credentialsFolder, '');
  const now = () => Date.now();
  const live = createLive({ clock: now, quietMs: QUIET_MS, everyMs: 0 });
  parts.onChange(live.bump);
  const answered = () => accessLog.list().map(ofLocalEntry);
  return {
    ...{ connection, name: 'local', actionsAllowed: true, user: userName(), live, now },
    token: randomBytes(TOKEN_BYTES).toString('base64url'),
    fetch: globalThis.fetch,
    tables: tableSnapshots({
      scan: scannedRows({ client: connection.clients.dynamo, table: connection.table }),
      changes: { take: async () => written.take() },
      startsEmpty: written.startsEmpty,
      ...{ clock: now, serveMs: () => (written.isAll ? Number.POSITIVE_INFINITY : OUTSIDE_MS) },
      ...{ most: MOST_ROWS, mostPages: MOST_PAGES },
    }),
    quarantined: cached(() => quarantined(connection), { clock: now, forMs: 0 }),
    answers: async (since) => answered().filter(({ at }) => at >= since),
    // The local answers already contain what the worker did with each request.
    settled: async () => [],
    duplicates: async () => ({
      absorbed: parts.lines().flatMap((line) => readDuplicate(line) ?? []),
      since: parts.linesSince(),
    }),
    dashboards: {
      bodies: async () => parts.dashboards(),
      since: () => parts.startedAt,
      read: async (queries, range) =>
        readLocally([...pointsIn(parts.lines()), ...gatewayPoints(answered())], queries, range),
    },
    contents: contentsOf(connection),
    local: localParts(parts),
  };
}

/** Limit of the wait for a slow worker, or one that a fault stops; after it the page shows that it is not done. */
const SETTLE_MS = 10_000;

/** Adds what intake logged about it and, if it was accepted, what the worker did with it. */
async function followed(answer: SentAnswer, accessLog: LocalConsoleParts['accessLog']): Promise<SentAnswer> {
  const { correlationId, status } = answer;
  if (correlationId === undefined) return answer;
  const known = async () => {
    const explained = await accessLog.explanationOf(correlationId);
    const { reason } = explained;
    if (status >= 300 || isSelfTest(explained)) return { ...answer, ...defined({ reason }) };
    const { as, payment } = await accessLog.settlementOf(correlationId);
    return { ...answer, ...defined({ reason, payment }), settledAs: as };
  };
  return Promise.race([known(), sleep(SETTLE_MS, answer, { ref: false })]);
}

function localParts({ kept, faults, shop, running, accessLog }: LocalConsoleParts): LocalParts {
  const texts = new WeakMap<KeptRequest, TextSummary | 'nothing'>();
  return {
    summary: (correlationId, account) => {
      const request = kept.get(correlationId);
      if (request === undefined) return undefined;
      const summary = texts.get(request) ?? summaryIn(request, account) ?? 'nothing';
      texts.set(request, summary);
      return summary === 'nothing' ? undefined : summary;
    },
    stories,
    faults: () => faultsView(faults),
    setFault: (service, fault) => setFault(faults, service, fault),
    received: () => shop.list().map(receivedOf),
    content: (correlationId) => {
      const request = kept.get(correlationId);
      return request === undefined ? undefined : contentOf(request);
    },
    sendAgain: async (correlationId, change) => {
      const request = kept.get(correlationId);
      if (request === undefined) {
        throw new Problem(EXIT.notFound, 'The request is not kept any more: only the newest ones are.');
      }
      const again = change === undefined ? request : changed(request, change);
      return followed(await sent(running.baseUrl, again, globalThis.fetch), accessLog);
    },
  };
}

const stories = (): StoriesView => ({
  stories: scenarios.map(({ name, provider, says, send }) => ({
    ...{ name, provider, says, notifications: send.length },
  })),
});

/** Without the event itself, which is in the view `events`. */
const receivedOf = ({ event: _, ...received }: ReturnType<Shop['list']>[number]): Received => received;

const services = Object.keys(FAULTS_OF) as readonly Service[];

const faultsView = (faults: Faults): FaultsView => ({
  services: services.map((service) => ({
    ...{ service, fault: faults.get(service) ?? null, allowed: FAULTS_OF[service] },
  })),
});

/** @throws Problem */
function setFault(faults: Faults, name: string, fault: string | null): void {
  const service = services.find((each) => each === name);
  if (service === undefined) {
    throw new Problem(EXIT.usage, `service: found "${name}", allowed: ${services.join(', ')}.`);
  }
  const allowed: readonly Fault[] = FAULTS_OF[service];
  const found = allowed.find((each) => each === fault);
  if (fault !== null && found === undefined) {
    throw new Problem(EXIT.usage, `fault of ${service}: found "${fault}", allowed: ${allowed.join(', ')}.`);
  }
  faults.set(service, found);
}

/** Answers below `/_local/api/v1/`, and serves the page. */
export const localConsole = (parts: LocalConsoleParts): ConsoleListener =>
  consoleListener(localBackend(parts), pageFiles);
