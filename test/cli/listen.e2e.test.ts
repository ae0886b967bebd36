/**
 * `payhooks listen --stack` against the services of a local stack, by region and credentials as for a deployed stack.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, ListRulesCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ruleDescription } from '../../cli/listen/rule.ts';
import type { LocalStack } from '../../local/stack.ts';
import { newRef, paid, startStack, WAIT } from './stack.ts';
import { type Desk, deskAt } from './terminal.ts';

const BUS = 'payhooks-sandbox';
let stack: LocalStack;
let folder: string;
let desk: Desk;
let config: string;
beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(join(tmpdir(), 'payhooks-listen-'));
  desk = deskAt(folder);
  config = join(folder, 'sandbox.json');
  writeFileSync(config, configText('sandbox', { type: 'eventbridge' }));
  vi.stubEnv('AWS_ENDPOINT_URL', stack.awsEndpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', stack.awsCredentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', stack.awsCredentials.secretAccessKey);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const configText = (environment: string, target: object): string =>
  JSON.stringify({
    ...{ environment, target },
    ...(environment === 'live' ? { alarmEmail: 'ops@example.com' } : {}),
    policy: { amountCheck: 'when-present' },
    accounts: [{ provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 }],
  });

const rules = async (): Promise<readonly string[]> => {
  const { Rules = [] } = await new EventBridgeClient().send(new ListRulesCommand({ EventBusName: BUS }));
  return Rules.map(({ Name = '' }) => Name);
};
const queues = async (): Promise<readonly string[]> => {
  const { QueueUrls = [] } = await new SQSClient().send(new ListQueuesCommand());
  return QueueUrls.map((url) => url.split('/').pop() ?? '').filter((name) => name.includes('-listen-'));
};

interface Taken {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function service(): Promise<{ taken: Taken[]; answers: number[]; url: string; stop(): void }> {
  const taken: Taken[] = [];
  const answers: number[] = [];
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    taken.push({ headers: request.headers, body });
    response.writeHead(answers.shift() ?? 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  return { taken, answers, url, stop: () => server.close() };
}

describe('payhooks listen --stack', () => {
  it('listen --stack forwards signed copies of the events of --events, and removes its rule and queue at the end', async () => {
    const shop = await service();
    const words = ['listen', '--stack', BUS, '--config', config, '--forward-to', shop.url];
    const listening = desk.start([...words, '--events', 'fulfil,revoke']);
    try {
      await expect.poll(() => listening.printed.out + listening.printed.err, WAIT).toContain('until Ctrl-C');
      const [name = ''] = await rules();
      expect(name).toMatch(/^payhooks-sandbox-listen-[0-9a-f]{8}$/);
      await expect.poll(queues, WAIT).toEqual([name]);
      const secret = /whsec_\S+/.exec(listening.printed.out)?.[0] ?? '';
      shop.answers.push(410);
      const refused = await paid(stack, { ref: newRef() });
      await expect.poll(() => listening.printed.out, WAIT).toMatch(/fulfil +\S+ +410 .*attempt 1, given up/);
      const key = await paid(stack, { ref: newRef() });
      await expect.poll(() => listening.printed.out, WAIT).toMatch(/fulfil +\S+ +204 /);

      expect(shop.taken).toHaveLength(2);
      const events = shop.taken.map(({ headers, body }) =>
        new Webhook(secret).verify(body, headers as Record<string, string>),
      );
      expect(events).toMatchObject([refused, key].map((payment) => ({ type: 'fulfil', payment })));
      expect(shop.taken[1]?.headers['idempotency-key']).toBe(`${key}#1#fulfil`);
      expect(JSON.parse(shop.taken[1]?.body ?? '')).not.toHaveProperty('signature');
      // `listen` gets a copy of each event: the shop of the local stack still receives every event.
      const types = stack.shop.list().flatMap(({ payment, type }) => (payment === refused ? [type] : []));
      expect(types.sort()).toEqual(['fulfil', 'payment.paid']);
    } finally {
      const { code, out } = await listening.stop();
      shop.stop();
      expect(code).toBe(0);
      expect(out).toContain('1 accepted, 1 not accepted.');
    }
    expect(await rules()).toEqual([]);
    expect(await queues()).toEqual([]);
  });

  it('listen --stack removes an expired rule and its queue, but no rule of another listen or of the merchant', async () => {
    const [events, sqs] = [new EventBridgeClient(), new SQSClient()];
    const expired = `${BUS}-listen-00000000`;
    const put = (Name: string, Description: string) =>
      events.send(new PutRuleCommand({ ...{ Name, Description }, EventBusName: BUS, EventPattern: '{}' }));
    await put(expired, ruleDescription(Date.now() - 1_000));
    await sqs.send(new CreateQueueCommand({ QueueName: expired }));
    await put(`${BUS}-listen-11111111`, ruleDescription(Date.now() + 600_000));
    await put('of-the-merchant', 'fulfil');
    const shop = await service();
    const listening = desk.start(['listen', '--stack', BUS, '--config', config, '--forward-to', shop.url]);
    await expect.poll(() => listening.printed.out + listening.printed.err, WAIT).toContain('until Ctrl-C');
    const { err } = await listening.stop();
    shop.stop();
    expect(err).toContain(`Removed ${expired}`);
    expect(await rules()).toEqual([`${BUS}-listen-11111111`, 'of-the-merchant']);
    expect(await queues()).toEqual([]);
  });

  it('listen --stack refuses a live stack without --live, and a stack without an event bus', async () => {
    const at = (file: string, target: object) => {
      const path = join(folder, `${file}.json`);
      writeFileSync(path, configText(file, target));
      return [
        'listen',
        '--stack',
        `payhooks-${file}`,
        '--config',
        path,
        '--forward-to',
        'http://localhost:1/',
      ];
    };
    const live = at('live', { type: 'eventbridge' });
    const words = 'live events leave AWS';
    for (const more of [[], ['--live', 'yes']]) {
      const { code, err } = await desk.run([...live, ...more]);
      expect([code, err]).toEqual([4, expect.stringContaining(`--live "${words}"`)]);
    }
    const { code, err } = await desk.run(
      at('sandbox', { type: 'https', url: 'https://shop.example.com/hooks' }),
    );
    expect([code, err]).toEqual([4, expect.stringContaining('has no event bus, which listen needs')]);
    expect(await queues()).toEqual([]);
  });
});
