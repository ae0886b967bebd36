/**
 * Replaces each environment that read a secret by one that reads it anew, so that no function keeps the old key in
 * memory.
 */

import {
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Config } from '../infra/config.ts';
import { hasAlias } from '../infra/function-settings.ts';
import {
  FUNCTIONS,
  type FunctionName,
  functionsOf,
  readsSecretOf,
  type SecretKind,
} from '../infra/functions.ts';
import { ALIAS } from '../infra/names.ts';
import { defined } from '../shared/payment/defined.ts';
import type { Connection } from './connect.ts';
import { errorText } from './problem.ts';
import type { SecretKind as Stored } from './secret-store.ts';

/** A change of any variable makes Lambda start new environments; nothing reads this one. */
const VARIABLE = 'PAYHOOKS_SECRETS_REVOKED_AT';
const PAUSE_MS = 1_000;
const MAX_LOOKS = 60;

export interface Recycled {
  readonly function: string;
  /** Why it failed. Absent: every later invocation runs in a new environment. */
  readonly failed?: string;
}

/** The functions that may read a secret, from infra/functions.ts. */
export function readersOf(config: Config, { short, account }: Stored): readonly FunctionName[] {
  const reads = (kind: SecretKind, name: FunctionName): boolean => {
    if (short === 'envelope-key' || short === 'target' || short === 'edge') return kind === short;
    return account === undefined ? kind === 'decisions' : readsSecretOf(kind, account, name);
  };
  return functionsOf(config).filter((name) => FUNCTIONS[name].reads.some((kind) => reads(kind, name)));
}

/** In parallel: one after another, the last function would keep the old key for longer. */
export const recycle = (
  connection: Connection,
  names: readonly FunctionName[],
  at: string,
  pause: (ms: number) => Promise<void>,
): Promise<readonly Recycled[]> =>
  Promise.all(
    names.map(async (name): Promise<Recycled> => {
      const full = connection.resource(name);
      try {
        await restart(connection, full, at, pause);
        if (hasAlias(connection.config, name)) await moveAlias(connection, full, at);
        return { function: full };
      } catch (error) {
        return { function: full, failed: errorText(error) };
      }
    }),
  );

async function restart(
  { clients }: Connection,
  FunctionName: string,
  at: string,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const look = (): Promise<GetFunctionConfigurationCommandOutput> =>
    clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { Environment, RevisionId } = await look();
  // The variables are written back as read, so unreadable ones must not be overwritten.
  if (Environment?.Error !== undefined) throw new Error('its environment variables cannot be read');
  await clients.lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName,
      ...defined({ RevisionId }),
      Environment: { Variables: { ...Environment?.Variables, [VARIABLE]: at } },
    }),
  );
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const { LastUpdateStatus, LastUpdateStatusReason } = await look();
    if (LastUpdateStatus === 'Successful') return;
    if (LastUpdateStatus === 'Failed') throw new Error(LastUpdateStatusReason ?? 'Lambda refused the change');
    await pause(PAUSE_MS);
  }
  throw new Error(`Lambda has not replaced its environments within ${(MAX_LOOKS * PAUSE_MS) / 1_000} s`);
}

/** An alias keeps its version, and that version's environments, until it points to a new one. */
async function moveAlias({ clients }: Connection, FunctionName: string, at: string): Promise<void> {
  const { Version } = await clients.lambda.send(
    new PublishVersionCommand({ FunctionName, Description: `Payhooks: a key was revoked at ${at}` }),
  );
  if (Version === undefined) throw new Error('Lambda published no version');
  await clients.lambda.send(
    new UpdateAliasCommand({
      ...{ FunctionName, Name: ALIAS, FunctionVersion: Version },
      // A rollout in progress would send part of the calls to an older version.
      RoutingConfig: { AdditionalVersionWeights: {} },
    }),
  );
}
