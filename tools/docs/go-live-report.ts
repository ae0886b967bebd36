/**
 * docs/go-live-report.html: the report of `payhooks certify` on the local stack, with an account for every item. Not
 * part of `npm run docs`, because it starts the whole stack: node tools/docs/go-live-report.ts
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { main } from '../../cli/main.ts';
import { type Config, parseConfig } from '../../infra/config.ts';
import { startLocalStack } from '../../local/stack.ts';
import { announceRunning } from '../../local/template/running.ts';

const page = (name: string) => `https://shop.example/${name}`;

/** Accounts that together have everything that the items need: checkout, splitTokens, confirmation, each API. */
export function everyItemConfig(): Config {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { d: _, ...splitTokenKey } = privateKey.export({ format: 'jwk' });
  const confirmed = { confirm: true, policy: { amountCheck: 'required' } };
  return parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    policy: { amountCheck: 'when-present' },
    accounts: [
      {
        ...{ provider: 'trustly-americas', account: 'shop', splitTokenKey },
        checkout: {
          merchantId: '1002463580',
          required: ['customer.phone', 'customer.address.zip'],
          pages: {
            ...{ pending: page('pending'), confirmed: page('thanks') },
            ...{ selection: page('checkout'), declined: page('declined') },
          },
        },
      },
      { provider: 'trustly-americas', account: 'confirmed', ...confirmed },
      { provider: 'trustly-europe', account: 'shop' },
      { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3, ...confirmed },
      { provider: 'paymentwall', account: 'coins', api: 'virtual_currency', signatureVersion: 1 },
      {
        ...{ provider: 'paymentwall', account: 'cart', api: 'cart', signatureVersion: 2 },
        sourceAddresses: 'check',
      },
    ],
  });
}

async function write(file: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-report-'));
  const stack = await startLocalStack({ config: everyItemConfig(), credentialsFolder: folder });
  try {
    const { awsEndpoint, awsCredentials, baseUrl, config } = stack;
    const startedAt = new Date().toISOString();
    announceRunning(folder, { pid: process.pid, awsEndpoint, awsCredentials, baseUrl, config, startedAt });
    return await main(['certify', '--report', file], {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      colour: false,
      stdin: async () => '',
      runningFolder: folder,
    });
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  process.exit(await write(resolve(import.meta.dirname, '../../docs/go-live-report.html')));
}
