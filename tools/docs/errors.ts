/**
 * Every answer and reason that an engineer may meet, with its meaning. It reads the sources, so that none is missing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../cli/problem.ts';
import {
  everyRefusal,
  FAILURES_EXPLAINED,
  generalRefusals,
  refusalsOf,
} from '../../shared/app/http/answers-explained.ts';
import { HOLD_EXPLAINED } from '../../shared/payment/explained.ts';
import { PROVIDERS, type ProviderName, providers } from '../../shared/providers/index.ts';
import { code, page, rendered, table } from './markdown.ts';

const root = join(import.meta.dirname, '../..');

/** Messages of a queue that no worker can ever handle. */
const PARKED: Readonly<Record<string, string>> = {
  unreadable_message: 'The queue message is no envelope of this software.',
  unknown_account: 'The account is no longer in the configuration.',
  seal_altered: 'The sealed content was changed, or was sealed with a key that is gone.',
  digest_differs: 'The content is not the one that intake recorded.',
  unknown_effect: 'The message names an effect that is not in the table.',
  quarantine_full: 'It must be quarantined, and the account’s quarantine is full for this month.',
  not_signed: 'Trustly’s public key does not fit the kept content.',
  answer_not_stored: 'It says how a question was answered, and no stored answer says the same.',
  unproven_answer: 'It contains an API answer about which the polling function wrote no row.',
};

const EXITS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'Done.',
  failed: 'A check failed, or AWS refused the call.',
  usage: 'The command line cannot be understood.',
  notFound: 'There is no such payment, effect, message, secret or file.',
  refused: 'What the command names has changed, or does not allow it. Nothing was done.',
  unreachable: 'No stack answers.',
};

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const all = (path: string, pattern: RegExp): readonly string[] =>
  [...read(path).matchAll(pattern)].map(([, name = '']) => name);
/** The members of a union type or of a list of constants. */
const members = (path: string, declared: RegExp): readonly string[] => {
  const [, body = ''] = declared.exec(read(path)) ?? [];
  return [...body.matchAll(/^\s*\|?\s*'(\w+)'/gm)].map(([, name = '']) => name);
};

/** A refusal as it is written: with its status, or with the reason alone. */
const CALLS = /refused?\((?:\d{3}, )?'(\w+)'/g;
const HTTP = 'shared/app/http';
const FOLDERS = 'shared/providers';

/** Reasons that a provider's verification does not write as a call. */
const WRITTEN_OTHERWISE: readonly RegExp[] = [
  /headers\) \?\? '(\w+)'/g,
  /new UnreadableError\('(\w+)'\)/g,
  /authentic: false, status: \d{3}, reason: '(\w+)'/g,
];
const ELSEWHERE: Readonly<Record<ProviderName, () => readonly string[]>> = {
  'trustly-americas': () => all(`${FOLDERS}/trustly-americas/verify.ts`, /return '(\w+)';/g),
  'trustly-europe': () => members(`${FOLDERS}/trustly-europe/verify.ts`, /SIGNATURE_REASONS = \[([^\]]*)\]/),
  paymentwall: () => [
    ...all(`${FOLDERS}/paymentwall/query.ts`, /reason: '(\w+)' \}/g),
    ...all(`${FOLDERS}/paymentwall/verify.ts`, /'(terminal3_\w+)'/g),
  ],
};

/** redirect.ts gives the reasons that every checkout has. */
const filesOf = (name: ProviderName): readonly string[] =>
  readdirSync(join(root, FOLDERS, name))
    .filter((file) => file.endsWith('.ts') && file !== 'redirect.ts')
    .map((file) => `${FOLDERS}/${name}/${file}`);

const reasonsOf = (name: ProviderName): readonly string[] => [
  ...filesOf(name).flatMap((file) => [CALLS, ...WRITTEN_OTHERWISE].flatMap((form) => all(file, form))),
  ...ELSEWHERE[name](),
  ...all(`${FOLDERS}/provider.ts`, /NOT_A_NOTIFICATION = '(\w+)'/g),
];

/** The statuses that the code gives with a reason. */
export const statusesInCode = (name: ProviderName): readonly (readonly [reason: string, status: string])[] =>
  filesOf(name).flatMap((file) =>
    [...read(file).matchAll(/refused?\((\d{3}), '(\w+)'/g)].map(
      ([, status = '', reason = '']) => [reason, status] as const,
    ),
  );

interface Reasons {
  /** Of the intake, the edge and the redirect themselves. */
  readonly general: readonly string[];
  readonly ofProvider: Readonly<Record<ProviderName, readonly string[]>>;
  /** All of these. */
  readonly refusals: readonly string[];
  readonly failures: readonly string[];
  readonly parked: readonly string[];
}

/** The reasons that occur in the code. */
export function reasonsInCode(): Reasons {
  const general = [
    ...all(`${HTTP}/intake.ts`, CALLS),
    ...all('shared/app/platform/edge.ts', /'(\w+_edge_header)'/g),
    ...all(`${HTTP}/intake.ts`, /headers\) \?\? '(\w+)'/g),
    ...all(`${HTTP}/redirect.ts`, CALLS),
    ...all(`${FOLDERS}/trustly-americas/redirect.ts`, CALLS),
  ];
  const ofProvider = Object.fromEntries(
    PROVIDERS.map((name) => [name, reasonsOf(name)]),
  ) as Reasons['ofProvider'];
  return {
    ...{ general, ofProvider, refusals: [...general, ...Object.values(ofProvider).flat()] },
    failures: members(`${HTTP}/intake-http.ts`, /type FailureReason =([^;]*);/),
    parked: members('shared/app/platform/read-message.ts', /type ParkReason =([^;]*);/),
  };
}

