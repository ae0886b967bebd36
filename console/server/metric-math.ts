/**
 * CloudWatch's metric math, as much of it as the stack's dashboards use: numbers, ids of metrics, + - * /, parentheses,
 * FILL(x, number) and SUM(METRICS()). A point is missing where an operand has none.
 */

type Points = ReadonlyMap<number, number>;
type Value = number | Points;

export interface MathInput {
  /** By their ids: seconds since 1970 and value. */
  readonly metrics: ReadonlyMap<string, Points>;
  /** The beginnings of all periods, ascending: what FILL fills. */
  readonly periods: readonly number[];
}

/** Another form than those above, or an unknown id. */
export class MathError extends Error {
  override readonly name = 'MathError';
}

const TOKEN = /\s*(?:([0-9]+(?:\.[0-9]+)?)|([A-Za-z][A-Za-z0-9_]*)|([-+*/(),]))/y;

interface Token {
  readonly number?: number;
  readonly name?: string;
  readonly sign?: string;
}

function tokensOf(expression: string): Token[] {
  const text = expression.trim();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new MathError(`"${text.slice(at, at + 20)}" is not known`);
    const [, number, name, sign] = found;
    if (number !== undefined) tokens.push({ number: Number(number) });
    else if (name !== undefined) tokens.push({ name });
    else tokens.push({ sign: sign ?? '' });
  }
  return tokens;
}

/** A number alone has a point in every period. @throws MathError */
export function evaluate(expression: string, input: MathInput): Points {
  const reader = new Reader(tokensOf(expression), input);
  const value = reader.whole();
  return typeof value === 'number' ? new Map(input.periods.map((at) => [at, value])) : value;
}

class Reader {
  readonly #tokens: Token[];
  readonly #input: MathInput;

  constructor(tokens: Token[], input: MathInput) {
    this.#tokens = tokens;
    this.#input = input;
  }

  whole(): Value {
    const value = this.#sum();
    if (this.#tokens.length > 0) throw new MathError('something follows the expression');
    return value;
  }

  #takes(sign: string): boolean {
    if (this.#tokens[0]?.sign !== sign) return false;
    this.#tokens.shift();
    return true;
  }

  #needs(sign: string): void {
    if (!this.#takes(sign)) throw new MathError(`"${sign}" is missing`);
  }

  #sum(): Value {
    let value = this.#product();
    for (;;) {
      if (this.#takes('+')) value = both(value, this.#product(), (a, b) => a + b);
      else if (this.#takes('-')) value = both(value, this.#product(), (a, b) => a - b);
      else return value;
    }
  }

  #product(): Value {
    let value = this.#operand();
    for (;;) {
      if (this.#takes('*')) value = both(value, this.#operand(), (a, b) => a * b);
      else if (this.#takes('/')) value = both(value, this.#operand(), (a, b) => a / b);
      else return value;
    }
  }

  #operand(): Value {
    if (this.#takes('-')) return both(0, this.#operand(), (a, b) => a - b);
    if (this.#takes('(')) {
      const value = this.#sum();
      this.#needs(')');
      return value;
    }
    const { number, name } = this.#tokens.shift() ?? {};
    if (number !== undefined) return number;
    if (name === undefined) throw new MathError('an operand is missing');
    if (this.#takes('(')) return this.#called(name);
    const points = this.#input.metrics.get(name);
    if (points === undefined) throw new MathError(`there is no metric "${name}"`);
    return points;
  }

  #called(name: string): Value {
    if (name === 'FILL') {
      const points = this.#sum();
      this.#needs(',');
      const missing = this.#sum();
      this.#needs(')');
      if (typeof points === 'number' || typeof missing !== 'number')
        throw new MathError('FILL takes a metric and a number');
      return new Map(this.#input.periods.map((at) => [at, points.get(at) ?? missing]));
    }
    if (name === 'SUM' && this.#tokens.shift()?.name === 'METRICS') {
      for (const sign of ['(', ')', ')']) this.#needs(sign);
      return summed([...this.#input.metrics.values()]);
    }
    throw new MathError(`${name} is not known`);
  }
}

function both(left: Value, right: Value, operate: (a: number, b: number) => number): Value {
  if (typeof left === 'number' && typeof right === 'number') return operate(left, right);
  const times = typeof left === 'number' ? right : left;
  const at = (value: Value, time: number) => (typeof value === 'number' ? value : value.get(time));
  return new Map(
    [...(times as Points).keys()].flatMap((time) => {
      const [a, b] = [at(left, time), at(right, time)];
      const value = a === undefined || b === undefined ? Number.NaN : operate(a, b);
      return Number.isFinite(value) ? [[time, value] as const] : [];
    }),
  );
}

/** A metric without a point there counts nothing. */
function summed(all: readonly Points[]): Points {
  const total = new Map<number, number>();
  for (const points of all) for (const [at, value] of points) total.set(at, (total.get(at) ?? 0) + value);
  return new Map([...total].sort(([a], [b]) => a - b));
}
