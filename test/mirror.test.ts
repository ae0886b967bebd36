/** A rule is found by its file, and its test by the same name: test/ mirrors shared/. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from './support/source-files.ts';

/** A file of more lines decides something; of fewer, it may be tested with its caller. */
const MAX_LINES = 60;

/** Files without a test of their name, and the test that holds them: what decides there is only seen from outside. */
const HELD_BY: Readonly<Record<string, string>> = {
  'shared/app/http/request-log.ts': 'test/local/why.test.ts',
  'shared/app/operator/find-payments.ts': 'test/app/operator/waiting.test.ts',
  'shared/app/operator/rederive-evidence.ts': 'test/app/operator/rederive.test.ts',
  'shared/app/operator/rederive-unassigned.ts': 'test/app/operator/rederive.test.ts',
  'shared/app/platform/worker.ts': 'test/app/handlers.test.ts',
  'shared/app/ports.ts': 'test/aws/dynamodb-store.test.ts',
  'shared/app/schedules/provider-client.ts': 'test/app/edges-runtime.test.ts',
  'shared/app/table/open-index.ts': 'test/app/schedules/sweep.test.ts',
  'shared/app/table/rows.ts': 'test/compat/compat.test.ts',
  'shared/app/transition/apply.ts': 'test/app/transition/receive.test.ts',
  'shared/app/transition/outbox.ts': 'test/app/edges.test.ts',
  'shared/payment/details.ts': 'test/payment/order-of-arrival.test.ts',
  'shared/payment/effects.ts': 'test/payment/transition.test.ts',
  'shared/payment/statuses.ts': 'test/payment/edges.test.ts',
  'shared/providers/paymentwall/letters.ts': 'test/providers/paymentwall/ambiguity.test.ts',
  'shared/providers/paymentwall/notification.ts': 'test/providers/paymentwall/boundaries.test.ts',
  'shared/providers/provider.ts': 'test/architecture.test.ts',
  'shared/providers/secret-form.ts': 'test/cli/secret-keys.test.ts',
  'shared/providers/trustly-americas/establish-data.ts': 'test/providers/trustly-americas/establish.test.ts',
  'shared/providers/trustly-americas/normalize.ts': 'test/providers/trustly-americas/facts.test.ts',
  'shared/providers/trustly-americas/notification.ts': 'test/providers/trustly-americas/patterns.test.ts',
  'shared/providers/trustly-americas/snapshot.ts': 'test/providers/trustly-americas/api.test.ts',
  'shared/providers/trustly-europe/credits.ts': 'test/providers/trustly-europe/readings.test.ts',
  'shared/providers/trustly-europe/notification.ts': 'test/providers/trustly-europe/verify.test.ts',
};

const tested = new Set(
  sourceFiles(['test'])
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => basename(path).replace(/(?:\.e2e|\.integration)?\.test\.ts$/, '')),
);

/** Types and constants decide nothing. */
function decides(path: string): boolean {
  const text = readFileSync(join(root, path), 'utf8');
  const isLong = text.split('\n').length > MAX_LINES;
  return isLong && /^export (?:async )?(?:function|class)\b|^export const \w+ =[^;]*=>/m.test(text);
}

const without = sourceFiles(['shared']).filter((path) => decides(path) && !tested.has(basename(path, '.ts')));

describe('a source file that decides something has a test of its name', () => {
  it('or is listed with the test that holds it; the list only gets shorter', () => {
    expect(without).toEqual(Object.keys(HELD_BY).sort());
  });

  it.each([...new Set(Object.values(HELD_BY))].sort())('%s is there', (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });
});
