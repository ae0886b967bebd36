/** The engine without dependencies: DynamoDB's JSON protocol over tables in this process. */
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { AwsError, answerJson, bodyOf } from '../../json-protocol.ts';
import { closeServer, createLocalServer, listenOn } from '../../own-web.ts';
import { Journal } from './journal.ts';
import { ConditionFailed, Database, TransactionCanceled } from './operations.ts';

const TARGET = /^DynamoDB_20120810\.([A-Za-z]+)$/;
const EXPIRE_EVERY_MS = 60_000;

export interface BuiltIn {
  /** "http://127.0.0.1:<port>" */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** @param dataDir the folder of the file that keeps the tables; in memory when absent */
export async function startBuiltIn(dataDir?: string): Promise<BuiltIn> {
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const journal = dataDir === undefined ? undefined : new Journal(join(dataDir, 'built-in.jsonl'));
  const database = new Database(Date.now, journal);
  const server = createLocalServer((request, response) => void serve(request, response, database));
  const endpoint = await listenOn(server);
  const expiry = setInterval(() => database.expire(), EXPIRE_EVERY_MS);
  expiry.unref();
  return {
    endpoint,
    stop: () => {
      clearInterval(expiry);
      return closeServer(server);
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, database: Database): Promise<void> {
  const { status, body } = await answered(async () => {
    const operation = TARGET.exec(String(request.headers['x-amz-target']))?.[1];
    if (request.method !== 'POST' || operation === undefined) {
      throw new AwsError('UnknownOperationException', 'not a call of DynamoDB');
    }
    const input = JSON.parse((await bodyOf(request)).toString('utf8')) as Readonly<Record<string, unknown>>;
    return database.call(operation, input);
  });
  answerJson(response, status, JSON.stringify(body), '1.0');
}

/** The result of a call as DynamoDB answers it: 200, or the error with its additional members. */
export async function answered(
  call: () => Promise<unknown>,
): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    return { status: 200, body: await call() };
  } catch (error) {
    if (error instanceof AwsError) return { status: error.status, body: errorBody(error) };
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, body: errorBody(new AwsError('InternalServerError', message)) };
  }
}

const errorBody = (error: AwsError) => ({
  __type: `com.amazonaws.dynamodb.v20120810#${error.code}`,
  message: error.message,
  ...(error instanceof ConditionFailed && error.item !== undefined ? { Item: error.item } : {}),
  ...(error instanceof TransactionCanceled ? { CancellationReasons: error.reasons } : {}),
});
