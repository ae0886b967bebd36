import { setTimeout as pause } from 'node:timers/promises';
import { MAX_AGE_MS, SOFT_AGE_MS } from '../../shared/app/platform/secrets.ts';
import { acceptedUnder } from '../accepted-under.ts';
import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { commandFor } from '../names.ts';
import { switchOption, textOption } from '../options.ts';
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
  type SecretKind,
  storedFields,
  writeSecret,
} from '../secret-store.ts';
import { acceptedLines, SINCE_OPTION, sinceOf } from './secrets-accepted.ts';
import { newKey, signsForUs } from './secrets-rotate.ts';

const ROLES = ['current', 'next', 'trustly.current', 'trustly.next', 'brickTestKey'] as const;
type Role = (typeof ROLES)[number];

export const secretsRevoke: Command = {
  details: [
    'The new key is the one in --file (in the form of `secrets rotate`, or the whole secret). Without --file it is "next",',
    'if the secret has one; a key with which Payhooks signs or seals is generated. With --stop there is no new key: the',
    'account answers 503, and its provider sends again later, until `secrets set` stores a new key.',
    'Then the command changes one environment variable of each function that reads the secret, so that Lambda starts new',
    `environments. If that fails, the old key is accepted for at most ${SOFT_AGE_MS / 1_000} seconds, or ${MAX_AGE_MS / 60_000} minutes if Secrets Manager`,
    'does not answer.',
    'Runbook: docs/runbooks/stolen-key.md.',
  ],
  options: {
    file: textOption('FILE', 'file with the new key; -: standard input'),
    ...SHARED_OPTION,
    ...SINCE_OPTION,
    key: textOption('WHICH', `${ROLES.join(', ')} (default: current)`),
    stop: switchOption('accept nothing for this account until a new key is stored'),
  },
  run: async (request) => {
    const {
      args: [name = ''],
      flags,
      world,
    } = request;
    const role = flags.oneOf('key', ROLES) ?? 'current';
    const since = sinceOf(flags);
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const old = await storedFields(connection, kind);
    const revoked = keysIn(kind.short, old, connection.environment).find((key) => key.role === role);
    const at = new Date(world.now()).toISOString();
    const value = flags.is('stop') ? stopped(kind, at) : await replacement(request, kind, old, role);
    if (!flags.is('stop')) {
      assertGone(connection, kind, value, revoked);
      checkValue(connection, kind, value);
      await assertUnshared(connection, kind, value, { flags, world });
    }
    await writeSecret(connection, kind.name, value);
    world.notice(`${kind.name} is stored; starting new environments of the functions…`);
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
          ? `${kind.name} is stopped: its requests are answered 503 until a key is stored.`
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

/** The value that stops an account; intake knows it (shared/app/platform/secrets.ts). @throws Problem */
function stopped({ account, short }: SecretKind, at: string): Fields {
  if (account !== undefined) return { revoked: at };
  throw Problem.usage(
    `--stop is for the secret of an account. For ${short}, leave --stop out: a new key is generated.`,
  );
}

/** The value in place of the revoked key. @throws Problem when nothing can replace it */
async function replacement(
  { flags, world }: Request,
  kind: SecretKind,
  old: Fields,
  role: Role,
): Promise<Fields> {
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
  throw Problem.usage(
    'The secret has no other key of Trustly (trustly.next) to use instead.',
    'Name the whole secret, with the new key of Trustly under "trustly": --file FILE. Or use --stop.',
  );
}

/**
 * CloudFront sends this header value until it is deployed with another one; without the value every notification is
 * refused.
 */
const keepsWorking = (): Problem =>
  Problem.usage(
    'edge cannot be revoked at once: CloudFront sends the old value until it is deployed, so every notification would be refused.',
    'payhooks secrets rotate edge, deploy CloudFront, payhooks secrets rotate edge --finish. Whoever has the old value can bypass WAF, but cannot sign.',
  );

const needsKey = ({ short }: SecretKind): Problem =>
  Problem.usage(
    `${short} has no "next" key to use instead; nothing was done.`,
    'Ask the provider for a new key, and name it with --file FILE. Until you have it, use --stop.',
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
  throw Problem.refused(`${short} was not stored: "${left.path}" is still the revoked key.`);
}

function recycledLines(recycled: readonly Recycled[]): readonly Line[] {
  const failed = recycled.filter((each) => each.failed !== undefined);
  const restarted = recycled.filter((each) => each.failed === undefined);
  const names = restarted.map((each) => each.function).join(', ');
  return [
    ...(restarted.length > 0 ? [`${count(restarted.length, 'function')} in new environments: ${names}`] : []),
    ...failed.map(
      (each) =>
        `${each.function} could not be restarted (${each.failed}): it may use the old key until ${MAX_AGE_MS / 60_000} minutes after it last read the secret.`,
    ),
  ];
}

function notListed({ short }: SecretKind, revoked: SecretKeyInfo | undefined): string {
  if (revoked === undefined) return 'The secret did not have this key, so nothing can be listed.';
  const registrar = providerForm(short)?.registersOurKey;
  return registrar !== undefined
    ? `Key ${revoked.fingerprint} signs our answers; no notification is verified with it. Ask ${registrar} to register the new public key.`
    : `Key ${revoked.fingerprint} verifies no notifications.`;
}

function nextSteps(
  { short, account }: SecretKind,
  flags: Flags,
  { revoked, since }: { readonly revoked: SecretKeyInfo | undefined; readonly since: string },
  connection: Connection,
): readonly Line[] {
  return [
    ...(revoked?.verifies === true && account !== undefined
      ? [
          `Next, when the queue is empty: ${commandFor(connection, `secrets accepted ${short} --key ${revoked.fingerprint} --since ${since}`)}`,
        ]
      : []),
    ...(flags.is('stop')
      ? [`Next, with the new key: ${commandFor(connection, `secrets set ${short} --file FILE`)}`]
      : []),
    'See docs/runbooks/stolen-key.md.',
  ];
}
