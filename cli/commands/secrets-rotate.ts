import { randomBytes } from 'node:crypto';
import { MAX_AGE_MS } from '../../shared/app/platform/secrets.ts';
import type { Command } from '../command.ts';
import { switchOption, textOption } from '../options.ts';
import { age, done, time } from '../output.ts';
import { Problem } from '../problem.ts';
import { assertUnshared, checkMembers, checkValue, SHARED_OPTION } from '../secret-guard.ts';
import { secretInput } from '../secret-input.ts';
import {
  describeSecret,
  type Fields,
  fieldsOf,
  findSecret,
  providerForm,
  readSecretVersion,
  type SecretKind,
  writeSecret,
} from '../secret-store.ts';

const HELD_MINUTES = MAX_AGE_MS / 60_000;
/** One minute more, for clocks that differ. */
const WAIT_MINUTES = HELD_MINUTES + 1;

export const secretsRotate: Command = {
  details: [
    'First call: stores the new key as "next"; the key in use stays. The key is JSON in the form of "current"; members',
    'that it does not name (an access id, a project key) stay as they are. Without --file, a key with which Payhooks',
    'signs or seals (envelope-key, target, edge, decision/…) is generated; a provider’s key is read from standard input.',
    'Second call, --finish: "next" becomes "current". The old envelope key stays under "previous", because evidence is',
    'sealed with it.',
    'For edge (the header that CloudFront adds) the first call makes the new key "current" and keeps the old one as',
    '"previous"; both are accepted until --finish removes it. Deploy CloudFront between the two calls.',
  ],
  options: {
    file: textOption('FILE', 'file with the new key; -: standard input'),
    ...SHARED_OPTION,
    finish: switchOption('make "next" the current key'),
    abort: switchOption('remove "next" again'),
    force: switchOption('finish before every function has the new envelope key'),
  },
  run: async ({ args: [name = ''], flags, world }) => {
    if (flags.is('finish') && flags.is('abort')) {
      throw Problem.usage('--finish and --abort cannot be used together; nothing was done.');
    }
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const { value: stored, storedAt } = await readSecretVersion(connection, kind.name);
    const old = fieldsOf(stored);
    const warning =
      flags.is('finish') && old.next !== undefined && kind.short === 'envelope-key'
        ? assertFinishable(storedAt, world.now(), flags.is('force'))
        : [];
    const steps = flags.is('finish') ? finish(kind, old) : flags.is('abort') ? abort(kind, old) : undefined;
    const value =
      steps ??
      withNewKey(
        kind,
        assertNoRotation(kind, old),
        await newKey(kind, old, flags.text('file'), () => secretInput(flags, world)),
      );
    checkValue(connection, kind, value);
    if (steps === undefined) await assertUnshared(connection, kind, value, { flags, world });
    await writeSecret(connection, kind.name, value);
    const again = ['payhooks secrets rotate', kind.short, '--finish', connection.selector]
      .filter(Boolean)
      .join(' ');
    return done(
      { secret: kind.short, holds: describeSecret(kind, value) },
      `${kind.name} is stored: ${describeSecret(kind, value)}`,
      ...warning,
      ...(steps === undefined ? [`Next: ${advice(kind)} Then: ${again}`] : ['Next: payhooks secrets check']),
    );
  },
};

/**
 * Refuses to finish too early: intake would seal with a key that a function with the older secret cannot open yet. Such
 * messages are retried, and succeed when the function reads the secret again. @throws Problem
 */
function assertFinishable(storedAt: Date | undefined, now: number, force: boolean): readonly string[] {
  if (storedAt === undefined) {
    return [
      `The time at which "next" was stored is not known; it must be at least ${WAIT_MINUTES} minutes ago.`,
    ];
  }
  const waited = now - storedAt.getTime();
  if (waited >= WAIT_MINUTES * 60_000 || force) return [];
  throw Problem.refused(
    `envelope-key was not changed: its "next" was stored ${age(waited)} ago, and functions may use the old secret for ${HELD_MINUTES} minutes.`,
    `Wait until ${time(storedAt.getTime() + WAIT_MINUTES * 60_000)} UTC, or add --force.`,
  );
}

