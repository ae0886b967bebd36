import { setTimeout as pause } from 'node:timers/promises';
import { MAX_AGE_MS, SOFT_AGE_MS } from '../../shared/app/platform/secrets.ts';
import { UnusableSecretError } from '../../shared/providers/provider.ts';
import { acceptedUnder } from '../accepted-under.ts';
import type { Command, World } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { count, type Line } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { type Recycled, readersOf, recycle } from '../recycle.ts';
import { assertUnshared, checkValue, SHARED_OPTION } from '../secret-guard.ts';
import { secretInput } from '../secret-input.ts';
import { keysIn, type SecretKeyInfo } from '../secret-keys.ts';
import {
  describeSecret,
  type Fields,
  fieldsOf,
  findSecret,
  providerForm,
  readSecret,
  type SecretKind,
  writeSecret,
} from '../secret-store.ts';
import { acceptedLines, SINCE_OPTION, sinceOf } from './secrets-accepted.ts';
import { newKey, signsForUs } from './secrets-rotate.ts';

const ROLES = ['current', 'next', 'trustly.current', 'trustly.next', 'brickTestKey'] as const;
type Role = (typeof ROLES)[number];

export const secretsRevoke: Command = {
  arity: [1, 1],
  details: [
    'What takes its place: the key of --file (as `secrets rotate` takes it, or the whole secret); without a file "next",',
    'where there is one; a generated one for what we sign or seal with. With --stop nothing: the account answers 503, and',
    'its provider keeps what it sends and sends it again, until `secrets set` stores a new key.',
    'Then the configuration of every function that reads the secret is changed (one environment variable), so that Lambda',
    `starts new environments. Where that fails, a replaced key is accepted for at most ${SOFT_AGE_MS / 1_000} seconds; up to ${MAX_AGE_MS / 60_000} minutes if`,
    'the secret store does not answer.',
    'Runbook: docs/runbooks/stolen-key.md.',
  ],
  options: {
    file: { type: 'string', value: 'FILE', help: 'where the new key is; -: standard input' },
    ...SHARED_OPTION,
    ...SINCE_OPTION,
    key: { type: 'string', value: 'WHICH', help: `${ROLES.join(', ')} (default: current)` },
    stop: { type: 'boolean', help: 'accept nothing for this account until a new key is set' },
  },
  run: async ({ args: [name = ''], flags, world }) => {
    const role = flags.oneOf('key', ROLES) ?? 'current';
    const since = sinceOf(flags);
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const old = await storedOf(connection, kind);
    const revoked = keysIn(kind.short, old, connection.environment).find((key) => key.role === role);
    const at = new Date(world.now()).toISOString();
    const value = flags.is('stop')
      ? stopped(kind, at)
      : await replacement({ kind, old, role, flags, world, connection });
    if (!flags.is('stop')) {
      assertGone(connection, kind, value, revoked);
      checkValue(connection, kind, value);
      await assertUnshared(connection, kind, value, { flags, world });
    }
    await writeSecret(connection, kind.name, value);
    world.notice(`${kind.name} is stored; replacing what functions hold in memory…`);
    const recycled = await recycle(connection, readersOf(connection.config, kind), at, pause);
    const failed = recycled.filter((each) => each.failed !== undefined);
    const { account } = kind;
    const listed =
      account === undefined || revoked === undefined || !revoked.verifies
        ? undefined
        : await acceptedUnder(connection, account, revoked, since);
    return {
      json: {
        secret: kind.short,
        key: revoked?.fingerprint,
        revokedAt: at,
        since,
        recycled,
        accepted: listed,
      },
      lines: [
        flags.is('stop')
          ? `${kind.name} is stopped: requests for it are answered 503 until a key is set.`
          : `${kind.name} is stored: ${describeSecret(kind, value)}`,
        ...recycledLines(recycled),
        '',
        ...(listed === undefined || revoked === undefined
          ? [notListed(kind, revoked)]
          : acceptedLines(listed, revoked, since)),
        '',
        ...nextSteps(kind, flags, { revoked, since }, connection),
      ],
      code: failed.length > 0 ? EXIT.failed : EXIT.done,
    };
  },
};

/** A secret with unusable content may still be replaced. */
async function storedOf(connection: Connection, { name }: SecretKind): Promise<Fields> {
  try {
    return fieldsOf(await readSecret(connection, name));
  } catch (error) {
    if (error instanceof UnusableSecretError) return {};
    throw error;
  }
}

/** The value that stops an account; intake knows it (shared/app/platform/secrets.ts). @throws Problem */
function stopped({ account, short }: SecretKind, at: string): Fields {
  if (account !== undefined) return { revoked: at };
  throw new Problem(
    EXIT.usage,
    `--stop is for the secret of an account; ${short} gets a new key, which is generated.`,
  );
}

interface Asked {
  readonly kind: SecretKind;
  readonly old: Fields;
  readonly role: Role;
  readonly flags: Flags;
  readonly world: World;
  readonly connection: Connection;
}

