/** Rows that were opened or acted on in this console: AWS does not report other changes. */
import type { Key, Store } from '../../shared/app/ports.ts';
import type { RowChanges } from './table-snapshot.ts';

export function touchedRows(store: Pick<Store, 'get'>): Required<RowChanges> {
  let touched = new Map<string, Key>();
  const touch = (keys: readonly Key[]) => {
    for (const { pk, sk } of keys) touched.set(`${sk} ${pk}`, { pk, sk });
  };
  return {
    touch,
    take: async () => {
      const keys = [...touched.values()];
      touched = new Map();
      try {
        return await Promise.all(keys.map(async (key) => ({ key, item: await store.get(key) })));
      } catch (error) {
        touch(keys);
        throw error;
      }
    },
  };
}
