/**
 * Compares the mark and the calls that cli/calls.ts lists for a command with the requests that the command sends to the
 * services of the local stack.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionsOf, CALLS, changes } from '../../cli/calls.ts';
import { commands } from '../../cli/commands/index.ts';
import type { LocalStack } from '../../local/stack.ts';
import { newRef, paid, pingback, startStack } from './stack.ts';
import { announce, type Desk, deskAt } from './terminal.ts';

const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  secretsmanager: 'secretsmanager',
  AWSEvents: 'events',
};

/** The IAM actions of a request. IAM has no action for a transaction, only for its parts. */
function actionsIn(target: string, method: string, path: string, body: string): string[] {
  const [prefix = '', operation = ''] = target.split('.');
  const service = SERVICES[prefix];
  if (service === undefined) return [lambdaAction(method, path)];
  if (/^(?:TransactWriteItems|TransactGetItems)$/.test(operation)) {
    const { TransactItems } = JSON.parse(body) as { readonly TransactItems: readonly object[] };
    const parts: Readonly<Record<string, string>> = {
      ...{ Put: 'PutItem', Delete: 'DeleteItem', Update: 'UpdateItem' },
      ...{ ConditionCheck: 'ConditionCheckItem', Get: 'GetItem' },
    };
    return TransactItems.flatMap((item) => Object.keys(item)).map((part) => `dynamodb:${parts[part]}`);
  }
  if (/Batch$/.test(operation)) return [`${service}:${operation.replace(/Batch$/, '')}`];
  return [`${service}:${operation}`];
}

function lambdaAction(method: string, path: string): string {
  if (path.includes('/event-source-mappings'))
    return method === 'GET' ? 'lambda:ListEventSourceMappings' : 'lambda:UpdateEventSourceMapping';
  if (path.endsWith('/invocations')) return 'lambda:InvokeFunction';
  if (path.endsWith('/configuration'))
    return method === 'GET' ? 'lambda:GetFunctionConfiguration' : 'lambda:UpdateFunctionConfiguration';
  return `unknown: ${method} ${path}`;
}

/** Every request of this process to the services. Functions run in processes of their own and are not recorded. */
const called = new Set<string>();
function record(message: unknown): void {
  const { request } = message as { readonly request: ClientRequest };
  if (request.getHeader('authorization') === undefined) return;
  // `cost` calls its own fake, which is not a service of AWS.
  if (request.getHeader('host') !== new URL(stack.awsEndpoint).host) return;
  const target = String(request.getHeader('x-amz-target') ?? '');
  const end = request.end.bind(request);
  const pieces: string[] = [];
  const write = request.write.bind(request);
  const keep = (piece: unknown) => {
    if (typeof piece === 'string' || piece instanceof Uint8Array) pieces.push(Buffer.from(piece).toString());
  };
  request.write = (...args: unknown[]) => {
    keep(args[0]);
    return (write as (...all: unknown[]) => boolean)(...args);
  };
  request.end = (...args: unknown[]) => {
    keep(args[0]);
    for (const action of actionsIn(target, request.method, request.path, pieces.join(''))) called.add(action);
    return (end as (...all: unknown[]) => ClientRequest)(...args);
  };
}

