/**
 * The self-tests of `doctor` with a queue that hands out no message: `doctor` waits for the notification of the first
 * account only.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { Connection } from '../../cli/connect.ts';
import { examine } from '../../cli/doctor/finding.ts';
import { selfTestIn } from '../../cli/doctor/self-test.ts';
import { parseConfig } from '../../infra/config.ts';
import { MemoryStore } from '../support/memory-store.ts';

/** The waits of the self-test in milliseconds: recorded, not waited for. */
const waits: number[] = [];
const selfTest = selfTestIn({
  sleep: async (ms) => waits.push(ms),
  limit: () => new AbortController().signal,
});

it('the self-test waits 20 to 25 seconds in all for 21 accounts, and warns for each account', async () => {
  // More accounts than the self-test examines at the same time.
  const names = Array.from({ length: 21 }, (_, index) => `account-${index}`);
  const config = parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    accounts: names.map((account) => ({ provider: 'trustly-americas', account })),
  });
  const refused = (authorization: string | undefined) =>
    Buffer.from(authorization?.split(' ')[1] ?? '', 'base64')
      .toString()
      .startsWith('payhooks-doctor:');
  const server = createServer(({ headers }, response) => {
    response.writeHead(refused(headers.authorization) ? 401 : 200).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const secret = JSON.stringify({ current: { accessId: 'id-of-the-test', accessKey: 'a-key-of-the-test' } });
  const connection = {
    ...{ kind: 'deployed', config, store: new MemoryStore(), environment: 'sandbox', selector: '' },
    clients: { secrets: { send: async () => ({ SecretString: secret }) } },
    intakeUrl: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  } as unknown as Connection;
  try {
    const findings = await examine([selfTest], {
      connection,
      world: {} as never,
      quiet: false,
      url: undefined,
    });
    const behind = findings.filter(({ verdict }) => verdict === 'warn').map(({ check }) => check);
    expect(behind).toEqual(names.map((name) => `trustly-americas/${name} signed`));
    const waited = waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThanOrEqual(20_000);
    expect(waited).toBeLessThanOrEqual(25_000);
  } finally {
    server.close();
  }
});
