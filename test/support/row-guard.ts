/**
 * A store that refuses each access that the IAM policy of a function refuses, so that each function has its own rights
 * in tests.
 */
import { FUNCTIONS, type FunctionName, type RowAccess } from '../../infra/functions.ts';
import type { Key, Store, Write } from '../../shared/app/ports.ts';
import { PARTITIONS } from '../../shared/app/table/keys.ts';

/** The error has DynamoDB's name. */
export class AccessDeniedError extends Error {
  override readonly name = 'AccessDeniedException';
}

const accessOf = (write: Write): readonly [RowAccess, Key] =>
  'put' in write
    ? ['PutItem', write.put]
    : 'check' in write
      ? ['ConditionCheckItem', write.check]
      : ['DeleteItem', write.remove];

export function guarded(store: Store, name: FunctionName): Store {
  const { table, rows } = FUNCTIONS[name];
  const check = (access: RowAccess, { pk }: Pick<Key, 'pk'>): void => {
    const partitions = rows === 'any' ? undefined : (rows[access] ?? []);
    const isInside = partitions?.some((partition) => pk.startsWith(PARTITIONS[partition])) ?? true;
    if (!table.includes(access) || !isInside)
      throw new AccessDeniedError(`${name}: dynamodb:${access} on ${pk}`);
  };
  return {
    async get(key, from) {
      if (from === undefined) check('GetItem', key);
      return store.get(key, from);
    },
    async query(pk, options) {
      check('Query', { pk });
      return store.query(pk, options);
    },
    async write(writes) {
      for (const write of writes) if (!('in' in write && write.in !== undefined)) check(...accessOf(write));
      return store.write(writes);
    },
    async open(...of) {
      if (!table.includes('sweep')) throw new AccessDeniedError(`${name}: dynamodb:Query on the index`);
      return store.open(...of);
    },
  };
}