/** Secrets that we generate and that the merchant's endpoint verifies with. */
export const signsForUs = (short: string): boolean => short === 'target' || short.startsWith('decision/');

/**
 * CloudFront sends a new value as soon as it is deployed, so the new one becomes current at once, and the one before is
 * kept.
 */
const withNewKey = ({ short }: SecretKind, old: Fields, key: unknown): Fields =>
  short === 'edge' ? { current: key, previous: old.current } : { ...old, next: key };

/** What the operator must do before the second step. */
function advice({ short }: SecretKind): string {
  if (short === 'edge')
    return 'deploy CloudFront with another headerVersion (docs/domain-and-waf.md), and wait until the metric Remarks shows no reason previous_edge_header; both values are accepted until then.';
  if (short === 'envelope-key')
    return `wait ${WAIT_MINUTES} minutes, so that every function has the new key.`;
  if (signsForUs(short))
    return 'make your endpoint accept the new secret (until then, events are signed with both).';
  const registrar = providerForm(short)?.registersOurKey;
  if (registrar !== undefined) {
    return `ask ${registrar} to register the new public key; answers are signed with the old key until you finish.`;
  }
  return 'ask the provider to use the new key; both keys are accepted until you finish.';
}

/** The member that a secret has beside "current" during a rotation. */
const secondKeyOf = (short: string): 'previous' | 'next' => (short === 'edge' ? 'previous' : 'next');

function assertNoRotation({ short }: SecretKind, old: Fields): Fields {
  if (old[secondKeyOf(short)] === undefined) return old;
  throw Problem.refused(
    `${short} already has a "${secondKeyOf(short)}" key, because a rotation is in progress.`,
    `payhooks secrets rotate ${short} --finish, or --abort.`,
  );
}

function finish({ short }: SecretKind, old: Fields): Fields {
  if (short === 'edge') return withoutPrevious(old);
  const { next, current, ...rest } = old;
  if (next === undefined) throw noRotation(short);
  if (short !== 'envelope-key') return { ...rest, current: next };
  const previous = Array.isArray(rest.previous) ? rest.previous : [];
  return { ...rest, current: next, previous: [current, ...previous] };
}

/** @throws Problem */
function withoutPrevious({ current, previous }: Fields): Fields {
  if (previous === undefined) throw noRotation('edge');
  return { current };
}

function abort({ short }: SecretKind, { next, ...rest }: Fields): Fields {
  // CloudFront may already send the new value: both stay accepted.
  if (short === 'edge') {
    if (rest.previous === undefined) throw noRotation(short);
    return { current: rest.previous, previous: rest.current };
  }
  if (next === undefined) throw noRotation(short);
  // Safe for the envelope key too: functions seal with `current` only, so nothing is sealed with `next` yet.
  return rest;
}

const noRotation = (short: string): Problem =>
  Problem.refused(
    `${short} has no "${secondKeyOf(short)}" key, so no rotation is in progress.`,
    `payhooks secrets rotate ${short} --file FILE`,
  );

export async function newKey(
  kind: SecretKind,
  { current }: Fields,
  file: string | undefined,
  input: () => Promise<Fields>,
): Promise<unknown> {
  const { short } = kind;
  if (file === undefined && (short === 'envelope-key' || short === 'edge'))
    return randomBytes(48).toString('base64url');
  if (file === undefined && signsForUs(short)) return `whsec_${randomBytes(32).toString('base64')}`;
  const given = await input();
  // A whole secret is accepted too: its current key is the new one.
  const key = given.current ?? given;
  if (given.current === undefined) checkMembers(kind, key, 'next');
  else checkMembers(kind, given);
  if (typeof key !== 'object') return key;
  // The parts of a key that do not change (an access id, a project key) must survive the rotation.
  return { ...fieldsOf(current), ...key };
}
