import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { switchOption } from '../options.ts';
import { done, type Report } from '../output.ts';
import { generatedPrivateKey, publicHalf } from '../private-key.ts';
import { Problem } from '../problem.ts';
import { checkValue } from '../secret-guard.ts';
import {
  describeSecret,
  type Fields,
  fieldsOf,
  findSecret,
  isKeyPair,
  type SecretKind,
  storedFields,
  writeSecret,
} from '../secret-store.ts';

export const secretsGenerate: Command = {
  details: [
    'NAME is trustly-europe/<account>. Stores the private half (RSA, 2048 bits) as `secrets set` does, and never prints',
    'it. Prints the public half: send it to Trustly. While a key is in use, store the new key with --next; when Trustly',
    'has registered it, `secrets rotate NAME --finish` makes it the current key.',
  ],
  options: {
    next: switchOption('keep the key in use, and store the new one as "next"'),
    replace: switchOption('replace the key in use; answers are signed with the new key at once'),
    show: switchOption('print the public half of the stored key; generate nothing'),
  },
  run: async ({ args: [name = ''], flags, world }) => {
    if (['next', 'replace', 'show'].filter((option) => flags.is(option)).length > 1) {
      throw Problem.usage('--next, --replace and --show cannot be used together; nothing was done.');
    }
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    assertHasKeyPair(kind);
    const old = await storedFields(connection, kind);
    if (flags.is('show')) return shown(kind, keyIn(old.current));
    const privateKey = generatedPrivateKey();
    const value = withKey(kind, old, privateKey, flags);
    checkValue(connection, kind, value);
    await writeSecret(connection, kind.name, value);
    return generated(connection, kind, value, flags.is('next'));
  },
};

/** @throws Problem */
function assertHasKeyPair({ short, account }: SecretKind): void {
  if (isKeyPair(account)) return;
  const next =
    account === undefined
      ? `To generate a new one: payhooks secrets rotate ${short}`
      : `Get the key from the provider: payhooks secrets set ${short} --file FILE`;
  throw Problem.refused(`${short} is no key pair: only accounts of Trustly Europe have one.`, next);
}

const keyIn = (role: unknown): string | undefined => {
  const { privateKey } = fieldsOf(role);
  return typeof privateKey === 'string' ? privateKey : undefined;
};

/** @throws Problem when a key would be lost that is registered with Trustly */
function withKey({ short }: SecretKind, old: Fields, privateKey: string, flags: Flags): Fields {
  const hasCurrent = keyIn(old.current) !== undefined;
  if (!flags.is('next')) {
    if (!hasCurrent || flags.is('replace')) return { ...unrevoked(old), current: { privateKey } };
    throw Problem.refused(
      `${short} already has a key, whose public half Trustly uses to verify our answers; nothing was generated.`,
      `To store a new key as "next": payhooks secrets generate ${short} --next. To print the public half again: --show.`,
    );
  }
  if (!hasCurrent) throw Problem.refused(`${short} has no key yet, so leave --next out.`);
  if (old.next === undefined) return { ...old, next: { privateKey } };
  throw Problem.refused(
    `${short} already has a "next" key, because a rotation is in progress.`,
    `payhooks secrets rotate ${short} --finish, or --abort.`,
  );
}

/** A new key ends the stop that `secrets revoke` set. */
const unrevoked = ({ revoked: _, ...rest }: Fields): Fields => rest;

function shown({ short }: SecretKind, privateKey: string | undefined): Report {
  if (privateKey === undefined) {
    throw Problem.notFound(`${short} has no key yet.`, `payhooks secrets generate ${short}`);
  }
  const publicKey = publicHalf(privateKey);
  return done({ secret: short, publicKey }, ...publicKey.trim().split('\n'));
}

function generated(connection: Connection, kind: SecretKind, value: Fields, isNext: boolean): Report {
  const publicKey = publicHalf(keyIn(isNext ? value.next : value.current) ?? '');
  const holds = describeSecret(kind, value);
  const then = isNext ? `secrets rotate ${kind.short} --finish` : 'doctor';
  return done(
    { secret: kind.short, stored: kind.name, holds, publicKey },
    `${kind.name} is stored: ${holds}`,
    ...(connection.kind === 'local' ? ['It is stored until the local stack stops.'] : []),
    '',
    'The public half, for Trustly:',
    ...publicKey.trim().split('\n'),
    '',
    `Next: send it to Trustly (${connection.environment} account), and when Trustly has registered it: payhooks ${then}`,
  );
}