let stack: LocalStack;
let folder: string;
let desk: Desk;
let payment: string;
let held: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-access-'));
  stack = await startStack();
  subscribe('http.client.request.created', record);
  announce(folder, stack);
  desk = deskAt(folder);
  writeFileSync(join(folder, 'order.json'), JSON.stringify(ORDER));
  writeFileSync(join(folder, 'secret.json'), JSON.stringify({ secretKey: 'another-secret-key' }));
  writeFileSync(join(folder, 'export.csv'), 'order,given,amount\n');
  writeFileSync(join(folder, 'orders.jsonl'), `${JSON.stringify({ ...ORDER, reference: 'access-2' })}\n`);
});
afterAll(async () => {
  unsubscribe('http.client.request.created', record);
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

const ORDER = {
  ...{ provider: 'paymentwall', account: 'strict', reference: 'access-1', endUser: 'shopper-7' },
  amounts: [{ currency: 'EUR', exact: '10.00' }],
};

const note = ['--note', 'a test'];
const secretFile = (): readonly string[] => ['--file', join(folder, 'secret.json')];

/**
 * Arguments for every command that a local stack can answer. The test needs only that the command accepts the
 * arguments; the exit code does not matter.
 */
const WORDS: Readonly<Record<string, () => readonly (readonly string[])[]>> = {
  'payments list': () => [[], ['--all'], ['--failed']],
  'payments show': () => [[payment], [held]],
  'payments confirm': () => [[payment, 'digest', '--paid', '1.00 EUR', ...note]],
  'payments reject': () => [[payment, 'digest', ...note]],
  'holds list': () => [[]],
  'holds release': () => [[held, 'unknown_order', holdDigest, ...note]],
  'holds reject': () => [[held, 'unknown_order', holdDigest, ...note]],
  'orders register': () => [[join(folder, 'order.json')]],
  'orders show': () => [['access-1']],
  'orders close': () => [['access-1', ...note]],
  'orders reopen': () => [['access-1', ...note]],
  'orders change': () => [['access-1', '--amount', '11.00 EUR', ...note]],
  'refunds register': () => [[payment, '1.00', 'EUR', '--reference', 'access-refund']],
  'dlq list': () => [[]],
  'dlq show': () => [['none']],
  'dlq redrive': () => [['--all', ...note]],
  'dlq discard': () => [['none', ...note]],
  'quarantine list': () => [[]],
  'quarantine apply': () => [['--all', ...note]],
  'quarantine discard': () => [['none', ...note]],
  rederive: () => [[payment], [], ['--apply', ...note]],
  redeliver: () => [['--failed', ...note]],
  reconcile: () => [['--dry-run'], []],
  pause: () => [[]],
  resume: () => [[]],
  import: () => [['orders', join(folder, 'orders.jsonl')]],
  erase: () => [[payment], ['--end-user', 'nobody'], [payment, '--apply', ...note]],
  'secrets set': () => [['paymentwall/goods', ...secretFile()]],
  'secrets generate': () => [['trustly-europe/demo']],
  'secrets check': () => [[]],
  'secrets rotate': () => [['paymentwall/goods', ...secretFile()]],
  'secrets revoke': () => [['paymentwall/goods', '--stop', '--since', '2020-01-01T00:00:00Z']],
  'secrets accepted': () => [['paymentwall/goods', '--since', '2020-01-01T00:00:00Z']],
  stories: () => [[]],
  trigger: () => [['regular']],
  audit: () => [[join(folder, 'export.csv')]],
  requests: () => [[], ['--by-source']],
  console: () => [[]],
  doctor: () => [['--quiet'], []],
  cost: () => [[]],
  completion: () => [['bash']],
};
/**
 * `accept` needs a shop and calls no stack, `listen` runs until it is ended, `certify` takes minutes: test/cli/certify.
 */
const ELSEWHERE = ['accept', 'listen', 'certify'];

let holdDigest = '';

it('every command has words in this test, or is listed as tried elsewhere', () => {
  expect([...Object.keys(WORDS), ...ELSEWHERE].sort()).toEqual(commands.map(({ name }) => name).sort());
});

it('the stack has a payment, a held payment and a refused pingback for the commands', async () => {
  payment = await paid(stack, { ref: newRef() });
  held = await paid(stack, { ref: newRef(), account: 'strict', goods: `order-${newRef()}` });
  await pingback(stack, { ref: newRef(), secretKey: 'wrong' });
});

it.each(Object.entries(WORDS))(
  '%s calls only actions of AWS that CALLS lists for the command',
  async (name, wordsOf) => {
    const shown = await desk.run(['payments', 'show', held, '--json']);
    if (shown.code !== 0) throw new Error(`${shown.code} ${shown.err}`);
    holdDigest = JSON.parse(shown.out).payment.holds[0]?.digest ?? 'none';
    const command = commands.find((each) => each.name === name);
    const calls = CALLS[name];
    if (command === undefined || calls === undefined) throw new Error(name);
    for (const words of wordsOf()) {
      called.clear();
      const { code, err } = await desk.run([...name.split(' '), ...words]);
      expect(code, `${words.join(' ')}: ${err}`).not.toBe(2);
      expect(actionsOf(calls)).toEqual(expect.arrayContaining([...called]));
      if (command.access === 'read') expect([...called].filter(changes)).toEqual([]);
    }
  },
);

it('rederive and erase without --apply, and doctor --quiet, change nothing', async () => {
  for (const words of [
    ['rederive', payment],
    ['erase', payment],
    ['doctor', '--quiet'],
  ]) {
    called.clear();
    await desk.run(words);
    expect([...called].filter(changes), words.join(' ')).toEqual([]);
  }
});
