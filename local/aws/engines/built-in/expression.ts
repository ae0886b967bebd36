/**
 * DynamoDB's expressions, as far as this project and its libraries use them: conditions, filters and key conditions,
 * `SET` and `REMOVE`. Anything else is refused by name, never ignored. Grammar:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
import { type AttributeValue, compareValues, equalValues, type Item, invalid, typeOf } from './values.ts';

export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

export type Path = readonly (string | number)[];
type Operand = (item: Item) => AttributeValue | undefined;
export type Condition = (item: Item) => boolean;

const TOKEN = /\s*(<>|<=|>=|[=<>(),+-]|\[\d+\]|\.|[#:]?[A-Za-z_][\w-]*|:[\w-]+|#[\w-]+)/y;

class Tokens {
  readonly #tokens: readonly string[];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    let end = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
      tokens.push(match[1] ?? '');
      end = TOKEN.lastIndex;
    }
    if (text.slice(end).trim() !== '')
      throw invalid(`Invalid expression: syntax error near "${text.slice(end)}"`);
    this.#tokens = tokens;
    this.#text = text;
  }

  peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw invalid(`Invalid expression: unexpected end of "${this.#text}"`);
    return token;
  }

  /** Consumes the token if it is the next one; keywords in any case. */
  take(token: string): boolean {
    if (this.peek()?.toUpperCase() !== token) return false;
    this.#at++;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token))
      throw invalid(`Invalid expression: expected "${token}", found "${this.peek() ?? 'the end'}"`);
  }

  end(): void {
    if (this.peek() !== undefined) throw invalid(`Invalid expression: unexpected "${this.peek()}"`);
  }
}

/** Compiles one request's expressions and, at the end, refuses placeholders that none of them used. */
export class Expressions {
  readonly #placeholders: Placeholders;
  readonly #used = new Set<string>();

  constructor(placeholders: Placeholders) {
    this.#placeholders = placeholders;
  }

  condition(text: string): Condition {
    const tokens = new Tokens(text);
    const condition = this.#or(tokens);
    tokens.end();
    return condition;
  }

  paths(text: string): readonly Path[] {
    const tokens = new Tokens(text);
    const paths = [this.#path(tokens)];
    while (tokens.take(',')) paths.push(this.#path(tokens));
    tokens.end();
    return paths;
  }

  /** @returns a function that makes the changed copy of an item; it reads every value from the original item */
  update(text: string): (item: Item) => Item {
    const tokens = new Tokens(text);
    const steps: ((old: Item, changed: Item) => Item)[] = [];
    while (tokens.peek() !== undefined) {
      const clause = tokens.next().toUpperCase();
      if (clause !== 'SET' && clause !== 'REMOVE') {
        throw invalid(`Invalid UpdateExpression: the built-in engine knows SET and REMOVE, not ${clause}`);
      }
      do {
        const path = this.#path(tokens);
        if (clause === 'REMOVE') {
          steps.push((_, changed) => withPath(changed, path, undefined));
        } else {
          tokens.expect('=');
          const value = this.#assigned(tokens);
          steps.push((old, changed) => withPath(changed, path, value(old)));
        }
      } while (tokens.take(','));
    }
    return (item) => steps.reduce((changed, step) => step(item, changed), item);
  }

  /** Throws for a placeholder that no expression used, as DynamoDB does. */
  finish(): void {
    const { names, values } = this.#placeholders;
    const unused = [...Object.keys(names), ...Object.keys(values)].filter((name) => !this.#used.has(name));
    if (unused.length > 0) {
      throw invalid(`Value provided in placeholders unused in expressions: keys: {${unused.join(', ')}}`);
    }
  }

  #or(tokens: Tokens): Condition {
    const parts = [this.#and(tokens)];
    while (tokens.take('OR')) parts.push(this.#and(tokens));
    return (item) => parts.some((part) => part(item));
  }

  #and(tokens: Tokens): Condition {
    const parts = [this.#not(tokens)];
    while (tokens.take('AND')) parts.push(this.#not(tokens));
    return (item) => parts.every((part) => part(item));
  }

  #not(tokens: Tokens): Condition {
    if (!tokens.take('NOT')) return this.#primary(tokens);
    const inner = this.#not(tokens);
    return (item) => !inner(item);
  }

  #primary(tokens: Tokens): Condition {
    if (tokens.take('(')) {
      const inner = this.#or(tokens);
      tokens.expect(')');
      return inner;
    }
    return this.#function(tokens) ?? this.#comparison(tokens);
  }

  #function(tokens: Tokens): Condition | undefined {
    const takes = (name: string): boolean => {
      if (!tokens.take(name)) return false;
      tokens.expect('(');
      return true;
    };
    const closed = (condition: Condition): Condition => {
      tokens.expect(')');
      return condition;
    };
    if (takes('ATTRIBUTE_EXISTS')) {
      const path = this.#path(tokens);
      return closed((item) => valueAt(item, path) !== undefined);
    }
    if (takes('ATTRIBUTE_NOT_EXISTS')) {
      const path = this.#path(tokens);
      return closed((item) => valueAt(item, path) === undefined);
    }
    if (takes('BEGINS_WITH')) {
      const [text, start] = this.#two(tokens);
      return closed((item) => {
        const [whole, prefix] = [text(item)?.S, start(item)?.S];
        return typeof whole === 'string' && typeof prefix === 'string' && whole.startsWith(prefix);
      });
    }
    if (takes('CONTAINS')) {
      const [whole, part] = this.#two(tokens);
      return closed((item) => contains(whole(item), part(item)));
    }
    return undefined;
  }

  #two(tokens: Tokens): readonly [Operand, Operand] {
    const first = this.#operand(tokens);
    tokens.expect(',');
    return [first, this.#operand(tokens)];
  }

  #comparison(tokens: Tokens): Condition {
    const left = this.#operand(tokens);
    if (tokens.take('BETWEEN')) {
      const low = this.#operand(tokens);
      tokens.expect('AND');
      const high = this.#operand(tokens);
      const atLeast = ordered(left, low, (order) => order >= 0);
      const atMost = ordered(left, high, (order) => order <= 0);
      return (item) => atLeast(item) && atMost(item);
    }
    if (tokens.take('IN')) {
      tokens.expect('(');
      const choices = [this.#operand(tokens)];
      while (tokens.take(',')) choices.push(this.#operand(tokens));
      tokens.expect(')');
      return (item) => choices.some((choice) => equal(left(item), choice(item)));
    }
    const operator = tokens.next();
    const right = this.#operand(tokens);
    switch (operator) {
      case '=':
        return (item) => equal(left(item), right(item));
      case '<>':
        return (item) => !equal(left(item), right(item));
      case '<':
        return ordered(left, right, (order) => order < 0);
      case '<=':
        return ordered(left, right, (order) => order <= 0);
      case '>':
        return ordered(left, right, (order) => order > 0);
      case '>=':
        return ordered(left, right, (order) => order >= 0);
      default:
        throw invalid(`Invalid expression: unexpected "${operator}"`);
    }
  }

  #operand(tokens: Tokens): Operand {
    if (tokens.peek()?.startsWith(':')) {
      const value = this.#value(tokens.next());
      return () => value;
    }
    const path = this.#path(tokens);
    return (item) => valueAt(item, path);
  }

  #assigned(tokens: Tokens): Operand {
    const first = this.#assignedTerm(tokens);
    const sign = tokens.take('+') ? 1 : tokens.take('-') ? -1 : 0;
    if (sign === 0) return first;
    const second = this.#assignedTerm(tokens);
    return (item) => ({ N: String(numberOf(first(item)) + sign * numberOf(second(item))) });
  }

  #assignedTerm(tokens: Tokens): Operand {
    if (!tokens.take('IF_NOT_EXISTS')) return this.#operand(tokens);
    tokens.expect('(');
    const [existing, otherwise] = this.#two(tokens);
    tokens.expect(')');
    return (item) => existing(item) ?? otherwise(item);
  }

