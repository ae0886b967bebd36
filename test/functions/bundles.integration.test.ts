/** The deployed bundles: their size, their packages, and their answers when AWS is slow or does not answer. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Bundles, bundle } from '../../infra/constructs/bundles.ts';
import type { FunctionName } from '../../infra/functions.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import { policy } from '../support/toy-provider.ts';
import vectors from '../vectors/trustly-americas.json' with { type: 'json' };

const account: TrustlyAmericasAccount = {
  provider: 'trustly-americas',
  account: 'demo',
  policy: { ...policy, provider: 'trustly-americas', account: 'demo' },
};

const INTAKES = ['intake-trustly-americas', 'intake-trustly-europe', 'intake-paymentwall'] as const;
const OTHERS = [
  'intake-trustly-europe-decisions',
  'transition-worker',
  'fulfilment-worker',
  'sweeper',
  'checkout',
  'probe',
] as const;
const MAX_INTAKE_BYTES = 231_000;

let bundles: Bundles;
const fileOf = (name: FunctionName) => join(bundles.folderOf(name), 'index.cjs');

beforeAll(() => {
  bundles = bundle({ functions: [...INTAKES, ...OTHERS], accounts: [account] });
});
afterAll(() => bundles?.remove());

/** For each package a name that minification keeps and that occurs only in a bundle with the package. */
const FOREIGN = {
  dynamodb: 'TransactWriteItems',
  idempotency: 'IdempotencyInconsistentStateError',
  batch: 'FullBatchFailureError',
  eventbridge: 'PutEvents',
  'the credential chain': 'sso_start_url',
};

describe('an intake bundle', () => {
  for (const name of INTAKES) {
    it(`the bundle of ${name} is at most ${MAX_INTAKE_BYTES} bytes and has no client that an intake does not need`, () => {
      const text = readFileSync(fileOf(name), 'utf8');
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_INTAKE_BYTES);
      for (const [what, trace] of Object.entries(FOREIGN)) expect(text.includes(trace), what).toBe(false);
    });
  }

  it('an intake bundle has the code of its own provider only', () => {
    expect(readFileSync(fileOf('intake-paymentwall'), 'utf8')).not.toContain('HmacSHA512:');
    expect(readFileSync(fileOf('intake-trustly-americas'), 'utf8')).not.toContain('PUBLIC KEY');
  });
});

/** The bundle may have the table's client but no code of a worker: a provider waits for this intake, too. */
const MAX_DECISIONS_BYTES = 320_000;

it('the bundle of the intake that asks the decision hook has the client of the table and no code of a worker', () => {
  const text = readFileSync(fileOf('intake-trustly-europe-decisions'), 'utf8');
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_DECISIONS_BYTES);
  const { dynamodb, ...others } = FOREIGN;
  expect(text.includes(dynamodb)).toBe(true);
  for (const [what, trace] of Object.entries(others)) expect(text.includes(trace), what).toBe(false);
});

describe('every bundle', () => {
  for (const name of [...INTAKES, ...OTHERS]) {
    it(`the bundle of ${name} loads with its environment and without a network call`, async () => {
      const { answer } = await invoke(name, undefined, environment('http://127.0.0.1:9'));
      expect(answer).toBe('function');
    });
  }
});

