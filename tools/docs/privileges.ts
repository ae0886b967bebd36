/** docs/tables/privileges.md: what somebody who holds a function's role can do, asked of the synthesized template. */
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { PARTITIONS } from '../../shared/app/table/keys.ts';
import { ABILITIES, type Ability, can } from '../privileges/abilities.ts';
import { code, page, rendered, table } from './markdown.ts';
import { EVERYTHING, resourcesOf } from './templates.ts';

const FORGES =
  'queue a notification that nobody sent (it seals for the worker, and a shared key signs as well as it verifies)';

/** By hand, for a reader; the tables below it are the template's. */
const WORST: Readonly<Partial<Record<FunctionName, string>>> = {
  'intake-trustly-americas': `${FORGES}: holds and revokes follow. With \`amountCheck: required\` and \`confirm\` no fulfil follows, since the API knows no such payment; with \`when-present\` it does.`,
  'intake-trustly-europe': `${FORGES}; sign answers to Trustly. A fulfil follows where an order waits for exactly this amount: Trustly Europe has no API to confirm it.`,
  'intake-trustly-europe-decisions':
    'As the other intake of Trustly Europe; say yes or no to a withdrawal in the merchant’s name; read an order whose reference or provider id it knows (amounts, end user id).',
  'intake-paymentwall': `${FORGES}: as for Trustly Americas.`,
  'transition-worker': 'Everything: what became of a payment is decided here. It cannot open splitTokens.',
  'fulfilment-worker': 'Tell the merchant anything; write payments and effects.',
  sweeper: 'Write payments and effects, and have them sent: a fulfil.',
  checkout:
    'Decide what is owed, as every caller with `execute-api:Invoke`: register an order over one cent, or write over a registered one, and let it be paid. Read payments (statuses, amounts, references, end user ids) and evidence that it cannot open, by their ids. Sign notifications of Trustly Americas accounts with checkout, which is as above.',
  redirect:
    'Write the rows of shoppers who come back: send a shopper to another page, name the order of a transaction that has none. Sign notifications of Trustly Americas accounts with checkout, which is as above (its key verifies redirects). It learns of a transaction whose id it knows which order it is for and whether it went well.',
  confirmer: 'Say what a provider’s API answered, and write payments and effects: a fulfil.',
  reconciler:
    'Say what a provider’s API answered: a fulfil where an order waits for it; tell the merchant anything.',
};

function worst(name: FunctionName): string {
  const text = WORST[name];
  if (text === undefined) throw new Error(`${name} has no words (tools/docs/privileges.ts)`);
  return text;
}

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
    '## By permission',
    'Evaluated from the policies of a template that uses everything (`tools/privileges`, which stands in for IAM).',
    table(
      ['', ...names.map(code)],
      abilities.map((ability) => [ability, ...names.map((name) => (can(all, name, ability) ? 'yes' : ''))]),
    ),
    '## By row',
    'How the partition keys of the main table begin that a role may use; any other request is refused.',
    table(
      ['function', 'action', 'rows'],
      names.flatMap(rowsOf).map(([name = '', access = '', rows = '']) => [code(name), code(access), rows]),
    ),
  );
}
