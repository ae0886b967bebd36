/** The parameters of a view, checked: each refusal names the parameter, the value found and what is allowed. */
import { EXIT, Problem } from '../../cli/problem.ts';

export class Query {
  readonly #values: URLSearchParams;

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  /** Undefined when absent or empty. */
  text(name: string): string | undefined {
    const value = this.#values.get(name)?.trim();
    return value === undefined || value === '' ? undefined : value;
  }

  /** @throws Problem */
  is(name: string): boolean {
    const value = this.text(name);
    if (value === undefined || value === '0') return false;
    if (value === '1') return true;
    throw refused(name, value, '0 and 1');
  }

  /** @throws Problem */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    const found = allowed.find((each) => each === value);
    if (value === undefined || found !== undefined) return found;
    throw refused(name, value, allowed.join(', '));
  }

  /** A whole number from 1 to `max`. @throws Problem */
  limit(fallback: number, max: number): number {
    const value = this.text('limit');
    if (value === undefined) return fallback;
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : 0;
    if (number >= 1 && number <= max) return number;
    throw refused('limit', value, `1 to ${max}`);
  }

  /** "401" or "4xx". @throws Problem */
  status(): string | undefined {
    const value = this.text('status');
    if (value === undefined || /^[1-5](?:[0-9]{2}|xx)$/.test(value)) return value;
    throw refused('status', value, 'a status like 401 and a class like 4xx');
  }
}

const refused = (name: string, value: string, allowed: string): Problem =>
  new Problem(EXIT.usage, `${name}: found "${value.slice(0, 100)}", allowed: ${allowed}.`);
