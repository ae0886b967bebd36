/** docs/tables/privileges.md: what a person with a function's role can do, evaluated from the synthesized template. */
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { PARTITIONS } from '../../shared/app/table/keys.ts';
import { ABILITIES, type Ability, can } from '../privileges/abilities.ts';
import { grantsOfOtherResources } from '../privileges/grants.ts';
import { UNNEEDED } from '../privileges/unneeded.ts';
import { code, page, rendered, table } from './markdown.ts';
import { EVERYTHING, resourcesOf } from './templates.ts';

/** True of every intake: the workers trust a queued message whose shared-key signature was verified once. */
const FORGES =
  'queue notifications that nobody sent, of any Trustly Americas and Paymentwall account (below); answer OK and queue nothing, so that a notification is lost';
const EUROPE = `${FORGES}; queue once more, or as of another time, what Trustly Europe signed; sign answers to Trustly. Nothing that Trustly Europe did not sign is applied: the transition worker verifies it again, and parks it.`;

/** Written by hand; the tables below it come from the template. */
const WORST: Readonly<Partial<Record<FunctionName, string>>> = {
  'intake-trustly-americas': `${FORGES}. Its key also signs polls of the provider’s API and redirects.`,
  'intake-trustly-europe': EUROPE,
  'intake-trustly-europe-decisions':
    'As the other intake of Trustly Europe; say yes or no to a withdrawal in the merchant’s name; ask the decision hook about withdrawals and kyc that nobody started, signed as ours (a shop that believes it takes a balance); read an order whose reference or provider id it knows (amounts, end user id).',
  'intake-paymentwall': `${FORGES}.`,
  'transition-worker':
    'Everything: the worker decides the status and the grant of every payment. Sign answers to Trustly Europe (the secret that names Trustly’s public key holds ours, too). It cannot open splitTokens.',
  'fulfilment-worker': 'Send any event to the merchant; write payments and effects.',
  sweeper: 'Write payments and effects, and have the effects delivered: a fulfil.',
  checkout:
    'Decide what is owed, as every caller with `execute-api:Invoke`: register an order for one cent, or write over a registered one, and let it be paid. Read payments (statuses, amounts, references, end user ids) and evidence that it cannot open, by their ids. Sign notifications of Trustly Americas accounts with checkout, which is as above.',
  redirect:
    'Write the rows of shoppers who come back: send a shopper to another page, name the order of a transaction that has none. Sign notifications of Trustly Americas accounts with checkout, which is as above (its key verifies redirects). It learns of a transaction whose id it knows which order it is for and whether it went well.',
  confirmer: 'Store an answer of a provider’s API, and write payments and effects: a fulfil.',
  reconciler:
    'Store an answer of a provider’s API: a fulfil if an order waits for the amount; send any event to the merchant.',
  probe:
    'Sign notifications of any Trustly Americas and Paymentwall account, which is as above: it holds the keys that their providers sign with. It has no queue, no table and nothing of Trustly Europe.',
};

function worst(name: FunctionName): string {
  const text = WORST[name];
  if (text === undefined) throw new Error(`${name} has no words (tools/docs/privileges.ts)`);
  return text;
}

/** Columns: what, Trustly Europe, the other providers. */
const FORGED: readonly (readonly [string, string, string])[] = [
  [
    'a fulfil of an order, `amountCheck: required` with `confirm`',
    'no',
    'no: the payment waits for an answer of the provider’s API, which only `confirmer` and `reconciler` can write',
  ],
  ['a fulfil of an order, `amountCheck: when-present`', 'no', 'yes'],
  ['a fulfil without an order, `unknownOrder: trust`', 'no', 'yes: there is no amount to confirm'],
  [
    'a fulfil of goodwill (Paymentwall, type 1)',
    '–',
    'yes: it says that no money backs it (`goodwill: true`)',
  ],
  ['a revoke of a payment that was granted', 'no', 'yes: a refund or reversal is believed'],
  ['a hold, a notice (`payment.processing`, `payment.denied`…)', 'no', 'yes'],
];

const names = Object.keys(FUNCTIONS) as FunctionName[];
const abilities = Object.keys(ABILITIES) as Ability[];

function rowsOf(name: FunctionName): readonly (readonly string[])[] {
  const { table: accesses, rows } = FUNCTIONS[name];
  return accesses
    .filter((access) => access !== 'sweep')
    .map((access) => [
      name,
      access,
      rows === 'any'
        ? 'every row'
        : (rows[access] ?? []).map((partition) => code(`${PARTITIONS[partition]}*`)).join(' '),
    ]);
}

export function privilegesPage(): string {
  const all = resourcesOf(EVERYTHING);
  return page(
    rendered('infra/functions.ts and the synthesized template'),
    '# Who may do what',
    'What somebody who holds the role of a function can do at worst: stolen credentials, or code of theirs in the function. `intake-…` and `redirect` are public; `checkout` takes callers that sign for AWS (`execute-api:Invoke`); the others have no address. Why it is so: [decision 10](../decisions/010-roles-by-row.md).',
    '## At worst',
    table(
      ['function', 'can'],
      names.map((name) => [code(name), worst(name)]),
    ),
    'No function opens a splitToken: the private key is a secret that none of them reads. No function scans a table.',
    '## A forged notification',
    'What a queued notification that nobody sent leads to, with the rights of an intake and nothing else. Held by `test/app/verified-again.test.ts` (Trustly Europe) and `test/app/forged-notifications.test.ts` (the others, whose key is shared: who can verify can sign, and the worker cannot distinguish a forgery).',
    table(
      ['', 'Trustly Europe', 'Trustly Americas, Paymentwall'],
      FORGED.map((row) => [...row]),
    ),
    '## By permission',
    'Evaluated from the policies of a template that uses everything (`tools/privileges`, which stands in for IAM).',
    table(
      ['', ...names.map(code)],
      abilities.map((ability) => [ability, ...names.map((name) => (can(all, name, ability) ? 'yes' : ''))]),
    ),
    '## By row',
    'How the partition keys of the main table begin that a role may use; any other request for its rows is refused.',
    table(
      ['function', 'action', 'rows'],
      names.flatMap(rowsOf).map(([name = '', access = '', rows = '']) => [code(name), code(access), rows]),
    ),
    '## Beside rows',
    'Every other statement of the roles. The index `open` shows keys (payment, order, time) of rows that are not final, and nothing else of them. Beside these, each function writes to its own log group, and so can write any log line and, since metrics are log lines, any metric: it can ring an alarm or keep one quiet. The keys of tables and secrets serve through DynamoDB and Secrets Manager only (`kms:ViaService`).',
    table(
      ['function', 'action', 'of'],
      names.flatMap((name) =>
        grantsOfOtherResources(all, `payhooks-sandbox-${name}`).map(({ actions, resources }) => [
          code(name),
          actions.map((action) => code(action)).join(' '),
          resources.map((resource) => code(resource)).join(' '),
        ]),
      ),
    ),
    '## Grants that no test needs',
    'The local stack judges every call by these policies ([decision 13](../decisions/013-iam-on-this-computer.md)). `test/local/iam.e2e.test.ts` takes each grant away in turn: a recorded call is refused without it, or the grant stands here.',
    table(
      ['function', 'action', 'why it stays'],
      UNNEEDED.map(({ functions, actions, reason }) => [
        functions === 'all' ? 'every one that has it' : functions.map(code).join(' '),
        actions.map(code).join(' '),
        reason,
      ]),
    ),
  );
}
