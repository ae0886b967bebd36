import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { intakePath } from '../../infra/names.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Account } from '../../shared/providers/index.ts';
import { type AnswerTimes, LIMIT_MS } from '../certify/answer-times.ts';
import { type AccountResult, certifyAccount, proofs, type Result } from '../certify/certify.ts';
import { connectedRig } from '../certify/connected.ts';
import { htmlReport, type ReportHead } from '../certify/html.ts';
import { RUN_PREFIX, recordedOf } from '../certify/recorded.ts';
import { trustlyKeyOf } from '../certify/trustly-key.ts';
import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import { accountName, newId } from '../names.ts';
import { textOption } from '../options.ts';
import { bold, type Cell, count, type Line, type Report, styled, table } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { baseOf } from '../public-url.ts';
import { fieldsOf, findSecret, readSecret } from '../secret-store.ts';
import { VERSION } from '../version.ts';

export const certifyCommand: Command = {
  details: [
    'For each account: sends notifications, repeats, alters and forges them, closes connections before the answer, sends',
    'whole retry schedules without pauses, starts attempts to pay and opens redirects. Then lists what a person must check.',
    'Registers orders "certify-…" and pays them with test payments: the shop of a sandbox receives their events.',
    'In live, only items that read are tested. Trustly Europe needs a key that signs as Trustly; a local stack has one.',
    'The report shows answer times; no item depends on them. docs/go-live.md explains each item.',
  ],
  options: {
    target: textOption('URL', 'base of the public URLs, or "local"; default: the URLs of the stack'),
    account: textOption('NAME', 'one account (paymentwall/goods); default: all'),
    only: textOption('ID,ID', 'only these items (A5,N2)'),
    report: textOption('FILE', 'write the report as one HTML file'),
    'trustly-key': textOption('FILE', 'private key (PEM) that signs as Trustly Europe'),
  },
  run: async (request) => {
    const { flags, world } = request;
    const only = flags.names('only', [...proofs.keys()]);
    const connection = await world.connect();
    const base = baseFor(flags.text('target'), connection);
    const accounts = accountsOf(connection, flags.text('account'));
    const isLive = connection.environment === 'live';
    const results: AccountResult[] = [];
    for (const account of accounts) {
      const subject = await subjectOf(account, connection, base, request);
      results.push(await certifyAccount(subject, { isLive, only, notice: world.notice }));
    }
    const file = flags.text('report');
    const at = new Date(world.now()).toISOString();
    const head = { stack: connection.label, environment: connection.environment, at };
    if (file !== undefined) writeFileSync(file, htmlReport({ ...head, version: VERSION }, results));
    return report(results, head, file);
  },
};

/** `local` is the running npm start, which is also the default. @throws Problem */
function baseFor(target: string | undefined, { kind }: Connection): string | undefined {
  if (target !== 'local') return baseOf('target', target);
  if (kind === 'local') return undefined;
  throw Problem.usage('--target local and --stack name two different stacks. Name only one.');
}

function accountsOf({ config }: Connection, name: string | undefined): readonly Account[] {
  if (name === undefined) return config.accounts;
  const found = config.accounts.filter((account) => accountName(account) === name);
  if (found.length > 0) return found;
  const known = config.accounts.map(accountName).join(', ');
  throw Problem.notFound(`This stack has no account "${name}".`, `Known: ${known}.`);
}

const RUN_BYTES = 3;

async function subjectOf(
  account: Account,
  connection: Connection,
  base: string | undefined,
  { flags, world }: Request,
) {
  const url = base === undefined ? connection.intakeUrl(account) : base + intakePath(account);
  if (url === undefined) {
    const message = `The public URL of ${accountName(account)} is not in the outputs of the stack.`;
    throw Problem.notFound(message, 'Name it: payhooks certify --target https://…');
  }
  const secret = await readSecret(connection, findSecret(connection.config, accountName(account)).name);
  const times: number[] = [];
  const trustlyKey = trustlyKeyOf(account, { connection, secret, file: flags.text('trustly-key') });
  return {
    times,
    recorded: () => recordedOf(account, connection),
    bench: {
      ...{ account, url, newId, isLocal: connection.kind === 'local' },
      rig: connectedRig({ connection, account, secret, now: world.now, times }),
      key: fieldsOf(fieldsOf(secret).current),
      ...defined({ trustlyKey }),
      run: RUN_PREFIX + randomBytes(RUN_BYTES).toString('hex'),
    },
  };
}

const GREEN: ReadonlySet<Result['verdict']> = new Set(['pass', 'seen']);
const verdictCell = (verdict: Result['verdict']): Cell =>
  styled(verdict, GREEN.has(verdict) ? 'green' : verdict === 'fail' ? 'red' : 'yellow');

function report(
  accounts: readonly AccountResult[],
  head: Omit<ReportHead, 'version'>,
  file: string | undefined,
): Report {
  const results = accounts.flatMap((account) => account.results);
  const number = (verdict: Result['verdict']) => results.filter((each) => each.verdict === verdict).length;
  const failed = number('fail');
  return {
    json: { ...head, accounts },
    lines: [
      ...accounts.flatMap(linesOf),
      `${head.stack}: ${number('pass')} pass, ${failed} fail, ${number('none')} not used, ${number('untried')} not tried; recorded ${number('seen')}, not recorded ${number('missing')}; ${count(number('yours'), 'item')} for a person.`,
      ...(file === undefined ? [] : [`Report: ${file}`]),
    ],
    code: failed > 0 ? EXIT.failed : EXIT.done,
  };
}

function linesOf({ account, results, answers }: AccountResult): readonly Line[] {
  const rows = results.map(({ id, verdict, asks, saw }) => [verdictCell(verdict), id, asks, saw]);
  return [
    [bold(account)],
    ...table(['', 'ITEM', 'ASKED', 'SEEN'], rows),
    ...(answers === undefined ? [] : [timesLine(answers)]),
    '',
  ];
}

const timesLine = ({ count: number, p50Ms, p95Ms, maxMs, overLimit }: AnswerTimes): string =>
  `${count(number, 'answer')}: p50 ${p50Ms} ms, p95 ${p95Ms} ms, max ${maxMs} ms, ${overLimit} over ${LIMIT_MS} ms`;
