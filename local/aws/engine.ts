/**
 * Chooses the DynamoDB engine of the local stack: the requested one, or Dynoxide, or the built-in one. DynamoDB Local
 * answers on every network interface, so it is only used on request.
 */
import { ENGINES, type EngineName, startNamed, whyMissing } from './engines/dynamodb.ts';

/** The name of an engine, or the URL of a running one. */
export type EngineChoice = EngineName | (string & {});

export interface RunningEngine {
  readonly name: string;
  readonly endpoint: string;
  /** Whether rows outlive the stack in the given folder; undefined for an outside engine. */
  readonly keeps: boolean | undefined;
  stop(): Promise<void>;
}

const ENDPOINT_VARIABLE = 'PAYHOOKS_DYNAMODB_ENDPOINT';

/** No engine can run here, or the requested one cannot; the message says what to do. */
class NoEngineError extends Error {
  override readonly name = 'NoEngineError';
}

/** The engines that may be started, in the order of preference. */
export const enginesFor = (wanted: string | undefined): readonly EngineName[] =>
  ENGINES.filter((name) => (wanted === undefined ? name !== 'dynamodb-local' : name === wanted));

/** Starts the engine. @throws NoEngineError */
export async function startEngine(
  choice: EngineChoice | undefined,
  dataDir: string | undefined,
): Promise<RunningEngine> {
  const wanted: string | undefined = choice ?? process.env[ENDPOINT_VARIABLE];
  if (wanted?.includes('://')) return outside(wanted);
  const names = enginesFor(wanted);
  if (names.length === 0) {
    throw new NoEngineError(`"${wanted}" is no DynamoDB engine; allowed: ${ENGINES.join(', ')}, or a URL`);
  }
  const reasons: string[] = [];
  for (const name of names) {
    const missing = whyMissing(name);
    if (missing !== undefined) {
      reasons.push(missing);
      continue;
    }
    const { endpoint, stop } = await startNamed(name, dataDir);
    return { name, endpoint, keeps: dataDir !== undefined, stop };
  }
  throw new NoEngineError(
    `No DynamoDB engine can run here:\n${reasons.map((reason) => `  - ${reason}\n`).join('')}Install one of them, or name a running one with --dynamodb URL or ${ENDPOINT_VARIABLE}.`,
  );
}

function outside(url: string): RunningEngine {
  if (!URL.canParse(url)) throw new NoEngineError(`"${url}" is no URL`);
  return { name: url, endpoint: url, keeps: undefined, stop: async () => {} };
}
