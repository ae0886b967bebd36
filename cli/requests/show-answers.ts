/** Shows requests with their reasons, as lines. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAboutKeys, type SecretState, whyText } from '../../local/why.ts';
import type { World } from '../command.ts';
import type { Connection } from '../connect.ts';
import { dim, type Line, type Report, styled, time } from '../output.ts';
import { fieldsOf, readSecretVersion } from '../secret-store.ts';
import { type Answered, readAnswers } from './answers.ts';

/** What is known about the secrets in question; each is read once. */
export class SecretStates {
  readonly #connection: Connection;
  readonly #known = new Map<string, Promise<SecretState | undefined>>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  of({ explained }: Answered): Promise<SecretState | undefined> {
    if (explained === undefined || !isAboutKeys(explained)) return Promise.resolve(undefined);
    const name = `payhooks/${this.#connection.environment}/${explained.provider}/${explained.account}`;
    const known = this.#known.get(name) ?? this.#read(name);
    this.#known.set(name, known);
    return known;
  }

  async #read(name: string): Promise<SecretState | undefined> {
    const version = await readSecretVersion(this.#connection, name).catch(() => undefined);
    if (version === undefined) return undefined;
    const setAt = version.storedAt?.getTime() || undefined;
    return { setAt, hasNext: Object.hasOwn(fieldsOf(version.value), 'next') };
  }
}

export async function reportOf(answered: Answered, states: SecretStates, now: number): Promise<Report> {
  const { requestId, at, status, route, explained } = answered;
  const why = explained === undefined ? '' : whyText(explained, await states.of(answered), now);
  const account = explained === undefined ? (route ?? '-') : `${explained.provider}/${explained.account}`;
  const line: Line = [
    dim(`${time(at)}  `),
    styled(status, status.startsWith('2') ? 'green' : 'red'),
    `  ${account.padEnd(28)}`,
    why === '' ? '' : `  ${why}`,
  ];
  const { reason, sentence, provider, account: name } = explained ?? {};
  const json = {
    at: new Date(at).toISOString(),
    requestId,
    status,
    route,
    provider,
    account: name,
    reason,
    sentence,
  };
  return { json: { ...json, why: why === '' ? undefined : why }, lines: [line] };
}

const FOLLOW_MS = { local: 500, deployed: 5_000 } as const;
/** CloudWatch shows a line some time after it was written. */
const LATE_MS = { local: 5_000, deployed: 120_000 } as const;

/** Prints new requests until the person ends it. */
export async function follow(
  connection: Connection,
  {
    isShown,
    ...filter
  }: {
    readonly since: number;
    readonly status: string | undefined;
    isShown(answered: Answered): boolean;
  },
  world: World,
): Promise<void> {
  const stopping = world.stopping();
  const shown = new Set<string>();
  while (!stopping.aborted) {
    const states = new SecretStates(connection);
    const since = Math.max(filter.since, world.now() - LATE_MS[connection.kind]);
    for (const answered of await readAnswers(connection, { ...filter, since }, world.fetch)) {
      if (shown.has(answered.requestId) || !isShown(answered)) continue;
      shown.add(answered.requestId);
      world.print(await reportOf(answered, states, world.now()));
    }
    await sleep(FOLLOW_MS[connection.kind], undefined, { signal: stopping }).catch(() => {});
  }
}
