import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { done, type Report } from '../output.ts';
import { generatedPrivateKey, publicHalf } from '../private-key.ts';
import { EXIT, Problem } from '../problem.ts';
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
  arity: [1, 1],
  details: [
    'NAME: trustly-europe/<account>. The private half (RSA, 2048 bits) goes where `secrets set` stores it and is never',
    'printed; the public half is printed: send it to Trustly. Where a key is in use, --next puts the new one beside it,',
    'and `secrets rotate NAME --finish` makes it the current one when Trustly has registered it.',
  ],
  options: {
    next: { type: 'boolean', help: 'beside the key in use, for a rotation' },
    replace: {
      type: 'boolean',
      help: 'in place of the key in use: answers are signed with the new one at once',
    },
    show: { type: 'boolean', help: 'print the public half of the stored key, and generate none' },
  },
  run: async ({ args: [name = ''], flags, world }) => {
    if (['next', 'replace', 'show'].filter((option) => flags.is(option)).length > 1) {
      throw new Problem(EXIT.usage, '--next, --replace and --show: name one; nothing was done.');
    }
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    assertHasKeyPair(kind);
    const old = await storedFields(connection, kind);
    if (flags.is('show')) return shown(kind, keyIn(old.current));
    const privateKey = generatedPrivateKey();
    const value = withKey({ kind, old, privateKey, flags });
    checkValue(connection, kind, value);
    await writeSecret(connection, kind.name, value);
    return generated({ connection, kind, value, privateKey, isNext: flags.is('next') });
  },
};

/** @throws Problem */
function assertHasKeyPair({ short, account }: SecretKind): void {
  if (isKeyPair(account)) return;
  const next =
    account === undefined
      ? `payhooks secrets rotate ${short} generates a new one.`
      : `Its provider hands it out: payhooks secrets set ${short} --file FILE`;
  throw new Problem(EXIT.refused, `${short} is no key pair: only Trustly Europe's accounts have one.`, next);
}

const keyIn = (role: unknown): string | undefined => {
  const { privateKey } = fieldsOf(role);
  return typeof privateKey === 'string' ? privateKey : undefined;
};

interface Making {
  readonly kind: SecretKind;
  readonly old: Fields;
  readonly privateKey: string;
  readonly flags: Flags;
}

/** @throws Problem when a key would be lost that is registered with Trustly */
function withKey({ kind: { short }, old, privateKey, flags }: Making): Fields {
  const hasCurrent = keyIn(old.current) !== undefined;
  if (!flags.is('next')) {
    if (!hasCurrent || flags.is('replace')) return { ...unrevoked(old), current: { privateKey } };
    throw new Problem(
      EXIT.refused,
      `${short} has a key already, and nothing was generated: Trustly verifies our answers with its public half.`,
      `payhooks secrets generate ${short} --next puts a new one beside it; --show prints the public half again.`,
    );
  }
  if (!hasCurrent) throw new Problem(EXIT.refused, `${short} has no key yet: leave --next out.`);
  if (old.next === undefined) return { ...old, next: { privateKey } };
  throw new Problem(
    EXIT.refused,
    `${short} holds a "next" already: a rotation is under way.`,
    `payhooks secrets rotate ${short} --finish, or --abort.`,
  );
}

/** A new key ends the stop that `secrets revoke` set. */
const unrevoked = ({ revoked: _, ...rest }: Fields): Fields => rest;

function shown({ short }: SecretKind, privateKey: string | undefined): Report {
  if (privateKey === undefined) {
    throw new Problem(EXIT.notFound, `${short} has no key yet.`, `payhooks secrets generate ${short}`);
  }
  const publicKey = publicHalf(privateKey);
  return done({ secret: short, publicKey }, ...publicKey.trim().split('\n'));
}

interface Generated {
  readonly connection: Connection;
  readonly kind: SecretKind;
  readonly value: Fields;
  readonly privateKey: string;
  readonly isNext: boolean;
}

function generated({ connection, kind, value, privateKey, isNext }: Generated): Report {
  const publicKey = publicHalf(privateKey);
  const holds = describeSecret(kind, value);
  const then = isNext ? `secrets rotate ${kind.short} --finish` : 'doctor';
  return done(
    { secret: kind.short, stored: kind.name, holds, publicKey },
    `${kind.name} is stored: ${holds}`,
    ...(connection.kind === 'local' ? ['It lasts until the local stack stops.'] : []),
    '',
    'The public half, for Trustly:',
    ...publicKey.trim().split('\n'),
    '',
    `Next: send it to Trustly (${connection.environment} account), and when it is registered: payhooks ${then}`,
  );
}
