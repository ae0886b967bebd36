import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adviceOn } from '../../console/page/refusal.ts';
import { root } from '../support/source-files.ts';

const of = (status: string) => ({
  ...{ correlationId: 'c1', at: '2026-11-01T10:00:00.000Z', status },
  ...{ provider: 'paymentwall', account: 'goods' },
});

it.each([
  ['401', 'payhooks secrets set paymentwall/goods'],
  ['404', 'names no account of this stack'],
  ['405', 'A provider does not send this'],
  ['413', 'A provider does not send this'],
  ['503', 'the provider sends it again'],
])('who sees a %s is told what to do, and reads more in a document that is there', (status, words) => {
  const { says, command = '', doc } = adviceOn(of(status));
  expect(`${says} ${command}`).toContain(words);
  expect(existsSync(join(root, 'docs', doc)), doc).toBe(true);
});
