import { isSelfTest } from '../../shared/app/http/request-log.ts';
import type { Command, Request } from '../command.ts';
import type { Flags } from '../flags.ts';
import { switchOption, textOption } from '../options.ts';
import { count, dim, type Line, list, type Report, styled, table, time } from '../output.ts';
import { Problem } from '../problem.ts';
import { readAccessLog } from '../requests/access-log.ts';
import { type Answered, readAnswers, readSelfTests } from '../requests/answers.ts';
import { blocksOf, bySource, type Source } from '../requests/by-source.ts';
import { follow, reportOf, SecretStates } from '../requests/show-answers.ts';

/** More than a page of CloudWatch Logs; the report says when there are more. */
const MAX_READ = 100_000;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;
const DEFAULT_SINCE = '24h';

export const requestsCommand: Command = {
  details: [
    'Lists each request with its reason, the newest last. The sender does not get these reasons. For a deployed stack it',
    'reads the logs of the intake functions; requests that reached no function appear only with --by-source.',
    'Self-tests (requests by which the stack and doctor test its own address) are left out, and counted below the list.',
    '',
    '--by-source reads the access log of the gateway, which keeps addresses for `retention.accessLogDays` days (default',
    '14): they are personal data. --blocks prints them in the form of an IP set of AWS WAF, one per line, without the',
    'addresses that Paymentwall publishes: their requests fail because of a wrong key, and must not be blocked.',
  ],
  options: {
    status: textOption('STATUS', 'a status ("401") or a class ("4xx")'),
    'self-tests': switchOption('include the self-tests'),
    follow: switchOption('print each request when it arrives, until Ctrl-C'),
    'by-source': switchOption('count the requests of each source address (default of --status: 4xx)'),
    since: textOption(
      'TIME',
      `how far back ("90min", "6h", "7d") or from when on (ISO 8601); default ${DEFAULT_SINCE}`,
    ),
    least: textOption('N', 'only sources with at least N requests'),
    limit: textOption('N', `at most N sources (default ${DEFAULT_LIMIT})`),
    blocks: switchOption('print address blocks only, one per line'),
  },
  run: (request) => {
    const { flags } = request;
    const isBySource =
      ['by-source', 'blocks'].some((name) => flags.is(name)) || flags.text('least') !== undefined;
    return isBySource ? sources(request) : answers(request);
  },
};

const NONE: ReadonlySet<string> = new Set();

/** The report of each request with its reason. */
async function answers({ flags, world }: Request): Promise<Report> {
  const status = flags.text('status') === undefined ? undefined : statusOf(flags);
  const since = sinceOf(flags.text('since') ?? DEFAULT_SINCE, world.now(), '--since');
  const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
  const connection = await world.connect();
  const isShown = ({ explained }: Answered) => flags.is('self-tests') || !isSelfTest(explained);
  if (flags.is('follow')) {
    await follow(connection, { since, status, isShown }, world);
    return { json: undefined, lines: [] };
  }
  const answered = await readAnswers(connection, { since, status }, world.fetch);
  const all = answered.filter(isShown);
  const selfTests = answered.length - all.length;
  const states = new SecretStates(connection);
  const reports: Report[] = [];
  for (const each of all.slice(-limit)) reports.push(await reportOf(each, states, world.now()));
  const seen = `${connection.label}: ${count(all.length, 'request')}${status === undefined ? '' : ` answered ${status}`} since ${time(since)}`;
  const requests = reports.map(({ json }) => json);
  return {
    json: list(requests, {
      ...{ more: all.length > limit, status, since: new Date(since).toISOString(), requests, selfTests },
    }),
    lines: [
      ...reports.flatMap(({ lines }) => lines),
      ...(reports.length === 0 ? [] : ['']),
      `${seen}${all.length > limit ? `, the newest ${limit} are shown (--limit)` : ''}.`,
      ...leftOut(selfTests),
    ],
  };
}

const leftOut = (selfTests: number): readonly Line[] =>
  selfTests === 0 ? [] : [`${count(selfTests, 'self-test')} of this stack left out (--self-tests).`];

/** The report of requests by source address. */
async function sources({ flags, world }: Request): Promise<Report> {
  const status = statusOf(flags);
  const since = sinceOf(flags.text('since') ?? DEFAULT_SINCE, world.now(), '--since');
  const least = flags.limit('least', 1, MAX_READ);
  const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
  const connection = await world.connect();
  const read = await readAccessLog(connection, { since, status, most: MAX_READ }, world.fetch);
  const { more } = read;
  const own = flags.is('self-tests') ? NONE : await readSelfTests(connection, since, world.fetch);
  const requests = read.requests.filter(({ requestId }) => !own.has(requestId));
  const selfTests = read.requests.length - requests.length;
  const all = bySource(requests).filter((source) => source.requests >= least);
  const shown = all.slice(0, limit);
  const blocks = blocksOf(shown);
  const from = new Date(since).toISOString();
  const listed = shown.map(plain);
  const json = list(listed, {
    status,
    since: from,
    requests: requests.length,
    selfTests,
    more: more || all.length > shown.length,
    sources: listed,
    blocks,
  });
  if (flags.is('blocks')) return { json, lines: blocks };
  const seen = `${count(requests.length, 'request')} answered ${status} since ${time(since)}`;
  const unseen: Line[] = [
    ...(more ? [`There are more than the ${MAX_READ} requests that were read: use a later --since.`] : []),
    ...(all.length > limit ? [`${count(all.length - limit, 'source')} beyond --limit.`] : []),
    ...leftOut(selfTests),
  ];
  if (shown.length === 0) return { json, lines: [`${connection.label}: ${seen}.`, ...unseen] };
  return {
    json,
    lines: [
      ...table(['SOURCE', 'REQUESTS', 'STATUS', 'FIRST', 'LAST', 'ROUTES'], shown.map(rowOf)),
      '',
      `${seen}, from ${count(all.length, 'source')}.`,
      ...unseen,
    ],
  };
}

const rowOf = ({ address, requests, statuses, routes, first, last, isProvider }: Source) => [
  isProvider ? styled(`${address} (Paymentwall's)`, 'yellow') : address,
  String(requests),
  Object.keys(statuses).sort().join(' '),
  dim(time(first)),
  dim(time(last)),
  routes.join(', '),
];

const plain = ({ first, last, ...source }: Source) => ({
  ...source,
  first: new Date(first).toISOString(),
  last: new Date(last).toISOString(),
});

/** @throws Problem */
function statusOf(flags: Flags): string {
  const status = flags.text('status') ?? '4xx';
  if (/^[1-5](?:[0-9]{2}|xx)$/.test(status)) return status;
  throw Problem.usage(`--status "${status}": allowed are a status such as 401 and a class such as 4xx.`);
}

const UNITS_MS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds since 1970. @param name of the parameter, for the error message @throws Problem */
export function sinceOf(text: string, now: number, name: string): number {
  const [, amount, unit = ''] = /^([1-9][0-9]{0,4})(min|h|d)$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * (UNITS_MS[unit] ?? 0);
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw Problem.usage(
    `${name} "${text}": allowed are a duration such as 90min, 6h or 7d, and a time such as 2026-11-29T08:00:00Z.`,
  );
}
