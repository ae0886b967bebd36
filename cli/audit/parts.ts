/**
 * Divides records into parts by a hash of their order: all records of one order are in one part, and only one part at a
 * time is read into memory. Records that exceed the buffer go to a folder for temporary files, which only this user can
 * read and which is removed at the end.
 */
import { appendFileSync, createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const PARTS = 64;
/** Characters of a part that are buffered before they are written. */
const BUFFER = 256 * 1024;

export class Parts<Item extends { readonly order: string }> {
  readonly #buffers = Array.from({ length: PARTS }, () => ({
    lines: [] as string[],
    size: 0,
    isFile: false,
  }));
  readonly #most: number;
  #folder: string | undefined;

  /** @param most characters of a part that are buffered before they are written */
  constructor(most: number = BUFFER) {
    this.#most = most;
  }

  add(item: Item): void {
    const at = partOf(item.order);
    const buffer = this.#bufferOf(at);
    const line = JSON.stringify(item);
    buffer.lines.push(line);
    buffer.size += line.length;
    if (buffer.size < this.#most) return;
    this.#folder ??= mkdtempSync(join(tmpdir(), 'payhooks-audit-'));
    appendFileSync(this.#fileOf(at), `${buffer.lines.join('\n')}\n`, { mode: 0o600 });
    this.#buffers[at] = { lines: [], size: 0, isFile: true };
  }

  /** Yields the records in the order in which they were added. */
  async *read(at: number): AsyncGenerator<Item> {
    const { lines, isFile } = this.#bufferOf(at);
    if (isFile) {
      const input = createReadStream(this.#fileOf(at), 'utf8');
      for await (const line of createInterface({ input })) yield JSON.parse(line) as Item;
    }
    for (const line of lines) yield JSON.parse(line) as Item;
  }

  /** The folder to which records were written; undefined when all fitted into the buffers. */
  get folder(): string | undefined {
    return this.#folder;
  }

  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #bufferOf(at: number) {
    const buffer = this.#buffers[at];
    if (buffer === undefined) throw new Error(`there is no part ${at}`);
    return buffer;
  }

  #fileOf(at: number): string {
    return join(this.#folder ?? '', String(at));
  }
}

/** FNV-1a, which also spreads sequential references. */
function partOf(order: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < order.length; at++) hash = Math.imul(hash ^ order.charCodeAt(at), 0x01000193);
  return ((hash >>> 16) ^ hash) & (PARTS - 1);
}
