/** The names, the functions and the titles of tests in a source file, read from its syntax tree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { root } from './source-files.ts';

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Calls `visit` with every node of the text, each parent before its children. */
function walkText(path: string, text: string, visit: (node: SyntaxNode, text: string) => void): void {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    if (!isNode(value)) return;
    visit(value, text);
    for (const key of Object.keys(value)) walk(value[key]);
  };
  walk(program);
}

const walkFile = (path: string, visit: (node: SyntaxNode, text: string) => void): void =>
  walkText(path, readFileSync(join(root, path), 'utf8'), visit);

/** Names in quotes, such as those of alarms and columns: words with hyphens between them. */
const QUOTED_NAME = /^[a-z]+(?:-[a-z]+)+$/;

/** Every name that the TypeScript declares, uses or quotes. */
export function identifiersIn(path: string, text: string): ReadonlySet<string> {
  const names = new Set<string>();
  walkText(path, text, ({ type, name, value }) => {
    if ((type === 'Identifier' || type === 'PrivateIdentifier') && typeof name === 'string') names.add(name);
    if (type === 'Literal' && typeof value === 'string' && QUOTED_NAME.test(value)) names.add(value);
  });
  return names;
}

/** Every name that the file declares, uses or quotes. */
export const identifiersOf = (path: string): ReadonlySet<string> =>
  identifiersIn(path, readFileSync(join(root, path), 'utf8'));

/** The name at the root of a call: `it` of `it(…)` and of `it.each(…)(…)`, `test` of `test.skipIf(…)(…)`. */
function calledName(callee: unknown): unknown {
  if (!isNode(callee)) return undefined;
  if (callee.type === 'Identifier') return callee.name;
  return calledName(callee.type === 'MemberExpression' ? callee.object : callee.callee);
}

/** The titles of the tests in the text as they are written: `%s` and `${name}` are not replaced by values. */
export function titlesIn(path: string, text: string): readonly string[] {
  const titles: string[] = [];
  walkText(path, text, ({ type, callee, arguments: given }) => {
    const [title, run] = Array.isArray(given) ? given : [];
    if (type !== 'CallExpression' || run === undefined || !isNode(title)) return;
    const name = calledName(callee);
    const isText =
      title.type === 'TemplateLiteral' || (title.type === 'Literal' && typeof title.value === 'string');
    if ((name === 'it' || name === 'test') && isText) titles.push(text.slice(title.start + 1, title.end - 1));
  });
  return titles;
}

/** One function of a file. */
export interface WrittenFunction {
  /** The place of the function, as "path:line". */
  readonly at: string;
  readonly lines: number;
  /** The number of positional parameters. */
  readonly parameters: number;
}

const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

export function functionsOf(path: string): readonly WrittenFunction[] {
  const found: WrittenFunction[] = [];
  walkFile(path, ({ type, start, end, params }, text) => {
    if (!FUNCTIONS.includes(type)) return;
    const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
    const first = lineOf(start);
    const parameters = Array.isArray(params) ? params.length : 0;
    found.push({ at: `${path}:${first}`, lines: lineOf(end) - first + 1, parameters });
  });
  return found;
}

/** The words of a name in lower case: "toldKeyOf" has the words told, key, of. */
export const wordsOf = (name: string): readonly string[] =>
  name
    .split(/(?<=[a-z0-9])(?=[A-Z])|(?=[A-Z][a-z])|[_$.-]/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
