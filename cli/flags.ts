/** A command's options, read by name and checked. */
import { Problem } from './problem.ts';

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export class Flags {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  is(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** @throws Problem */
  needed(name: string, why: string): string {
    const value = this.text(name)?.trim();
    if (value === undefined || value === '') throw Problem.usage(`--${name} is missing: ${why}.`);
    return value;
  }

  /** @throws Problem */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw Problem.usage(`--${name} "${value}": allowed are ${allowed.join(', ')}.`);
  }

  /** Names with commas between them. @throws Problem */
  names(option: string, allowed: readonly string[]): readonly string[] | undefined {
    const names = this.text(option)
      ?.split(',')
      .map((name) => name.trim());
    const unknown = names?.find((name) => !allowed.includes(name));
    if (unknown === undefined) return names;
    throw Problem.usage(`--${option} "${unknown}": allowed are ${allowed.join(', ')}.`);
  }

  /** A whole number from 1 to `max`. @throws Problem */
  limit(name: string, fallback: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : 0;
    if (number >= 1 && number <= max) return number;
    throw Problem.usage(`--${name} "${value}": allowed is 1 to ${max}.`);
  }
}
