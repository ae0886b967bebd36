/** docs/tables/personal-data.md: which field holds whose data, where, how long, and what removes it. */
import { code, page, rendered, table } from '../markdown.ts';
import { ELSEWHERE } from './elsewhere.ts';
import type { Place } from './field.ts';
import { ROWS } from './rows.ts';

const rowsOf = ({ name, where, kept, encrypted, data }: Place): readonly (readonly string[])[] =>
  Object.entries(data).map(([field, { kind, of, what, sealed, erased }]) => [
    name,
    code(field),
    `${of}: ${kind}`,
    what,
    where,
    kept,
    sealed === undefined
      ? encrypted
      : `${encrypted}; sealed under ${sealed.replace('envelope key', 'the envelope key')}`,
    erased,
  ]);

const HEAD = [
  'what is kept',
  'field',
  'whose',
  'what it says',
  'where',
  'how long',
  'encrypted',
  'taken away by',
];

const withoutData = (places: readonly Place[]): string =>
  places
    .filter(({ none }) => none.length > 0)
    .map(({ name, none }) => `- ${name}: ${none.map(code).join(', ')}`)
    .join('\n');

export const personalDataPage = (): string =>
  page(
    rendered('tools/docs/personal-data'),
    '# Personal data, field by field',
    'What it means, and what you have to do: [personal data](../personal-data.md). *personal*: says something of a person. *pseudonym*: an id that leads to a person for whoever also has your data or the provider’s. A field of a stored type that is in neither list stops the compiler; a row or field that a simulated run writes and this page does not list fails a test.',
    '## Rows of the tables',
    table(HEAD, ROWS.flatMap(rowsOf)),
    '## Elsewhere',
    table(HEAD, ELSEWHERE.flatMap(rowsOf)),
    '## Fields that say nothing of a person',
    withoutData([...ROWS, ...ELSEWHERE]),
  );
