/**
 * Rules for every command in the table of commands: which stack the command works on, how the command refuses arguments
 * that it does not know, and that its shell completion is complete. No request is sent: no stack answers here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GLOBAL_OPTIONS } from '../../cli/arguments.ts';
import { commands } from '../../cli/commands/index.ts';
import { completionOf, SHELLS } from '../../cli/completion.ts';
import { main } from '../../cli/main.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import { parseConfig } from '../../infra/config.ts';
import { newSigningIdentity } from '../../local/aws/signing-identity.ts';
import { against } from '../../local/demo/against.ts';
import { announceRunning } from '../../local/template/running.ts';
import { deskAt } from './terminal.ts';

const PAYMENT = 'paymentwall:goods:b1';
const WHY = ['--note', 'a test'];
const SINCE = ['--since', '2026-01-01T00:00:00Z'];
const ORDER = 'order.json';
const EXPORT = 'export.csv';

/** Valid arguments of each command; stdin holds a secret. */
const UNDERSTOOD: Readonly<Record<string, readonly string[]>> = {
  'payments list': [],
  'payments show': [PAYMENT],
  'payments confirm': [PAYMENT, 'digest', '--paid', '1.00 EUR', ...WHY],
  'payments reject': [PAYMENT, 'digest', ...WHY],
  'holds list': [],
  'holds release': [PAYMENT, 'amount_mismatch', 'digest', ...WHY],
  'holds reject': [PAYMENT, 'amount_mismatch', 'digest', ...WHY],
  'orders register': [ORDER],
  'orders show': ['my-42'],
  'orders close': ['my-42', ...WHY],
  'orders reopen': ['my-42', ...WHY],
  'orders change': ['my-42', '--amounts', '[{"currency":"EUR","exact":"1.00"}]', ...WHY],
  'refunds register': [PAYMENT, '1.00', 'EUR', '--reference', 'r-1'],
  'dlq list': [],
  'dlq show': ['id'],
  'dlq redrive': ['--all'],
  'dlq discard': ['id', ...WHY],
  'quarantine list': [],
  'quarantine apply': ['--all', ...WHY],
  'quarantine discard': ['id', ...WHY],
  rederive: [PAYMENT],
  redeliver: ['--failed', ...WHY],
  reconcile: [],
  pause: [],
  resume: [],
  import: ['orders', ORDER],
  erase: [PAYMENT],
  'secrets set': ['target'],
  'secrets generate': ['trustly-europe/demo'],
  'secrets check': [],
  'secrets rotate': ['target'],
  'secrets revoke': ['paymentwall/goods', ...SINCE],
  'secrets accepted': ['paymentwall/goods', ...SINCE],
  listen: ['--forward-to', 'http://localhost:3000/hooks'],
  trigger: ['regular'],
  audit: [EXPORT],
  certify: [],
  requests: [],
  console: [],
  doctor: [],
};
/** Commands that work on no stack. */
const WITHOUT_STACK = ['stories', 'accept', 'cost', 'completion'];

const folder = mkdtempSync(join(tmpdir(), 'payhooks-every-'));
const two = join(folder, 'two');
const none = join(folder, 'none');
const live = join(folder, 'live');
const inFolder = (word: string): string => ([ORDER, EXPORT].includes(word) ? join(folder, word) : word);
const signing = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const secret = JSON.stringify({ current: signing });
const onStack = commands.map(({ name }) => name).filter((name) => !WITHOUT_STACK.includes(name));
const wordsOf = (name: string): string[] => [...name.split(' '), ...(UNDERSTOOD[name] ?? []).map(inFolder)];

beforeAll(() => {
  writeFileSync(join(folder, ORDER), '{"reference":"my-42","amounts":[{"currency":"EUR","exact":"12.00"}]}');
  writeFileSync(join(folder, EXPORT), 'order,given\nmy-42,true\n');
  const config = parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    accounts: [
      { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
      { provider: 'trustly-europe', account: 'demo' },
    ],
  });
  for (const [pid, port] of [
    [process.pid, 1],
    [process.ppid, 2],
  ] as const) {
    announceRunning(two, {
      ...{ pid, config, awsCredentials: newSigningIdentity(), startedAt: `2026-11-2${port}T06:00:00.000Z` },
      ...{ baseUrl: `http://127.0.0.1:${port}`, awsEndpoint: 'http://127.0.0.1:3' },
    });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

interface ErrorInJson {
  readonly error: string;
  readonly next?: string;
  readonly code: number;
}

/** Runs the command in text and with --json. Both forms have the same error and a next step, and no stack trace. */
async function refused(at: string, words: readonly string[], stdin = secret): Promise<ErrorInJson> {
  const desk = deskAt(at);
  const text = await desk.run(words, stdin);
  const json = await desk.run(['--json', ...words], stdin);
  const refusal = JSON.parse(json.err) as ErrorInJson;
  const shown = `payhooks ${words.join(' ')}: ${text.err}`;
  expect(json.code, shown).toBe(refusal.code);
  expect(text.code, shown).toBe(refusal.code);
  expect(refusal.code, shown).toBeGreaterThan(0);
  expect([text.out, json.out], shown).toEqual(['', '']);
  // Only the beginning is compared: the text names a command with its npx.
  expect(text.err.startsWith(refusal.error.split('\n')[0]?.slice(0, 30) ?? ''), shown).toBe(true);
  expect(text.err, shown).not.toMatch(/^ +at |�|undefined/m);
  expect(refusal.error, shown).toMatch(/[.:)\]]$|allowed|expected/);
  expect(text.err, shown).toMatch(/\nNext: \S|allowed/);
  return refusal;
}