/** The value in place of the revoked key. @throws Problem when nothing can replace it */
async function replacement({ kind, old, role, flags, world }: Asked): Promise<Fields> {
  if (kind.short === 'edge') throw keepsWorking();
  const { next, ...rest } = old;
  const file = flags.text('file');
  if (file !== undefined && (role.startsWith('trustly.') || role === 'brickTestKey')) {
    return secretInput(flags, world);
  }
  const isOurs = signsForUs(kind.short) || kind.short === 'envelope-key';
  if (role === 'next') {
    if (file === undefined) return rest;
    return { ...rest, next: await newKey(kind, old, file, () => secretInput(flags, world)) };
  }
  if (role === 'brickTestKey') {
    const { brickTestKey: _, ...kept } = old;
    return kept;
  }
  if (role !== 'current') return withoutTrustly(old, role);
  if (file === undefined && next !== undefined) return withPrevious(kind, old, { ...rest, current: next });
  if (file === undefined && !isOurs) throw needsKey(kind);
  if (file !== undefined && kind.short !== 'envelope-key') {
    const given = await secretInput(flags, world);
    if (given.current !== undefined) return given;
    return { ...old, current: await newKey(kind, old, file, async () => given) };
  }
  const current = await newKey(kind, old, file, () => secretInput(flags, world));
  return withPrevious(kind, old, { ...old, current });
}

/** Data sealed with an envelope key can only be opened with it, so the key is kept, even when it is stolen. */
function withPrevious({ short }: SecretKind, { current, previous }: Fields, value: Fields): Fields {
  if (short !== 'envelope-key' || current === undefined) return value;
  return { ...value, previous: [current, ...(Array.isArray(previous) ? previous : [])] };
}

/**
 * @throws Problem when no other key remains: without one, the published key cannot be distinguished from a stolen one
 */
function withoutTrustly(old: Fields, role: 'trustly.current' | 'trustly.next'): Fields {
  const { current, next } = fieldsOf(old.trustly);
  if (role === 'trustly.next') return { ...old, trustly: { current } };
  if (next !== undefined) return { ...old, trustly: { current: next } };
  throw new Problem(
    EXIT.usage,
    'Trustly’s key has no "next" that could take its place.',
    'Name the whole secret with Trustly’s new key under "trustly": --file FILE. Or --stop.',
  );
}

/**
 * CloudFront sends this header value until it is deployed with another one; without the value every notification is
 * refused.
 */
const keepsWorking = (): Problem =>
  new Problem(
    EXIT.usage,
    'edge cannot be revoked at once: CloudFront sends it until it is deployed, and every notification would be refused.',
    'payhooks secrets rotate edge, deploy CloudFront, payhooks secrets rotate edge --finish. A stolen one opens a way around WAF, and no signature.',
  );

const needsKey = ({ short }: SecretKind): Problem =>
  new Problem(
    EXIT.usage,
    `${short} has no "next" that could take its place; nothing was done.`,
    'Have the provider hand out a new key and name it with --file FILE. Until you have it: --stop.',
  );

/** @throws Problem */
function assertGone(
  { environment }: Connection,
  { short }: SecretKind,
  value: Fields,
  revoked: SecretKeyInfo | undefined,
): void {
  const left = keysIn(short, value, environment).find(
    ({ fingerprint, role }) => fingerprint === revoked?.fingerprint && !role.startsWith('previous'),
  );
  if (left === undefined) return;
  throw new Problem(
    EXIT.refused,
    `${short} was not stored: "${left.path}" still is the key that is revoked.`,
  );
}

function recycledLines(recycled: readonly Recycled[]): readonly Line[] {
  const failed = recycled.filter((each) => each.failed !== undefined);
  const done = recycled.length - failed.length;
  return [
    ...(done > 0
      ? [
          `${count(done, 'function')} in new environments: ${recycled
            .filter((each) => each.failed === undefined)
            .map((each) => each.function)
            .join(', ')}`,
        ]
      : []),
    ...failed.map(
      (each) =>
        `${each.function} could not be restarted (${each.failed}): it may use the old key for ${MAX_AGE_MS / 60_000} minutes from its last reading.`,
    ),
  ];
}

function notListed({ short }: SecretKind, revoked: SecretKeyInfo | undefined): string {
  if (revoked === undefined) return 'The secret held no such key, so nothing can be listed.';
  const registrar = providerForm(short)?.registersOurKey;
  return registrar !== undefined
    ? `Key ${revoked.fingerprint} signs our answers and verifies nothing. Have ${registrar} register the new public key.`
    : `Key ${revoked.fingerprint} verifies nothing that comes in.`;
}

function nextSteps(
  { short, account }: SecretKind,
  flags: Flags,
  { revoked, since }: { readonly revoked: SecretKeyInfo | undefined; readonly since: string },
  { selector }: Connection,
): readonly Line[] {
  const typed = (command: string) => `payhooks ${command} ${selector}`.trimEnd();
  return [
    ...(revoked?.verifies === true && account !== undefined
      ? [
          `Next, when the queue is empty: ${typed(`secrets accepted ${short} --key ${revoked.fingerprint} --since ${since}`)}`,
        ]
      : []),
    ...(flags.is('stop') ? [`Next, with the new key: ${typed(`secrets set ${short} --file FILE`)}`] : []),
    'See docs/runbooks/stolen-key.md.',
  ];
}
