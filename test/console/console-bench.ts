/** The console's server over rows in memory: the views show the rows that a worker writes. */
import type { Connection } from '../../cli/connect.ts';
import { quarantined } from '../../cli/quarantined.ts';
import type { Answered } from '../../cli/requests/answers.ts';
import type { ActionName } from '../../console/contract.ts';
import { answerView } from '../../console/server/api.ts';
import type { Backend } from '../../console/server/backend.ts';
import { cached } from '../../console/server/cached.ts';
import { createLive } from '../../console/server/live.ts';
import { Query } from '../../console/server/query.ts';
import { tableSnapshots } from '../../console/server/table-snapshot.ts';
import { readDuplicate, readLoggedOutcome } from '../../shared/app/http/request-log.ts';
import { type BenchOptions, envelopeKeys, START, workerBench } from '../support/worker-bench.ts';

/** Every action of the console; the compiler reports a missing action. */
export const ACTIONS: Readonly<Record<ActionName, true>> = {
  ...{ release: true, reject: true, confirm: true, 'reject-payment': true, redeliver: true },
  ...{ 'redeliver-failed': true, redrive: true, 'discard-parked': true, rederive: true },
  ...{ 'quarantine-apply': true, 'quarantine-discard': true, 'close-order': true, 'reopen-order': true },
  ...{ reconcile: true, trigger: true, 'send-again': true, 'send-changed': true, fault: true },
};

export const TOKEN = 'a-token-for-tests';

export interface ConsoleBenchOptions extends BenchOptions {
  readonly actionsAllowed?: boolean;
}

export function consoleBench({ actionsAllowed = false, ...options }: ConsoleBenchOptions = {}) {
  const bench = workerBench(options);
  const now = () => bench.time.now;
  const answers: Answered[] = [];
  const connection = {
    ...{ kind: 'deployed', label: 'PayhooksTest (sandbox)', selector: '--stack PayhooksTest' },
    ...{
      environment: 'sandbox',
      config: { accounts: [bench.account], target: { type: 'eventbridge' } },
      store: bench.store,
      table: 'rows',
    },
    resource: (name: string) => `payhooks-sandbox-${name}`,
    queueUrl: async (name: string) => name,
    intakeUrl: () => undefined,
    clients: {
      sqs: { send: async () => ({ Attributes: {}, Messages: [] }) },
      lambda: { send: async () => ({ EventSourceMappings: [{ State: 'Enabled' }] }) },
      secrets: { send: async () => ({ SecretString: JSON.stringify({ current: 'c'.repeat(64) }) }) },
    },
  } as unknown as Connection;
  const live = createLive({ clock: now, quietMs: 0, everyMs: 0 });
  const backend: Backend = {
    ...{ connection, name: 'PayhooksTest', actionsAllowed, token: TOKEN, user: 'ann', live, now },
    fetch: () => Promise.reject(new Error('nothing is fetched in a test')),
    tables: tableSnapshots({
      scan: async () => ({ items: bench.memory.all() }),
      // Each read scans the table. When the table is read is tested in table-snapshot.test.ts.
      changes: { take: async () => undefined },
      ...{ clock: now, serveMs: () => 0, most: 100_000, mostPages: 10 },
    }),
    quarantined: cached(() => quarantined(connection), { clock: now, forMs: 60_000 }),
    answers: async (since) => answers.filter(({ at }) => at >= since),
    settled: async () => bench.lines.flatMap((line) => readLoggedOutcome(line) ?? []),
    duplicates: async () => ({
      absorbed: bench.lines.flatMap((line) => readDuplicate(line) ?? []),
      since: START,
    }),
    dashboards: { bodies: async () => [], read: async () => ({ series: [] }) },
    contents: {
      ...{ providers: bench.deps.providers, accounts: [bench.account] },
      envelopeKeys: async () => envelopeKeys,
    },
  };
  /** The parsed JSON that GET would answer. */
  async function view<T>(path: string, of: Backend = backend): Promise<T> {
    const [name = '', query = ''] = path.split('?');
    return JSON.parse(JSON.stringify(await answerView(of, name, new Query(new URLSearchParams(query))))) as T;
  }
  return { ...bench, backend, answers, view };
}