describe('an intake beside failing AWS services', () => {
  let servers: Server[] = [];
  afterEach(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    servers = [];
  });

  /** A server for the calls of AWS. `silent` receives the request and never answers. */
  async function service(answer: 'silent' | 'refusing' | Record<string, unknown>): Promise<string> {
    const server = createServer((request, response) => {
      request.resume();
      if (answer === 'silent') return;
      const status = answer === 'refusing' ? 500 : 200;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer === 'refusing' ? {} : answer));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The secret with the keys of the account. */
  const secret = {
    SecretString: JSON.stringify({
      current: { accessId: vectors.notification.accessId, accessKey: vectors.notification.key },
    }),
  };
  const event = (over: Record<string, unknown> = {}) => ({
    version: '2.0',
    rawQueryString: '',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: vectors.notification.header,
    },
    pathParameters: { account: 'demo' },
    body: Buffer.from(vectors.notification.body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { requestId: 'r', http: { method: 'POST', sourceIp: '192.0.2.1' } },
    ...over,
  });

  it('an intake answers 503 before the gateway times out when Secrets Manager never answers', async () => {
    const { answer, output } = await invoke(
      'intake-trustly-americas',
      event(),
      environment(await service('silent')),
    );
    expect(answer).toMatchObject({ statusCode: 503, body: 'try again later' });
    // The computer's speed decides which of the two limits ends first. Each is below the provider's 3 s (wire.test.ts).
    expect(output).toMatch(/"reason":"(?:secret_unavailable|deadline)"/);
  });

  it('an intake answers 503 when Secrets Manager is unreachable', async () => {
    const { answer } = await invoke('intake-trustly-americas', event(), environment('http://127.0.0.1:9'));
    expect(answer).toMatchObject({ statusCode: 503 });
  });

  it('an intake answers 503 when a secret is incomplete, and logs the name of the secret, not its content', async () => {
    const url = await service({ SecretString: '{"current":{"accessId":"CANARY"}}' });
    const { answer, output } = await invoke('intake-trustly-americas', event(), environment(url));
    expect(answer).toMatchObject({ statusCode: 503 });
    expect(output).toContain('secret payhooks/sandbox/trustly-americas/demo');
    expect(output).not.toContain('CANARY');
  });

  for (const sqs of ['silent', 'refusing'] as const) {
    it(`an intake answers 503 before the gateway times out when SQS is ${sqs}`, async () => {
      const secrets = await secretStore(servers, secret.SecretString);
      const { answer, output } = await invoke('intake-trustly-americas', event(), {
        ...environment(secrets),
        // The client of SQS calls the host of the queue's URL.
        PAYHOOKS_NOTIFICATIONS_QUEUE_URL: `${await service(sqs)}/000000000000/notifications`,
      });
      expect(answer).toMatchObject({ statusCode: 503 });
      expect(output).toContain('"outcome":"failed"');
      expect(output).toMatch(/"reason":"(?:queue_unavailable|deadline)"/);
    });
  }

  it('an intake answers 404 to an unknown account without a call of AWS', async () => {
    const over = { pathParameters: { account: 'nobody' } };
    const { answer } = await invoke(
      'intake-trustly-americas',
      event(over),
      environment('http://127.0.0.1:9'),
    );
    expect(answer).toMatchObject({ statusCode: 404, body: 'not found' });
  });
});

/** A server for Secrets Manager: answers with the account's secret or with the envelope key, by the requested name. */
async function secretStore(servers: Server[], accountSecret: string): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { SecretId } = JSON.parse(body) as { SecretId: string };
    const SecretString = SecretId.endsWith('/envelope-key')
      ? JSON.stringify({ current: 'e'.repeat(64) })
      : accountSecret;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ SecretString }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const environment = (aws: string): Record<string, string> => ({
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL: aws,
  PAYHOOKS_ENVIRONMENT: 'sandbox',
  PAYHOOKS_TABLE: 'table',
  PAYHOOKS_IDEMPOTENCY_TABLE: 'idempotency',
  PAYHOOKS_IDEMPOTENCY_DAYS: '90',
  PAYHOOKS_DECISION_URLS: '{}',
  PAYHOOKS_URL: 'https://payhooks.example',
  PAYHOOKS_EVIDENCE_DAYS: '400',
  PAYHOOKS_TARGET: '{"type":"eventbridge","busName":"bus"}',
  PAYHOOKS_NOTIFICATIONS_QUEUE_URL: `${aws}/000000000000/notifications`,
  PAYHOOKS_FULFILMENT_QUEUE_URL: `${aws}/000000000000/fulfilment`,
});

/** Loads the bundle in a process of its own, as Lambda does, and calls its handler if there is an event. */
async function invoke(
  name: FunctionName,
  event: object | undefined,
  env: Record<string, string>,
): Promise<{ answer: unknown; output: string }> {
  const script = `
    const { handler } = require(${JSON.stringify(fileOf(name))});
    const event = ${JSON.stringify(event ?? null)};
    if (event === null) { process.send({ answer: typeof handler }, () => process.exit()); }
    else {
      event.requestContext.timeEpoch = Date.now();
      handler(event).then((answer) => process.send({ answer }, () => process.exit()));
    }`;
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const result = await new Promise<{ answer: unknown } | undefined>((resolve) => {
    child.once('message', (message) => resolve(message as { answer: unknown }));
    child.once('exit', () => resolve(undefined));
  });
  await new Promise((resolve) =>
    child.exitCode === null ? child.once('close', resolve) : resolve(undefined),
  );
  if (result === undefined) throw new Error(`the function ended without an answer: ${output}`);
  return { ...result, output };
}