describe('the local stack of a command', () => {
  it('every command that works on a stack has words in this test', () => {
    expect(Object.keys(UNDERSTOOD).sort()).toEqual([...onStack].sort());
  });

  it.each(onStack)(
    '%s refuses to guess between two running stacks, and takes the stack that --local names',
    async (name) => {
      const { code, error, next } = await refused(two, wordsOf(name));
      expect(error).toBe('2 local stacks are running, on ports 2, 1; name one.');
      expect({ code, next }).toEqual({ code: EXIT.usage, next: 'Add --local 2' });
      const other = await refused(two, [...wordsOf(name), '--local', '9']);
      expect(other).toMatchObject({
        code: EXIT.unreachable,
        error: 'No local stack runs on port 9; running: 2, 1.',
      });
    },
  );

  it.each(onStack)('%s says that no local stack is running', async (name) => {
    const { code, error } = await refused(none, wordsOf(name));
    expect({ code, error }).toEqual({ code: EXIT.unreachable, error: 'No local stack is running.' });
  });
});

describe('commands that send, against a live stack', () => {
  const LIVE = {
    environment: 'live',
    target: { type: 'eventbridge' },
    accounts: [{ provider: 'trustly-americas', account: 'demo' }],
  };
  const deployed = ['--stack', 'payhooks-live', '--config', join(folder, 'live.json')];
  beforeAll(() => {
    writeFileSync(join(folder, 'live.json'), JSON.stringify(LIVE));
    announceRunning(live, {
      ...{ pid: process.pid, config: parseConfig(LIVE), awsCredentials: newSigningIdentity() },
      ...{ startedAt: '2026-11-21T06:00:00.000Z', awsEndpoint: 'http://127.0.0.1:3' },
      baseUrl: 'http://127.0.0.1:1',
    });
  });

  it('trigger refuses a local stack with a live configuration, and a deployed live stack', async () => {
    const local = await refused(live, ['trigger', 'trustly-americas/Complete']);
    expect(local).toMatchObject({ code: EXIT.refused });
    expect(local.error).toBe('trigger sends to a local sandbox stack only, not to local :1 (live).');
    const remote = await refused(live, ['trigger', 'trustly-americas/Complete', ...deployed]);
    expect(remote).toMatchObject({ code: EXIT.refused });
    expect(remote.error).toContain('not to payhooks-live (live)');
  });

  it('the demo refuses a stack with a live configuration, and an address that is no npm start of this checkout', async () => {
    const problem = async (url: string) => {
      const reason: unknown = await against(url, live).catch((error: unknown) => error);
      return reason instanceof Problem ? { code: reason.code, message: reason.message } : reason;
    };
    expect(await problem('http://localhost:1/')).toEqual({
      code: EXIT.refused,
      message: 'the demo sends to a local sandbox stack only, not to local :1 (live).',
    });
    for (const url of ['https://payments.example.com', 'http://127.0.0.1:2', 'nope'])
      expect(await problem(url)).toMatchObject({ code: EXIT.unreachable });
  });

  it('certify only reads from a live stack', async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers['x-amz-target'] ?? ''}`);
      request.resume();
      const secret = {
        SecretString: JSON.stringify({ current: { accessId: 'id', accessKey: 'k'.repeat(32) } }),
      };
      const isSecret = String(request.headers['x-amz-target']).startsWith('secretsmanager.');
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(isSecret ? secret : {}));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const at = join(folder, 'certify-live');
    announceRunning(at, {
      ...{ pid: process.pid, startedAt: '2026-11-21T06:00:00.000Z', baseUrl: url, awsEndpoint: url },
      ...{ config: parseConfig(LIVE), awsCredentials: newSigningIdentity() },
    });
    await deskAt(at).run(['certify']);
    server.close();
    server.closeAllConnections();
    const reads = / (?:secretsmanager\.(?:GetSecretValue|ListSecrets)|DynamoDB_\S+\.(?:GetItem|Query|Scan))$/;
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter((line) => !reads.test(line))).toEqual([]);
  });

  it('trigger names a secret without a value, and the command that stores the value', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end('{"__type":"ResourceNotFoundException","message":"not there"}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const at = join(folder, 'without-secret');
    announceRunning(at, {
      ...{ pid: process.pid, startedAt: '2026-11-21T06:00:00.000Z', baseUrl: url, awsEndpoint: url },
      ...{ config: parseConfig({ ...LIVE, environment: 'sandbox' }), awsCredentials: newSigningIdentity() },
    });
    expect(await refused(at, ['trigger', 'trustly-americas/Complete'])).toMatchObject({
      error: 'trustly-americas/demo has no value yet.',
      next: 'payhooks secrets set trustly-americas/demo --file FILE',
    });
    server.close();
    server.closeAllConnections();
  });

  it('listen refuses a live stack without --live "live events leave AWS"', async () => {
    const { code, error, next } = await refused(live, [...wordsOf('listen'), ...deployed]);
    expect(code).toBe(EXIT.refused);
    expect(error).toContain('its events are about real payments');
    expect(next).toContain('--live "live events leave AWS"');
  });
});

describe('words that are not understood', () => {
  it.each(commands)(
    '$name refuses an unknown option, and --local with --stack and 99 arguments',
    async ({ name }) => {
      const words = name.split(' ');
      const unknown = await refused(none, [...words, '--no-such-option']);
      expect(unknown).toMatchObject({
        code: EXIT.usage,
        error: "Unknown option '--no-such-option'.",
        next: `Try: payhooks ${name} --help`,
      });
      const both = await refused(none, [
        ...words,
        '--local',
        '1',
        '--stack',
        'payhooks-sandbox',
        ...Array(99).fill('x'),
      ]);
      expect(both.code).toBe(EXIT.usage);
    },
  );
});

const WRONG: readonly (readonly [line: string, says: string, stdin?: string])[] = [
  ['payments lst', 'There is no command "payments lst".'],
  ['payments show', 'Too few arguments.'],
  ['payments list --stack', "Option '--stack <value>' argument missing."],
  ['payments list --stack=', '--stack is empty.'],
  ['requests --limit x', '--limit "x": allowed is 1 to 10000.'],
  ['payments list --config FOLDER', '--config belongs to a deployed stack'],
  ['payments list --stack payhooks-sandbox --config FOLDER', 'The configuration (FOLDER) has a problem:'],
  ['payments list --stack payhooks-sandbox --config BAD', 'The configuration (BAD) has a problem:'],
  ['payments list --stack payhooks-sandbox --config MISSING', 'The configuration (MISSING) has a problem:'],
  [
    'payments confirm a:b:c digest --paid much --note x',
    '--paid "much": allowed is an amount and a currency',
  ],
  ['orders register FOLDER', 'FOLDER cannot be read: it is a folder.'],
  ['orders register MISSING', 'MISSING cannot be read: there is no such file.'],
  ['orders register BAD', 'BAD is not JSON.'],
  ['orders register BINARY', 'BINARY is not JSON.'],
  ['orders register -', 'Standard input is not JSON.', ''],
  ['orders close my-42', '--note is missing: write the reason, for whoever reads this later.'],
  ['dlq list --queue x', '--queue "x": allowed are notifications, fulfilment.'],
  ['dlq redrive', 'Name messages by their ID, or all of them with --all.'],
  ['import orders FOLDER', 'FOLDER cannot be read: it is a folder.'],
  ['import nothing BAD', '"nothing" cannot be imported.'],
  ['erase', 'Name payments, or a person with --end-user ID or --order REFERENCE.'],
  ['audit MISSING', 'MISSING cannot be read: there is no such file.'],
  ['audit FOLDER', 'FOLDER cannot be read: it is a folder.'],
  ['audit BAD', 'Line 1 is not JSON.'],
  ['secrets accepted paymentwall/goods', '--since is missing'],
  ['cost --prices FOLDER', 'FOLDER cannot be read: it is a folder.'],
  ['cost --prices BAD', 'BAD is not JSON.'],
  ['cost --prices EMPTY', 'The price table lacks'],
  ['completion ksh', 'The shell "ksh" is not known.'],
  ['trigger nope', 'There is no story "nope".'],
  ['trigger regular --set x', '--set "x": allowed is name=value'],
  ['trigger regular --repeat 0', '--repeat "0": allowed is 1 to 1000.'],
  ['trigger regular --tamper --retry-schedule', '--retry-schedule cannot be used with --tamper or --repeat.'],
  ['trigger regular --stack payhooks-sandbox', 'trigger sends to a local sandbox stack only'],
  ['listen', '--forward-to is missing.'],
  ['listen --forward-to http://example.com/', '--forward-to found "http://example.com/"; allowed: '],
  ['listen --forward-to http://localhost:1/ --events nope', '--events "nope" matches no event type'],
  ['accept', '--shop is missing.'],
  ['accept --shop ftp://x', '--shop "ftp://x": allowed is an http or https URL.'],
  ['accept --shop http://127.0.0.1:1/', 'The secret is missing: standard input is empty.', ''],
  ['accept --shop http://127.0.0.1:1/ --only nope', '--only "nope": allowed are once, ', signing],
  ['accept --shop http://127.0.0.1:1/', 'The secret is not "whsec_" followed by', 'whsec_x'],
  ['certify --only nope', '--only "nope": allowed are '],
  ['requests --status 999', '--status "999": allowed are a status such as 401 and a class such as 4xx.'],
  ['requests --since x', '--since "x": allowed are a duration such as'],
  ['console --port x', '--port "x": allowed is 0 (any free port) to 65535.'],
];

describe('wrong input of a command', () => {
  const files = {
    FOLDER: '.',
    BAD: 'bad.json',
    BINARY: 'binary.json',
    EMPTY: 'empty.json',
    MISSING: 'missing',
  };
  const named = (text: string): string =>
    Object.entries(files).reduce((all, [word, name]) => all.replace(word, join(folder, name)), text);
  beforeAll(() => {
    writeFileSync(join(folder, files.BAD), '{bad');
    writeFileSync(join(folder, files.BINARY), Buffer.from([0xff, 0xfe, 0]));
    writeFileSync(join(folder, files.EMPTY), '{}');
  });

  it.each(WRONG.map(([line, says, stdin]) => ({ line, says, stdin })))(
    '$line is refused with one sentence and a next step, as text and as JSON',
    async ({ line, says, stdin }) => {
      const words = line.split(' ').map(named);
      expect((await refused(none, words, stdin)).error).toContain(named(says));
    },
  );
});

describe('an error of our own', () => {
  const fail = async (...words: string[]) => {
    let err = '';
    const code = await main(['accept', '--shop', 'http://127.0.0.1:1/', ...words], {
      out: () => {},
      err: (text) => {
        err += text;
      },
      colour: false,
      stdin: () => Promise.reject(new TypeError('nobody thought of this')),
      runningFolder: none,
    });
    return { code, err };
  };

  it('an error in Payhooks has a stack trace and says so, and is JSON with --json', async () => {
    const text = await fail();
    expect(text.code).toBe(EXIT.failed);
    expect(text.err).toMatch(/^TypeError: nobody thought of this\n +at /);
    expect(text.err).toContain('Next: This is an error in Payhooks');
    const json = await fail('--json');
    expect(JSON.parse(json.err)).toMatchObject({ error: 'nobody thought of this', code: EXIT.failed });
  });
});

describe('shell completion', () => {
  const described = () =>
    Promise.all(
      commands.map(async ({ name, load }) => ({ name, options: Object.keys((await load()).options ?? {}) })),
    );

  it('bash offers every option of every command', async () => {
    const all = await described();
    const lines = all.map(({ name }) => {
      const words = ['payhooks', ...name.split(' '), ''];
      return `COMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length - 1}; _payhooks; echo "${name}: \${COMPREPLY[*]}"`;
    });
    const bash = spawnSync('bash', ['-s'], { input: [completionOf('bash', all), ...lines].join('\n') });
    if (bash.error !== undefined) return expect(bash.error.message).toContain('ENOENT');
    const offered = all.map(({ name, options }) => {
      const every = [...options, ...Object.keys(GLOBAL_OPTIONS)].map((option) => `--${option}`);
      return `${name}: ${every.join(' ')}`;
    });
    expect(bash.stdout.toString().trim().split('\n')).toEqual(offered);
  });

  it.each(SHELLS)(
    'the script that payhooks completion %s prints names every word and option',
    async (shell) => {
      const { script } = await deskAt(none).json<{ readonly script: string }>(['completion', shell]);
      for (const { name, options } of await described()) {
        for (const word of name.split(' ')) expect(script).toContain(word);
        for (const option of [...options, ...Object.keys(GLOBAL_OPTIONS)])
          expect(script).toContain(`--${option}`);
      }
    },
  );
});
