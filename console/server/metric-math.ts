/**
 * CloudWatch's metric math as its user guide documents it, as far as the stack's dashboards and alarms use it: + - * /,
 * comparisons, AND, OR, IF, FILL(x, number), DIFF, SUM(METRICS()). A series has one value per period, undefined where
 * nothing was measured.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html: between two series a missing
 * value is 0 where the other one has a value; a series and a number have no value where the series has none; IF drops a
 * point whose condition is missing; DIFF has no first value; a division by 0 has no value.
 */
export type Series = readonly (number | undefined)[];
type Value = number | Series;

export interface MathInput {
  /** A metric or another expression by its id; undefined when there is none. */
  readonly series: (id: string) => Series | undefined;
  /** The value of METRICS(). */
  readonly all: readonly Series[];
  /** Length of every series. */
  readonly length: number;
}

/** An unsupported form, or an unknown id. */
export class MathError extends Error {
  override readonly name = 'MathError';
}

const TOKEN = /\s*([A-Za-z][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|>=|<=|==|!=|[-+*/(),<>])/y;
const IS_NUMBER = /^[0-9]/;
const IS_NAME = /^[A-Za-z]/;

function tokensOf(expression: string): string[] {
  const text = expression.trimEnd();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found?.[1] === undefined) throw new MathError(`"${text.slice(at, at + 20)}" is not known`);
    tokens.push(found[1]);
  }
  return tokens;
}

/** Evaluates an expression; a number becomes a series with that value in every period. @throws MathError */
export function evaluate(expression: string, input: MathInput): Series {
  const value = new Reader(tokensOf(expression), input).whole();
  return typeof value === 'number' ? Array.from({ length: input.length }, () => value) : value;
}

type Operator = (left: number, right: number) => number;
const truth = (holds: boolean): number => (holds ? 1 : 0);

/** By precedence, the lowest first. */
const OPERATORS: readonly Readonly<Record<string, Operator>>[] = [
  { OR: (a, b) => truth(a !== 0 || b !== 0) },
  { AND: (a, b) => truth(a !== 0 && b !== 0) },
  {
    '>': (a, b) => truth(a > b),
    '<': (a, b) => truth(a < b),
    '>=': (a, b) => truth(a >= b),
    '<=': (a, b) => truth(a <= b),
    '==': (a, b) => truth(a === b),
    '!=': (a, b) => truth(a !== b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
];

class Reader {
  readonly #tokens: string[];
  readonly #input: MathInput;

  constructor(tokens: string[], input: MathInput) {
    this.#tokens = tokens;
    this.#input = input;
  }

  whole(): Value {
    const value = this.#ranked(0);
    if (this.#tokens.length > 0) throw new MathError('something follows the expression');
    return value;
  }

  #ranked(rank: number): Value {
    const operators = OPERATORS[rank];
    if (operators === undefined) return this.#operand();
    let value = this.#ranked(rank + 1);
    for (;;) {
      const operator = Object.hasOwn(operators, this.#tokens[0] ?? '') ? operators[this.#take()] : undefined;
      if (operator === undefined) return value;
      value = combined(value, this.#ranked(rank + 1), operator);
    }
  }

  #operand(): Value {
    const token = this.#take();
    if (token === '-') return combined(0, this.#operand(), (a, b) => a - b);
    if (token === '(') return this.#closed(this.#ranked(0));
    if (IS_NUMBER.test(token)) return Number(token);
    if (!IS_NAME.test(token)) throw new MathError('an operand is missing');
    if (this.#tokens[0] === '(') return this.#called(token);
    const series = this.#input.series(token);
    if (series === undefined) throw new MathError(`there is no metric "${token}"`);
    return series;
  }

  #called(name: string): Value {
    this.#take();
    if (name === 'SUM' && this.#tokens.slice(0, 3).join('') === 'METRICS()') {
      this.#tokens.splice(0, 3);
      return this.#closed(summed(this.#input));
    }
    const given = [this.#ranked(0)];
    while (this.#tokens[0] === ',') {
      this.#take();
      given.push(this.#ranked(0));
    }
    return this.#closed(applied(name, given));
  }

  #closed(value: Value): Value {
    if (this.#take() !== ')') throw new MathError('")" is missing');
    return value;
  }

  #take(): string {
    const token = this.#tokens.shift();
    if (token === undefined) throw new MathError('the expression ends too early');
    return token;
  }
}

function applied(name: string, [series, second, third, ...more]: readonly Value[]): Series {
  if (typeof series !== 'object' || more.length > 0) throw new MathError(`${name} takes a metric first`);
  if (name === 'FILL' && typeof second === 'number' && third === undefined) {
    return series.map((value) => value ?? second);
  }
  if (name === 'DIFF' && second === undefined) return differences(series);
  if (name === 'IF' && second !== undefined) {
    return series.map((condition, index) => {
      if (condition === undefined) return undefined;
      return condition === 0 ? at(third, index) : (at(second, index) ?? 0);
    });
  }
  throw new MathError(`${name} is not known, or not with these operands`);
}

const differences = (series: Series): Series =>
  series.map((value, index) => {
    const before = series.slice(0, index).findLast((each) => each !== undefined);
    return value === undefined || before === undefined ? undefined : value - before;
  });

const at = (value: Value | undefined, index: number): number | undefined =>
  typeof value === 'object' ? value[index] : value;

function combined(left: Value, right: Value, operator: Operator): Value {
  if (typeof left === 'number' && typeof right === 'number') return operator(left, right);
  const series = typeof left === 'object' ? left : (right as Series);
  const areBoth = typeof left === 'object' && typeof right === 'object';
  return series.map((_, index) => {
    const [a, b] = [at(left, index), at(right, index)];
    const isMissing = areBoth ? a === undefined && b === undefined : a === undefined || b === undefined;
    const value = isMissing ? undefined : operator(a ?? 0, b ?? 0);
    return Number.isFinite(value) ? value : undefined;
  });
}

/** A metric without a value in a period counts as 0. */
const summed = ({ all, length }: MathInput): Series =>
  Array.from({ length }, (_, index) => {
    const values = all.map((series) => series[index]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  });
