import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Whoever writes a function that sends to SQS has at least this: minified like ours, nothing left out of it. */
const PLAIN = `import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
const client = new SQSClient({});
export const handler = (message) => client.send(new SendMessageCommand(message ?? {}));`;

/** @returns the file of the SQS client alone, in this folder */
export function bundlePlain(folder: string): string {
  const plain = join(folder, 'plain.cjs');
  buildSync({
    stdin: { contents: PLAIN, resolveDir: import.meta.dirname },
    outfile: plain,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['@smithy/core/event-streams'],
    logLevel: 'error',
  });
  return plain;
}
