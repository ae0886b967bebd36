import { UnusableSecretError } from '../../shared/providers/provider.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { count, state, table } from '../output.ts';
import { EXIT, problemOf } from '../problem.ts';
import { describeSecret, findSecret, readSecret, type SecretKind, secretsOf } from '../secret-store.ts';

export const secretsCheck: Command = {
  name: 'secrets check',
  args: '[NAME]',
  arity: [0, 1],
  summary: 'whether every secret can be used in this environment; no value is shown',
  details: ['Uses the very code that verifies with it. NAME as secrets set takes it; default: all of them.'],
  run: async ({ args: [name], world }) => {
    const connection = await world.connect();
    const kinds = name === undefined ? secretsOf(connection.config) : [findSecret(connection.config, name)];
    const looked = await Promise.allSettled(kinds.map((kind) => checkSecret(connection, kind)));
    const [first] = looked.flatMap((each) => (each.status === 'rejected' ? [each] : []));
    // No service, no permission at all: one sentence. Of one secret alone: a line of its own.
    if (first !== undefined && looked.every(({ status }) => status === 'rejected')) throw first.reason;
    const checked = looked.map((each, index) =>
      each.status === 'fulfilled' ? each.value : unread(kinds[index]?.short ?? '', each.reason),
    );
    const failed = checked.filter(({ ok }) => !ok);
    return {
      json: checked,
      lines: [
        ...table(
          ['SECRET', 'STATE', 'DETAIL'],
          checked.map(({ secret, ok, detail }) => [secret, state(ok ? 'ok' : 'fail'), detail]),
        ),
        '',
        `${count(checked.length, 'secret')} checked for ${connection.environment}, ${failed.length} unusable.`,
        ...failed
          .filter(({ isUnread }) => isUnread !== true)
          .map(({ secret }) => `Next: payhooks secrets set ${secret} --file FILE`),
      ],
      code: failed.length > 0 ? EXIT.failed : EXIT.done,
    };
  },
};

export interface CheckedSecret {
  readonly secret: string;
  readonly ok: boolean;
  readonly detail: string;
  /** It could not be read at all, which says nothing about what it holds. */
  readonly isUnread?: true;
}

function unread(secret: string, error: unknown): CheckedSecret {
  const problem = problemOf(error);
  if (problem === undefined) throw error;
  return { secret, ok: false, detail: problem.message, isUnread: true };
}

/** @throws only what is no property of the secret (no permission, no answer) */
export async function checkSecret(connection: Connection, kind: SecretKind): Promise<CheckedSecret> {
  const secret = kind.short;
  try {
    const value = await readSecret(connection, kind.name);
    kind.check(value);
    return { secret, ok: true, detail: describeSecret(kind, value) };
  } catch (error) {
    if (error instanceof UnusableSecretError) return { secret, ok: false, detail: error.message };
    throw error;
  }
}
