/** The body of an action, checked: each refusal names the field, the value found and what is allowed. */
import { EXIT, Problem } from '../../cli/problem.ts';

const MAX_CHARACTERS = 2_000;
const MAX_LISTED = 1_000;

export class Body {
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws Problem when it is not an object */
  constructor(json: unknown) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new Problem(EXIT.usage, 'The body is no JSON object.');
    }
    this.#fields = json as Readonly<Record<string, unknown>>;
  }

  #of(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  /** @throws Problem when it is absent or empty */
  text(name: string): string {
    const value = this.given(name);
    if (value.trim() === '') throw refused(name, value, 'a text');
    return value;
  }

  /** The value may be empty. @throws Problem when it is absent */
  given(name: string): string {
    const value = this.#of(name);
    if (typeof value !== 'string' || value.length > MAX_CHARACTERS) throw refused(name, value, 'a text');
    return value;
  }

  /** Undefined when absent, null or empty. A number is returned as text. @throws Problem */
  optional(name: string): string | undefined {
    const value = this.#of(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    return this.text(name);
  }

  /** @throws Problem */
  is(name: string): boolean {
    const value = this.#of(name) ?? false;
    if (typeof value === 'boolean') return value;
    throw refused(name, value, 'true and false');
  }

  /** The text or texts under that name; empty without such a field. */
  every(name: string): readonly string[] {
    const value = this.#of(name) ?? [];
    return [value].flat().filter((each) => typeof each === 'string');
  }

  /** One or more texts. @throws Problem */
  texts(name: string): readonly string[] {
    const value = this.#of(name);
    const isList = Array.isArray(value) && value.length > 0 && value.length <= MAX_LISTED;
    if (isList && value.every((each) => typeof each === 'string' && each.trim() !== '')) return value;
    throw refused(name, value, `a list of 1 to ${MAX_LISTED} texts`);
  }
}

const refused = (name: string, value: unknown, allowed: string): Problem => {
  const found = value === undefined ? 'nothing' : (JSON.stringify(value) ?? '').slice(0, 100);
  return new Problem(EXIT.usage, `${name}: found ${found}, allowed: ${allowed}.`);
};
