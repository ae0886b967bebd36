#!/usr/bin/env node
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
/** `npm start`: the whole stack on this computer. */
import { defined } from '../shared/payment/defined.ts';
import { DISK_FULL_NEXT, isDiskFull } from './disk.ts';
import type { LocalStack, LocalStackOptions } from './stack.ts';
import { whyText } from './why.ts';

const DEFAULT_PORT = 8787;

const HELP = `Payhooks on this computer: the synthesized stack, its real bundles, queues and tables.

Usage: npm start -- [options]

  --port PORT          port of the HTTP API (default ${DEFAULT_PORT}; 0: any free one)
  --json               print one JSON line when ready (baseUrl, accounts with demo credentials), logs to stderr
  --credentials FILE   secrets instead of generated ones: {"<provider>/<account>": {…}, …}
  --show-credentials   --json prints the secrets of FILE too; without it only the generated ones
  --data DIR           keep rows, messages, credentials and what the shop received in DIR (one stack at a time)
  --dynamodb ENGINE    dynoxide, dynamodb-local, built-in or the URL of a running DynamoDB
  --config FILE        configuration instead of the context key "payhooks" of cdk.json
  --verbose            print what the functions log
  --help               this text

Inspection, read only: /_local/ (console), /_local/api/payments, payments/{key}, orders, fulfilments, queues.
Faults, to try a runbook: curl -X PUT -d failing BASE/_local/api/faults/events, and -X DELETE to end it;
services events, dynamodb, sqs, secrets (down, silent, failing, throttled, busy), shop (down, silent, failing, gone:
the endpoint of an https target), decider (down, silent, failing).
Demo credentials are generated once, into .payhooks/ (ignored by git). Ctrl-C stops everything.
In another terminal, \`npx payhooks --help\` operates it.
`;

/** The parsed command line; `problem` when it is not valid. */
export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'problem'; readonly message: string }
  | {
      readonly kind: 'start';
      readonly port: number;
      readonly json: boolean;
      readonly verbose: boolean;
      readonly showCredentials: boolean;
      readonly credentials?: string;
      readonly data?: string;
      readonly dynamodb?: string;
      readonly config?: string;
    };

/** Reads the arguments; never throws. */
export function readArguments(args: readonly string[]): Request {
  const problem = (message: string): Request => ({ kind: 'problem', message });
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    const said = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    // The message quotes the arguments, which may contain control characters.
    return problem(said.replace(/\p{Cc}+/gu, ' ').slice(0, 160));
  }
  if (values.help) return { kind: 'help' };
  const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || values.port === '') {
    return problem(`--port "${values.port}" is no port; allowed: 0 to 65535`);
  }
  const { json = false, verbose = false, help: _, port: __, 'show-credentials': shown, ...rest } = values;
  return { kind: 'start', port, json, verbose, showCredentials: shown === true, ...rest };
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      port: { type: 'string' },
      json: { type: 'boolean' },
      credentials: { type: 'string' },
      'show-credentials': { type: 'boolean' },
      data: { type: 'string' },
      dynamodb: { type: 'string' },
      config: { type: 'string' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;

type Start = Extract<Request, { readonly kind: 'start' }>;

/** Undefined until the stack has started. */
let running: LocalStack | undefined;

async function run(request: Start): Promise<void> {
  // On a busy computer it takes half a minute: without output it would seem to hang.
  if (!request.json)
    process.stdout.write('Starting: the stack is synthesized and its functions are bundled.\n');
  const [
    { startLocalStack },
    options,
    { banner, readyLine },
    { announceRunning, demoKeysOf, forgetRunning },
    project,
  ] = await Promise.all([
    import('./stack.ts'),
    optionsOf(request),
    import('./banner.ts'),
    import('./template/running.ts'),
    import('./project.ts'),
  ]);
  const stopping = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stopping.resolve());
  // A signal to npm ends the shell between npm and this process, and does not reach this process.
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && stopping.resolve(), 500).unref();

  const starting = startLocalStack(options);
  const stopped = stopping.promise.then(() => undefined);
  // After a signal during the start, what has started is stopped as soon as possible.
  const stack: LocalStack | undefined = await Promise.race([starting, stopped]);
  if (stack === undefined) return (await starting.catch(() => undefined))?.stop();
  running = stack;
  const { baseUrl, awsEndpoint, awsCredentials, config } = stack;
  const { pid } = process;
  const startedAt = new Date().toISOString();
  announceRunning(project.credentialsFolder, {
    ...{ pid, baseUrl, awsEndpoint, awsCredentials, config, startedAt },
    demoKeys: demoKeysOf(stack.credentials),
    ...(request.data === undefined ? {} : { dataDir: resolve(request.data) }),
  });
  // Seconds since the command was given, including loading and synthesizing.
  const seconds = process.uptime();
  if (request.json) process.stdout.write(`${readyLine(stack, withheldOf(request, options))}\n`);
  else process.stdout.write(banner(stack, { seconds, colour: usesColour(), dataDir: request.data }));
  await stopped;
  if (!request.json) process.stdout.write('\nStopping…\n');
  forgetRunning(project.credentialsFolder, pid);
  await stack.stop();
}

