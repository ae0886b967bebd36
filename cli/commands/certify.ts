import { randomBytes, randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { intakePath } from '../../infra/names.ts';
import type { Account } from '../../shared/providers/index.ts';
import { type AnswerTimes, LIMIT_MS } from '../certify/answer-times.ts';
import { type AccountResult, certifyAccount, nameOf, proofs, type Result } from '../certify/certify.ts';
import { connectedRig } from '../certify/connected.ts';
import { htmlReport } from '../certify/html.ts';
import { RUN_PREFIX, recordedOf } from '../certify/recorded.ts';
import { trustlyKeyOf } from '../certify/trustly-key.ts';
import type { Command, World } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { bold, type Cell, count, type Line, type Report, styled, table } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { baseOf } from '../public-url.ts';
import { fieldsOf, findSecret, readSecret } from '../secret-store.ts';
import { VERSION } from '../version.ts';

export const certifyCommand: Command = {
  details: [
    'Sends, repeats, alters and forges notifications, hangs up before answers, follows whole retry schedules at speed,',
    'comes back on redirects and opens attempts to pay, for every account. What only the stack or a person knows is listed.',
    'It registers orders "certify-…" and pays them with made-up payments: the shop behind a sandbox receives events. In live',
    'only what reads is done. Trustly Europe can be tried where a key signs as Trustly: on a local stack there is one.',
    'How long answers took is reported and decides nothing. docs/go-live.md says what each item means.',
  ],
  options: {
    target: {
      type: 'string',
      value: 'URL',
      help: 'base of the public URLs, or "local"; default: as the stack says',
    },
    account: { type: 'string', value: 'NAME', help: 'one account (paymentwall/goods); default: all' },
    only: { type: 'string', value: 'ID,ID', help: 'these items only (A5,N2)' },
    report: { type: 'string', value: 'FILE', help: 'write the report as one HTML file' },
    'trustly-key': { type: 'string', value: 'FILE', help: 'private key (PEM) that signs as Trustly Europe' },
  },
  run: async ({ flags, world }) => {
    const only = chosen(flags.text('only'));
    const connection = await world.connect();
    const base = baseFor(flags.text('target'), connection);
    const accounts = accountsOf(connection, flags.text('account'));
    const isLive = connection.environment === 'live';
    const results: AccountResult[] = [];
    for (const account of accounts) {
      const subject = await subjectOf(account, { connection, world, base, flags });
      results.push(await certifyAccount(subject, { isLive, only, notice: world.notice }));
    }
    const file = flags.text('report');
    const at = new Date(world.now()).toISOString();
    const { label: stack, environment } = connection;
    if (file !== undefined)
      writeFileSync(file, htmlReport({ stack, environment, version: VERSION, at }, results));
    return report(results, { stack, environment, at, file });
  },
};

/** `local` is the running npm start, which is also the default. @throws Problem */
function baseFor(target: string | undefined, { kind }: Connection): string | undefined {
  if (target !== 'local') return baseOf('target', target);
  if (kind === 'local') return undefined;
  throw new Problem(EXIT.usage, '--target local and --stack name two different stacks: leave one out.');
}

function accountsOf({ config }: Connection, name: string | undefined): readonly Account[] {
  if (name === undefined) return config.accounts;
  const found = config.accounts.filter((account) => nameOf(account) === name);
  if (found.length > 0) return found;
  const known = config.accounts.map(nameOf).join(', ');
  throw new Problem(EXIT.notFound, `--account "${name}" is no account of this stack.`, `Known: ${known}.`);
}

function chosen(only: string | undefined): readonly string[] | undefined {
  const ids = only?.split(',').map((id) => id.trim());
  const unknown = ids?.find((id) => !proofs.has(id));
  if (unknown === undefined) return ids;
  throw new Problem(
    EXIT.usage,
    `--only: "${unknown}" is no item; allowed: ${[...proofs.keys()].join(', ')}.`,
  );
}

interface Around {
  readonly connection: Connection;
  readonly world: World;
  readonly base: string | undefined;
  readonly flags: Flags;
}

const RUN_BYTES = 3;
/** Ten digits: a form that every provider uses. */
const newId = (): string => String(randomInt(1_000_000_000, 9_999_999_999));

async function subjectOf(account: Account, { connection, world, base, flags }: Around) {
  const url = base === undefined ? connection.intakeUrl(account) : base + intakePath(account);
  if (url === undefined) {
    const message = `The public URL of ${nameOf(account)} is not in the outputs of the stack.`;
    throw new Problem(EXIT.notFound, message, 'Name it: payhooks certify --target https://…');
  }
  const secret = await readSecret(connection, findSecret(connection.config, nameOf(account)).name);
  const times: number[] = [];
  const trustlyKey = trustlyKeyOf(account, { connection, secret, file: flags.text('trustly-key') });
  return {
    times,
    recorded: () => recordedOf(account, connection),
    bench: {
      ...{ account, url, newId, isLocal: connection.kind === 'local' },
      rig: connectedRig({ connection, account, secret, now: world.now, times }),
      key: fieldsOf(fieldsOf(secret).current),
      ...(trustlyKey === undefined ? {} : { trustlyKey }),
      run: RUN_PREFIX + randomBytes(RUN_BYTES).toString('hex'),
    },
  };
}

const STYLES = { pass: 'green', seen: 'green', fail: 'red' } as const satisfies Partial<
  Record<Result['verdict'], string>
>;

const verdictCell = (verdict: Result['verdict']): Cell =>
  styled(verdict, verdict in STYLES ? STYLES[verdict as keyof typeof STYLES] : 'yellow');

interface Made {
  readonly stack: string;
  readonly environment: string;
  readonly at: string;
  readonly file: string | undefined;
}

function report(accounts: readonly AccountResult[], { stack, environment, at, file }: Made): Report {
  const results = accounts.flatMap((account) => account.results);
  const number = (verdict: Result['verdict']) => results.filter((each) => each.verdict === verdict).length;
  const failed = number('fail');
  return {
    json: { stack, environment, at, accounts },
    lines: [
      ...accounts.flatMap(linesOf),
      `${stack}: ${number('pass')} pass, ${failed} fail, ${number('none')} not used, ${number('untried')} not tried; recorded ${number('seen')}, not recorded ${number('missing')}; ${count(number('yours'), 'item')} for a person.`,
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
