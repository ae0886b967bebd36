import { randomBytes } from 'node:crypto';
import { MAX_AGE_MS } from '../../shared/app/platform/secrets.ts';
import type { Command } from '../command.ts';
import { age, done, time } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
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
  arity: [1, 1],
  details: [
    'First call: the new key, as JSON in the form of "current", becomes "next" beside the one in use; members that',
    'it does not name (an access id, a project key) stay as they are. What we sign or seal with (envelope-key, target,',
    'edge, decision/…) is generated when no file is named. A provider’s key then comes from standard input.',
    'Second call, --finish: "next" becomes "current". An envelope key that was used stays under "previous",',
    'because kept evidence is sealed with it.',
    'edge (the header that CloudFront adds): first call, a new "current", and the one before is accepted as "previous"',
    'until --finish takes it away; deploy CloudFront between the two.',
  ],
  options: {
    file: {
      type: 'string',
      value: 'FILE',
      help: 'where the new key is; -: standard input; nothing: what is generated, or standard input',
    },
    ...SHARED_OPTION,
    finish: { type: 'boolean', help: 'make "next" the current key' },
    abort: { type: 'boolean', help: 'take "next" away again' },
    force: { type: 'boolean', help: 'finish an envelope key before every function can open with it' },
  },
  run: async ({ args: [name = ''], flags, world }) => {
    if (flags.is('finish') && flags.is('abort')) {
      throw new Problem(EXIT.usage, '--finish and --abort are two opposite steps; nothing was done.');
    }
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const { value: stored, storedAt } = await readSecretVersion(connection, kind.name);
    const old = fieldsOf(stored);
    const warning =
      flags.is('finish') && old.next !== undefined && kind.short === 'envelope-key'
        ? mayFinish(storedAt, world.now(), flags.is('force'))
        : [];
    const steps = flags.is('finish') ? finish(kind, old) : flags.is('abort') ? abort(kind, old) : undefined;
    const value =
      steps ??
      added(
        kind,
        addable(kind, old),
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
function mayFinish(storedAt: Date | undefined, now: number, force: boolean): readonly string[] {
  if (storedAt === undefined) {
    return [`When "next" was added is not known: it should be ${WAIT_MINUTES} minutes ago.`];
  }
  const waited = now - storedAt.getTime();
  if (waited >= WAIT_MINUTES * 60_000 || force) return [];
  throw new Problem(
    EXIT.refused,
    `envelope-key was not changed: its "next" was stored ${age(waited)} ago, and functions may hold the older secret for ${HELD_MINUTES} minutes.`,
    `Wait until ${time(storedAt.getTime() + WAIT_MINUTES * 60_000)} UTC, or add --force.`,
  );
}

/** Secrets that we generate and that the merchant's endpoint verifies with. */
export const signsForUs = (short: string): boolean => short === 'target' || short.startsWith('decision/');

/**
 * CloudFront sends a new value as soon as it is deployed, so the new one becomes current at once, and the one before is
 * kept.
 */
const added = ({ short }: SecretKind, old: Fields, key: unknown): Fields =>
  short === 'edge' ? { current: key, previous: old.current } : { ...old, next: key };

/** What the operator must do before the second step. */
function advice({ short }: SecretKind): string {
  if (short === 'edge')
    return 'deploy CloudFront with it (another headerVersion, docs/domain-and-waf.md), and wait until the metric Remarks with the reason previous_edge_header is silent; both are accepted meanwhile.';
  if (short === 'envelope-key')
    return `wait ${WAIT_MINUTES} minutes, so that every function can open with it.`;
  if (signsForUs(short)) return 'let your endpoint accept the new secret (both sign meanwhile).';
  const registrar = providerForm(short)?.registersOurKey;
  if (registrar !== undefined) {
    return `have ${registrar} register the new public key; replies are signed with the old one until you finish.`;
  }
  return 'have the provider use the new key; both verify meanwhile.';
}

/** The member that a secret has beside "current" during a rotation. */
const besideOf = (short: string): 'previous' | 'next' => (short === 'edge' ? 'previous' : 'next');

function addable({ short }: SecretKind, old: Fields): Fields {
  if (old[besideOf(short)] === undefined) return old;
  throw new Problem(
    EXIT.refused,
    `${short} holds a "${besideOf(short)}" already: a rotation is under way.`,
    `payhooks secrets rotate ${short} --finish, or --abort.`,
  );
}

function finish({ short }: SecretKind, old: Fields): Fields {
  if (short === 'edge') return withoutPrevious(old);
  const { next, current, ...rest } = old;
  if (next === undefined) throw nothingUnderWay(short);
  if (short !== 'envelope-key') return { ...rest, current: next };
  const previous = Array.isArray(rest.previous) ? rest.previous : [];
  return { ...rest, current: next, previous: [current, ...previous] };
}

/** @throws Problem */
function withoutPrevious({ current, previous }: Fields): Fields {
  if (previous === undefined) throw nothingUnderWay('edge');
  return { current };
}

function abort({ short }: SecretKind, { next, ...rest }: Fields): Fields {
  // CloudFront may already send the new value: both stay accepted.
  if (short === 'edge') {
    if (rest.previous === undefined) throw nothingUnderWay(short);
    return { current: rest.previous, previous: rest.current };
  }
  if (next === undefined) throw nothingUnderWay(short);
  // Safe for the envelope key too: functions seal with `current` only, so nothing is sealed with `next` yet.
  return rest;
}

const nothingUnderWay = (short: string): Problem =>
  new Problem(
    EXIT.refused,
    `${short} holds no "${besideOf(short)}": no rotation is under way.`,
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
