import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** The smallest function that sends to SQS, minified like the intakes. No module is left out. */
const PLAIN = `import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
const client = new SQSClient({});
export const handler = (message) => client.send(new SendMessageCommand(message ?? {}));`;

/** Bundles the SQS client alone into the folder. @returns the path of the bundle */
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
