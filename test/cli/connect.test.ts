/** How a command finds its stack: a running stack by its file, a deployed stack by its outputs or its prefix. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from '../../cli/connect.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import { parseConfig } from '../../infra/config.ts';
import { newSigningIdentity } from '../../local/aws/signing-identity.ts';
import { announceRunning, forgetRunning, isAlive, readRunning } from '../../local/template/running.ts';

const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [{ provider: 'trustly-americas', account: 'demo' }],
});
const running = {
  ...{ pid: process.pid, baseUrl: 'http://127.0.0.1:1', awsEndpoint: 'http://127.0.0.1:2', config },
  awsCredentials: newSigningIdentity(),
  startedAt: '2026-11-21T06:00:00.000Z',
};
const URL_VALUE = 'https://api.example.com/trustly/americas/demo/events';

let folder: string;
let server: Server;
/** The answer of CloudFormation. */
let answer = { status: 200, body: '' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-connect-'));
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status, { 'content-type': 'text/xml' });
    response.end(answer.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

const stackOf = (outputs: Readonly<Record<string, string>>): string => {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>S</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
};

const at = (stack: string | undefined, configFile?: string) =>
  connect({ stack, config: configFile, runningFolder: folder, configFolder: folder });

async function problem(stack: string | undefined, configFile?: string): Promise<Problem> {
  const error: unknown = await at(stack, configFile).catch((reason: unknown) => reason);
  if (error instanceof Problem) return error;
  throw new Error(`no problem: ${String(error)}`);
}

describe('a running stack', () => {
  it('a running stack is found by its file, and only its own process removes the file', async () => {
    announceRunning(folder, running);
    expect(readRunning(folder)).toEqual([running]);
    forgetRunning(folder, 1);
    const connection = await at(undefined);
    expect(connection).toMatchObject({ kind: 'local', environment: 'sandbox', table: 'payhooks-sandbox' });
    expect(await connection.queueUrl('notifications-dlq')).toBe(
      'http://127.0.0.1:2/000000000000/payhooks-sandbox-notifications-dlq',
    );
    forgetRunning(folder, process.pid);
    expect((await problem(undefined)).code).toBe(EXIT.unreachable);
  });

  it('readRunning lists the living stacks, the newest first, and the last killed stack when no stack lives', () => {
    const older = { ...running, pid: process.ppid, startedAt: '2026-01-01T00:00:00.000Z' };
    const newer = { ...running, startedAt: '2026-01-02T00:00:00.000Z' };
    const killed = { ...running, pid: 4_194_304, startedAt: '2026-01-03T00:00:00.000Z' };
    for (const each of [newer, older, killed]) announceRunning(folder, each);
    expect(readRunning(folder)).toEqual([newer, older]);
    forgetRunning(folder, newer.pid);
    expect(readRunning(folder)).toEqual([older]);
    forgetRunning(folder, older.pid);
    // The file names its process: the file of another process stays.
    expect(readRunning(folder)).toEqual([killed]);
    announceRunning(folder, newer);
    forgetRunning(folder, newer.pid);
    expect(readRunning(folder)).toEqual([]);
  });

  it('two running stacks are refused without --local, and --local PORT names the stack in its label', async () => {
    const other = { ...running, pid: process.ppid, baseUrl: 'http://127.0.0.1:3' };
    for (const each of [running, other]) announceRunning(folder, each);
    try {
      const several = await problem(undefined);
      expect(several.code).toBe(EXIT.usage);
      expect(several.message).toMatch(/^2 local stacks are running, on ports \d+, \d+; name one\.$/);
      const named = await connect({ stack: undefined, config: undefined, local: '3', runningFolder: folder });
      expect(named).toMatchObject({ label: 'local :3 (sandbox)', selector: '--local 3' });
      const unknown = connect({ stack: undefined, config: undefined, local: '4', runningFolder: folder });
      await expect(unknown).rejects.toThrow('No local stack runs on port 4; running: ');
    } finally {
      forgetRunning(folder, process.pid);
      forgetRunning(folder, process.ppid);
    }
  });

  it('isAlive is false for a pid without a process', () => {
    expect(isAlive(running)).toBe(true);
    expect(isAlive({ ...running, pid: 4_194_304 })).toBe(false);
  });
});

describe('a deployed stack', () => {
  it('a deployed stack is found by the outputs of its CloudFormation stack', async () => {
    answer = { status: 200, body: stackOf({ Table: 'payhooks-sandbox', UrlX: URL_VALUE }) };
    const connection = await at('PayhooksSandbox');
    expect(connection).toMatchObject({ kind: 'deployed', selector: '--stack PayhooksSandbox' });
    const [account] = config.accounts;
    if (account === undefined) throw new Error('no account');
    expect(connection.intakeUrl(account)).toBe(URL_VALUE);
  });

  it('a deployed stack is found by the prefix of its resources', async () => {
    answer = { status: 500, body: '' };
    expect(await at('payhooks-sandbox')).toMatchObject({ table: 'payhooks-sandbox' });
  });

  it('a CloudFormation stack that is not Payhooks ends as notFound, and the hint names --stack', async () => {
    answer = { status: 200, body: stackOf({ Other: 'x' }) };
    const { code, next } = await problem('Website');
    expect(code).toBe(EXIT.notFound);
    expect(next).toContain('--stack payhooks-live');
  });

  it('an unknown CloudFormation stack ends as notFound, and the hint names AWS_REGION', async () => {
    const error = '<Code>ValidationError</Code><Message>Stack with id S does not exist</Message>';
    answer = {
      status: 400,
      body: `<ErrorResponse><Error><Type>Sender</Type>${error}</Error></ErrorResponse>`,
    };
    const { code, next } = await problem('PayhooksSandbox');
    expect(code).toBe(EXIT.notFound);
    expect(next).toContain('AWS_REGION');
  });

  it('a deployed stack is refused with the configuration of another environment', async () => {
    const { code, message, next } = await problem('payhooks-live');
    expect(code).toBe(EXIT.usage);
    expect(message).toBe('cdk.json is the configuration of sandbox, but payhooks-live is live.');
    expect(next).toContain('--config FILE');
    const file = join(folder, 'other.json');
    const accounts = [{ provider: 'trustly-americas', account: 'main' }];
    writeFileSync(file, JSON.stringify({ environment: 'live', target: { type: 'eventbridge' }, accounts }));
    expect(await at('payhooks-live', file)).toMatchObject({ environment: 'live' });
    expect((await problem('payhooks-live')).message).toContain('cdk.json is the configuration of sandbox');
  });

  it('connect finds live.json beside cdk.json, and refuses a live.json of another environment', async () => {
    const file = join(folder, 'live.json');
    const accounts = [{ provider: 'trustly-americas', account: 'main' }];
    const own = { environment: 'live', target: { type: 'eventbridge' }, accounts };
    writeFileSync(file, JSON.stringify(own));
    const { environment, config } = await at('payhooks-live');
    expect({ environment, account: config.accounts[0]?.account }).toEqual({
      environment: 'live',
      account: 'main',
    });
    expect((await at('payhooks-sandbox')).config.environment).toBe('sandbox');
    writeFileSync(file, JSON.stringify({ ...own, environment: 'sandbox' }));
    const wrong = await problem('payhooks-live');
    expect(wrong.message).toBe(`${file} is the configuration of sandbox, but payhooks-live is live.`);
  });
});
