import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { pageFiles } from '../../console/build.ts';

const MOST_BYTES = 100_000;

it('the page of the console is smaller than 100 KB, compressed', async () => {
  const files = [...(await pageFiles()).values()];
  const bytes = files.reduce((sum, { body }) => sum + gzipSync(body).byteLength, 0);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
