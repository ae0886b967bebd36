/**
 * CloudWatch's metric math as its user guide documents it, as far as our alarms use it: + - *, comparisons, AND, OR,
 * IF, FILL, DIFF. A series has one value per period, undefined where nothing was measured.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html: between two series a missing
 * value is 0 where the other one has a value; a series and a number have no value where the series has none; IF drops
 * a point whose condition is missing; DIFF has no first value.
 */
export type Series = readonly (number | undefined)[];
type Value = number | Series;
type Lookup = (id: string) => Series;

const TOKEN = /\s*([A-Za-z][A-Za-z0-9_]*|[0-9.]+|>=|<=|==|!=|[-+*(),<>])/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found?.[1] === undefined) throw new Error(`cannot read "${text.slice(at)}"`);
    tokens.push(found[1]);
  }
  return tokens;
}

/** @param lookup a metric's or another expression's series, by its id */
export function evaluate(expression: string, lookup: Lookup): Series {
  const value = new Parser(tokensOf(expression), lookup).whole();
  if (typeof value === 'number') throw new Error('the result of an expression must be a series');
  return value;
}

type Operator = (left: number, right: number) => number;
const number = (truth: boolean): number => (truth ? 1 : 0);

/** By rank, the weakest first. */
const OPERATORS: readonly Readonly<Record<string, Operator>>[] = [
  { OR: (a, b) => number(a !== 0 || b !== 0) },
  { AND: (a, b) => number(a !== 0 && b !== 0) },
  {
    '>': (a, b) => number(a > b),
    '<': (a, b) => number(a < b),
    '>=': (a, b) => number(a >= b),
    '<=': (a, b) => number(a <= b),
    '==': (a, b) => number(a === b),
    '!=': (a, b) => number(a !== b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b },
];

class Parser {
  readonly #tokens: string[];
  readonly #lookup: Lookup;

  constructor(tokens: string[], lookup: Lookup) {
    this.#tokens = tokens;
    this.#lookup = lookup;
  }

  whole(): Value {
    const value = this.#ranked(0);
    if (this.#tokens.length > 0) throw new Error(`more than an expression: ${this.#tokens.join(' ')}`);
    return value;
  }

  #ranked(rank: number): Value {
    const operators = OPERATORS[rank];
    if (operators === undefined) return this.#single();
    let value = this.#ranked(rank + 1);
    for (;;) {
      const operator = Object.hasOwn(operators, this.#tokens[0] ?? '') ? this.#take() : undefined;
      if (operator === undefined) return value;
      value = combined(value, this.#ranked(rank + 1), operators[operator] as Operator);
    }
  }

  #single(): Value {
    const token = this.#take();
    if (/^[0-9]/.test(token)) return Number(token);
    if (token === '(') return this.#closed(this.#ranked(0));
    return this.#tokens[0] === '(' ? this.#call(token) : this.#lookup(token);
  }

  #call(name: string): Value {
    this.#take();
    const given = [this.#ranked(0)];
    while (this.#tokens[0] === ',') {
      this.#take();
      given.push(this.#ranked(0));
    }
    const [first, second, third] = given;
    if (first === undefined || typeof first === 'number') throw new Error(`${name} of a number`);
    return this.#closed(apply(name, first, second, third));
  }

  #closed(value: Value): Value {
    if (this.#take() !== ')') throw new Error('")" is missing');
    return value;
  }

  #take(): string {
    const token = this.#tokens.shift();
    if (token === undefined) throw new Error('the expression ends too early');
    return token;
  }
}

function apply(name: string, series: Series, second: Value | undefined, third: Value | undefined): Series {
  if (name === 'FILL' && typeof second === 'number') return series.map((value) => value ?? second);
  if (name === 'DIFF' && second === undefined) {
    return series.map((value, index) => {
      const before = series.slice(0, index).findLast((each) => each !== undefined);
      return value === undefined || before === undefined ? undefined : value - before;
    });
  }
  if (name === 'IF' && second !== undefined) {
    return series.map((condition, index) => {
      if (condition === undefined) return undefined;
      return condition === 0 ? at(third, index) : (at(second, index) ?? 0);
    });
  }
  throw new Error(`${name} is not known here`);
}

const at = (value: Value | undefined, index: number): number | undefined =>
  typeof value === 'object' ? value[index] : value;

function combined(left: Value, right: Value, operator: Operator): Value {
  if (typeof left === 'number' && typeof right === 'number') return operator(left, right);
  const series = typeof left === 'object' ? left : (right as Series);
  const both = typeof left === 'object' && typeof right === 'object';
  return series.map((_, index) => {
    const [a, b] = [at(left, index), at(right, index)];
    const nothing = both ? a === undefined && b === undefined : a === undefined || b === undefined;
    return nothing ? undefined : operator(a ?? 0, b ?? 0);
  });
}
