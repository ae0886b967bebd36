/**
 * Keeps tables on disk as lines of JSON, one per change, read again at the next start. A line that was cut by a crash
 * was never acknowledged and is dropped.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Item } from './values.ts';

export type Change =
  | { readonly create: string; readonly input: unknown }
  | { readonly drop: string }
  | { readonly ttl: string; readonly attribute: string | undefined }
  | { readonly table: string; readonly put: Item }
  | { readonly table: string; readonly remove: Item };

export class Journal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Changes of the earlier run, in order. */
  *read(): Generator<Change> {
    if (!existsSync(this.#file)) return;
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    // What follows the last line feed is empty, or a line that was not written completely.
    for (const line of lines.slice(0, -1)) yield* JSON.parse(line) as readonly Change[];
  }

  /** All or nothing: the changes of one request are one line. Throws when the disk is full. */
  append(changes: readonly Change[]): void {
    if (changes.length > 0) appendFileSync(this.#file, `${JSON.stringify(changes)}\n`, { mode: 0o600 });
  }

  /** Replaces all changes by the changes that make the present state. */
  rewrite(changes: Iterable<Change>): void {
    const fresh = `${this.#file}.new`;
    writeFileSync(fresh, [...changes].map((change) => `${JSON.stringify([change])}\n`).join(''), {
      mode: 0o600,
    });
    renameSync(fresh, this.#file);
  }
}
