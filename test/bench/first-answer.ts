/**
 * A cold start on this computer: a new process loads the deployed bundle of an intake and answers its first pingback,
 * with secrets and queue on a loopback address. For comparison, another process loads the SQS client alone and sends a
 * message.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCountingAws } from '../../cli/cost/counting-aws.ts';
import { parseConfig } from '../../infra/config.ts';
import { bundle } from '../../infra/constructs/bundles.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { bundlePlain } from './plain.ts';
import { type Figure, measured } from './statistics.ts';

/** Prints the milliseconds from the begin of loading to the first answer, and those of the second answer. */
const ANSWERER = `const from = performance.now();
const { handler } = require(process.argv[1]);
const ask = async () => {
  const event = JSON.parse(process.argv[2]);
  if (event.requestContext) event.requestContext.timeEpoch = Date.now();
  const answer = await handler(event);
  if (answer.statusCode !== undefined && answer.statusCode !== 200) throw new Error('answered ' + answer.statusCode);
};
(async () => {
  await ask();
  const first = performance.now();
  await ask();
  process.stdout.write(JSON.stringify([first - from, performance.now() - first]) + '\\n');
  process.exit(0);
})();`;

const SECRET_KEY = '8f1c2a7d93b04e56';
const ENVELOPE_KEY = '3e9a61f07c2b48d5913c7fa2605d8be4';

const pingback = () => ({
  version: '2.0',
  rawPath: '/paymentwall/goods/pingback',
  rawQueryString: signPingback(
    [
      ...([
        ['uid', 'u1'],
        ['goodsid', 'gold'],
        ['slength', ''],
        ['speriod', ''],
        ['type', '0'],
      ] as const),
      ['ref', 'b1'] as const,
    ],
    { secretKey: SECRET_KEY, version: 3, api: 'digital_goods' },
  ),
  headers: {},
  pathParameters: { account: 'goods' },
  isBase64Encoded: false,
  requestContext: { requestId: 'bench', http: { method: 'GET', sourceIp: '192.0.2.1' } },
});

type Times = readonly [first: number, second: number];

async function answer(file: string, event: unknown, environment: Record<string, string>): Promise<Times> {
  const child = spawn(process.execPath, ['-e', ANSWERER, file, JSON.stringify(event)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const problems: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => problems.push(chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`no answer of ${file}:\n${problems.join('').slice(-1_000)}`);
  // The result is the last line; the lines before are metrics.
  return JSON.parse(output.join('').trim().split('\n').at(-1) ?? '') as Times;
}

/** @param rounds each round starts both processes once; one more round fills the file cache and is not counted */
export async function measureFirstAnswer(rounds: number): Promise<readonly Figure[]> {
  const aws = await startCountingAws((name) =>
    JSON.stringify(
      name.endsWith('/envelope-key') ? { current: ENVELOPE_KEY } : { current: { secretKey: SECRET_KEY } },
    ),
  );
  const { accounts } = parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
  });
  const bundles = bundle({ functions: ['intake-paymentwall'], accounts });
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-bench-'));
  try {
    const plain = bundlePlain(folder);
    const QueueUrl = `${aws.endpoint}/queue/notifications`;
    const environment = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL: aws.endpoint,
      PAYHOOKS_ENVIRONMENT: 'sandbox',
      PAYHOOKS_TABLE: 'payhooks-sandbox',
      PAYHOOKS_NOTIFICATIONS_QUEUE_URL: QueueUrl,
    };
    const ours = join(bundles.folderOf('intake-paymentwall'), 'index.cjs');
    const [firsts, seconds, ratios]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round <= rounds; round += 1) {
      const [first, second] = await answer(ours, pingback(), environment);
      const [alone] = await answer(plain, { QueueUrl, MessageBody: 'x' }, environment);
      if (round === 0) continue;
      firsts.push(first);
      seconds.push(second);
      ratios.push(first / alone);
    }
    return [
      measured('first answer of intake-paymentwall, from loading on', 'ms', firsts),
      measured('second answer', 'ms', seconds),
      measured('first answer, against the SQS client alone with one message', 'ratio', ratios),
    ];
  } finally {
    await aws.stop();
    bundles.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
