/** The `Store` port in memory with DynamoDB's semantics: rows are serialized, a transaction writes all or nothing. */
import type { Item, Key, Store, When, Write, WriteResult } from '../../shared/app/ports.ts';
import { StoreBusyError } from '../../shared/app/ports.ts';
import { EFFECT_PREFIX } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';
import { MAX_WRITES } from '../../shared/aws/dynamodb-store.ts';
import { checkRow } from './aws-limits.ts';

const address = ({ pk, sk }: Key): string => `${pk}\u0000${sk}`;
const keyOf = (write: Write): Key =>
  'put' in write ? write.put : 'check' in write ? write.check : write.remove;
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

function holds(when: When, row: Item | undefined): boolean {
  if (when === 'always') return true;
  if (when === 'absent') return row === undefined;
  if (when === 'present') return row !== undefined;
  // DynamoDB refuses an invalid expression, or a version that is not a number.
  if (typeof when !== 'object' || typeof when.versionIs !== 'number')
    throw new Error(`ValidationException: condition ${JSON.stringify(when)}`);
  return row?.version === when.versionIs;
}

/** The vault is a table of its own. It has the rows of splitTokens and no other rows. */
function checkTable({ pk }: Key, table: 'vault' | undefined): void {
  if (pk.startsWith('split-token#') !== (table === 'vault')) throw new Error(`${pk} is of another table`);
}

export class MemoryStore implements Store {
  readonly rows = new Map<string, Item>();
  /** The writes of each call of `write`. */
  readonly writes: (readonly Write[])[] = [];
  /** Called before a write takes effect. A throw fails the write; a write here comes before it, as in a race. */
  beforeWrite: ((writes: readonly Write[]) => void | Promise<void>) | undefined;
  /** Called after a write took effect. A throw simulates a lost answer, or a worker that crashes. */
  afterWrite: ((writes: readonly Write[]) => void) | undefined;

  async get(key: Key, table?: 'vault'): Promise<Item | undefined> {
    checkTable(key, table);
    return copy(this.rows.get(address(key)));
  }

  async query(
    pk: string,
    options: { readonly prefix?: string; readonly limit: number; readonly after?: string },
  ): Promise<readonly Item[]> {
    const { prefix = '', limit, after = '' } = options;
    return [...this.rows.values()]
      .filter((row) => row.pk === pk && row.sk.startsWith(prefix) && row.sk > after)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .slice(0, limit)
      .map(copy);
  }

  async write(writes: readonly Write[]): Promise<WriteResult> {
    if (writes.length > MAX_WRITES) throw new RangeError(`${writes.length} writes in one transaction`);
    if (new Set(writes.map((write) => address(keyOf(write)))).size !== writes.length) {
      throw new Error('ValidationException: one item twice in a transaction');
    }
    for (const write of writes) {
      checkTable(keyOf(write), 'in' in write ? write.in : undefined);
      checkRow('put' in write ? write.put : keyOf(write));
    }
    const hook = this.beforeWrite;
    if (hook !== undefined) await hook(writes);
    const refused = writes.flatMap((write, index) => {
      const existing = copy(this.rows.get(address(keyOf(write))));
      if (holds(write.when, existing)) return [];
      return [existing === undefined ? { index } : { index, existing }];
    });
    if (refused.length > 0) return { ok: false, refused };
    this.writes.push(writes);
    for (const write of writes) {
      if ('put' in write) this.rows.set(address(write.put), copy(write.put));
      else if ('remove' in write) this.rows.delete(address(write.remove));
    }
    this.afterWrite?.(writes);
    return { ok: true };
  }

  async open(shard: string, until: string, limit: number, from = ''): Promise<readonly Key[]> {
    return [...this.rows.values()]
      .filter(({ openShard, openAt = '' }) => openShard === shard && openAt >= from && openAt <= until)
      .sort((a, b) => ((a.openAt ?? '') < (b.openAt ?? '') ? -1 : 1))
      .slice(0, limit)
      .map(({ pk, sk }) => ({ pk, sk }));
  }

  all(): Item[] {
    return [...this.rows.values()].map(copy);
  }

  /** The data of the rows whose sort key begins with the prefix. */
  data<T>(prefix: string): T[] {
    return [...this.rows.values()]
      .filter(({ sk }) => sk.startsWith(prefix))
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .map((row) => (row.sk.startsWith(EFFECT_PREFIX) ? effectOf(copy(row)).effect : copy(row).data) as T);
  }

  /** Refuses the next `times` writes, like a transaction conflict. */
  busyFor(times: number): void {
    let left = times;
    this.beforeWrite = () => {
      if (left-- > 0) throw new StoreBusyError('transaction conflict');
      this.beforeWrite = undefined;
    };
  }
}