/** Credentials from a file may be real; a line of JSON ends up in logs and terminals. */
const withheldOf = (
  { showCredentials }: Start,
  { credentials = {} }: LocalStackOptions,
): readonly string[] => (showCredentials ? [] : Object.keys(credentials));

const usesColour = (): boolean => process.stdout.isTTY === true && !process.env.NO_COLOR;

type Answered = Parameters<NonNullable<LocalStackOptions['onRequest']>>[0];

/** How long to wait for a function's log line, which may come after its answer. */
const EXPLANATION_MS = 1_000;

/** One line per request and answer; a refusal includes its reason, which the sender does not get. */
async function requestLine(
  { method, path, status, durationMs, explanation }: Answered,
  stack: () => LocalStack | undefined,
): Promise<string> {
  const line = `${status} ${method} ${path} ${durationMs} ms`;
  if (status < 400) return line;
  const patience = sleep(EXPLANATION_MS, undefined, { ref: false });
  const explained = await Promise.race([explanation, patience]);
  if (explained === undefined) return line;
  const { provider, account } = explained;
  return `${line}  ${whyText(explained, stack()?.secretState(`${provider}/${account}`), Date.now())}`;
}

async function optionsOf(request: Start): Promise<LocalStackOptions> {
  const [{ readCredentials }, { localConfigFrom, credentialsFolder }] = await Promise.all([
    import('./template/credentials.ts'),
    import('./project.ts'),
  ]);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  return {
    port: request.port,
    config: localConfigFrom(request.config),
    credentialsFolder,
    ...(request.credentials === undefined ? {} : { credentials: readCredentials(request.credentials) }),
    ...(request.data === undefined ? {} : { dataDir: usableFolder(request.data) }),
    ...defined({ engine: request.dynamodb }),
    onNotice: (notice) => say(`· ${notice}`),
    onRequest: (answered) => void requestLine(answered, () => running).then(say),
    ...(request.verbose ? { onLog: ({ functionName, line }) => say(`[${functionName}] ${line}`) } : {}),
  };
}

/** A value on the command line cannot be used. */
class StartProblem extends Error {
  override readonly name = 'StartProblem';
}

/** Makes and checks the folder before the slow steps. @throws StartProblem */
function usableFolder(folder: string): string {
  try {
    // One by one, because Node's recursive mkdir never ends in a file system that refuses (/proc).
    const missing: string[] = [];
    for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
    for (const path of missing) mkdirSync(path, { mode: 0o700 });
    if (!statSync(folder).isDirectory()) throw new Error('it is a file');
    accessSync(folder, constants.W_OK);
    return folder;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : '');
    throw new StartProblem(
      `--data ${folder} is no folder that can be written to (${why}). Name another one.`,
    );
  }
}

const NOT_WRITABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** One sentence for an error that a person can fix; a stack trace only for our own mistakes. */
export function explain(error: unknown, port: number): string {
  if (!(error instanceof Error)) return String(error);
  const { code = '', syscall, path } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Choose another one with --port, or 0 for any.`;
  if (code === 'EACCES' && syscall === 'listen')
    return `Port ${port} is not allowed for this user. Choose one above 1023 with --port.`;
  if (path !== undefined && NOT_WRITABLE.has(code))
    return `${path} cannot be written (${code}). Start as the user that it belongs to, or name another folder with --data.`;
  if (isDiskFull(error)) return `The disk is full: the stack can't start.\n${DISK_FULL_NEXT}`;
  const known = [
    'StartProblem',
    'FolderInUseError',
    'FolderUnusableError',
    'ConfigError',
    'CredentialsError',
    'NoEngineError',
    'EngineMissingError',
    'TemplateError',
  ];
  return known.includes(error.name) ? error.message : (error.stack ?? error.message);
}

async function main(): Promise<number> {
  const request = readArguments(process.argv.slice(2));
  if (request.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (request.kind === 'problem') {
    process.stderr.write(`${request.message}\nTry: npm start -- --help\n`);
    return 2;
  }
  try {
    await run(request);
    return 0;
  } catch (error) {
    process.stderr.write(`${explain(error, request.port)}\n`);
    return 1;
  }
}

if (import.meta.main) process.exit(await main());