/** @throws when a reason of the code has no row */
function checked<T>(
  rows: Readonly<Record<string, T>>,
  inCode: readonly string[],
): Readonly<Record<string, T>> {
  const missing = inCode.filter((name) => !Object.hasOwn(rows, name));
  if (inCode.length === 0 || missing.length > 0)
    throw new Error(`tools/docs/errors.ts: no row for ${missing.join(', ') || 'anything'}`);
  return rows;
}

const folders = Object.values(providers);

export const errorRows = {
  REFUSALS: Object.fromEntries(everyRefusal(folders).map((row) => [row.reason, row])),
  FAILURES: FAILURES_EXPLAINED,
  PARKED,
} as const;

const listed = (rows: Readonly<Record<string, string>>) =>
  Object.entries(rows).map(([name, means]) => [code(name), means]);

export function errorsPage(): string {
  const inCode = reasonsInCode();
  checked(generalRefusals(folders), inCode.general);
  for (const name of PROVIDERS) checked(refusalsOf(providers[name]), inCode.ofProvider[name]);
  const refusals = everyRefusal(folders).toSorted((a, b) =>
    a.status < b.status ? -1 : a.status > b.status ? 1 : 0,
  );
  return page(
    rendered('tools/docs/errors.ts and the sources that it reads'),
    '# Errors',
    'What a sender, a server of yours, an operator or a script may meet. A sender sees the status code alone. The reason is in `npx payhooks requests`, in the terminal of `npm start`, in the log and in the metric `Refused`.',
    '## A notification or a redirect is refused',
    'Nothing is kept and nothing follows. What to do: [refusals](../runbooks/refusals.md), [bad signatures](../runbooks/bad-signatures.md).',
    table(
      ['reason', 'status', 'meaning'],
      refusals.map(({ reason, status, means }) => [code(reason), status, means]),
    ),
    '## Payhooks itself fails: 503',
    'The provider sends again. What to do: [own 5xx](../runbooks/own-5xx.md), [secret failures](../runbooks/secret-failures.md).',
    table(['reason', 'meaning'], listed(checked(FAILURES_EXPLAINED, inCode.failures))),
    '## A message is parked',
    'It can never be applied and is kept with its reason. What to do: [parked](../runbooks/parked.md).',
    table(['reason', 'meaning'], listed(checked(PARKED, inCode.parked))),
    '## A payment is held',
    'It waits for an answer of an operator or of the order ([holds](../holds.md)). Why an answer is advised, or none: [held payments](../runbooks/held-payments.md#what-to-answer).',
    table(
      ['reason', 'meaning', 'advised answer'],
      Object.entries(HOLD_EXPLAINED).map(([name, { says, advised }]) => [
        code(name),
        says,
        advised === 'none' ? undefined : advised,
      ]),
    ),
    '## Your server registers an order, a change or a refund',
    'The body of 4xx is `{"error": "…"}`: a sentence with the key, the value found and what is allowed ([checkout](../checkout.md)).',
    table(
      ['status', 'meaning'],
      [
        ['201, 200', 'Registered; the same was registered before, or was changed.'],
        ['400', 'The body is no JSON, or a field is wrong. The sentence names it.'],
        ['403', 'API Gateway: the request is not signed by a role that may call it.'],
        ['404', 'A change or a refund names an order or a payment that is not known.'],
        [
          '409',
          'The order is taken or closed, or has changed since; or the reference is in use with other content.',
        ],
        ['413', 'The body is too large.'],
        ['503', 'DynamoDB or SQS did not answer. Send the same again: nothing happens twice.'],
      ],
    ),
    '## A command of `payhooks` ends',
    'The message says what is wrong and what to type next; with `--json` it is one line on stderr.',
    table(
      ['exit code', 'meaning'],
      (Object.entries(EXIT) as [keyof typeof EXIT, number][]).map(([name, number]) => [number, EXITS[name]]),
    ),
    '## The configuration is wrong',
    '`npx cdk synth` stops with one sentence for each problem: the path of the key, the value found, what is allowed. Every key: [default settings](../construct.md#default-settings).',
  );
}