  #path(tokens: Tokens): Path {
    const path: (string | number)[] = [this.#name(tokens.next())];
    for (;;) {
      if (tokens.take('.')) path.push(this.#name(tokens.next()));
      else if (tokens.peek()?.startsWith('[')) path.push(Number(tokens.next().slice(1, -1)));
      else return path;
    }
  }

  #name(token: string): string {
    if (!token.startsWith('#')) {
      if (!/^[A-Za-z_][\w-]*$/.test(token))
        throw invalid(`Invalid expression: "${token}" is no attribute name`);
      return token;
    }
    const name = this.#placeholders.names[token];
    if (name === undefined) throw invalid(`An expression attribute name is not defined: ${token}`);
    this.#used.add(token);
    return name;
  }

  #value(token: string): AttributeValue {
    const value = this.#placeholders.values[token];
    if (value === undefined) throw invalid(`An expression attribute value is not defined: ${token}`);
    this.#used.add(token);
    return value;
  }
}

const equal = (a: AttributeValue | undefined, b: AttributeValue | undefined): boolean =>
  a !== undefined && b !== undefined && equalValues(a, b);

const ordered =
  (left: Operand, right: Operand, holds: (order: number) => boolean): Condition =>
  (item) => {
    const [a, b] = [left(item), right(item)];
    const order = a === undefined || b === undefined ? undefined : compareValues(a, b);
    return order !== undefined && holds(order);
  };

function contains(whole: AttributeValue | undefined, part: AttributeValue | undefined): boolean {
  if (whole === undefined || part === undefined) return false;
  if (typeof whole.S === 'string') return typeof part.S === 'string' && whole.S.includes(part.S);
  if (Array.isArray(whole.L)) return (whole.L as AttributeValue[]).some((each) => equalValues(each, part));
  const set = whole[typeOf(whole)];
  return Array.isArray(set) && set.includes(part[typeOf(part)]);
}

function numberOf(value: AttributeValue | undefined): number {
  if (value?.N === undefined) throw invalid('An operand in the update expression has an incorrect data type');
  return Number(value.N);
}

function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item };
  for (const step of path) {
    const inside: unknown = typeof step === 'number' ? value?.L : value?.M;
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, step)) return undefined;
    value = (inside as Readonly<Record<string | number, AttributeValue>>)[step];
  }
  return value;
}

/** A changed copy of the item; the value `undefined` removes the attribute. */
function withPath(item: Item, [step, ...rest]: Path, value: AttributeValue | undefined): Item {
  if (typeof step !== 'string')
    throw invalid('The document path provided in the update expression is invalid');
  const { [step]: old, ...others } = item;
  if (rest.length > 0) {
    if (typeof old?.M !== 'object')
      throw invalid('The document path provided in the update expression is invalid');
    return { ...others, [step]: { M: withPath(old.M as Item, rest, value) } };
  }
  return value === undefined ? others : { ...others, [step]: value };
}
