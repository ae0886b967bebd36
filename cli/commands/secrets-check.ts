import { UnusableSecretError } from '../../shared/providers/provider.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { parseJson, textOfFile } from '../named-file.ts';
import { textOption } from '../options.ts';
import { count, type Line, list, state, table } from '../output.ts';
import { EXIT, Problem, problemOf } from '../problem.ts';
import { assertStrong, keysIn, type SecretKeyInfo } from '../secret-keys.ts';
import { describeSecret, findSecret, readSecret, type SecretKind, secretsOf } from '../secret-store.ts';
import { everySecret, type Held, type SharedKey, sharedKeys } from '../shared-keys.ts';

export const secretsCheck: Command = {
  details: [
    'Checks each secret with the code that uses it, and refuses keys that were not generated. NAME as in secrets set;',
    'default: all secrets. They are also compared with each other and with those of other environments in this AWS',
    'account and region. For another AWS account: `payhooks secrets check --json > FILE` there, and --compare FILE here.',
  ],
  options: {
    compare: textOption('FILE', 'output of `secrets check --json` in another AWS account'),
  },
  run: async ({ args: [name], flags, world }) => {
    const connection = await world.connect();
    const kinds = name === undefined ? secretsOf(connection.config) : [findSecret(connection.config, name)];
    const looked = await Promise.allSettled(kinds.map((kind) => checkSecret(connection, kind)));
    const [first] = looked.flatMap((each) => (each.status === 'rejected' ? [each] : []));
    // If every read fails (no service, no permission), one sentence; if one secret fails, a line of its own.
    if (first !== undefined && looked.every(({ status }) => status === 'rejected')) throw first.reason;
    const checked = looked.map((each, index) =>
      each.status === 'fulfilled' ? each.value : unread(kinds[index] as SecretKind, each.reason),
    );
    const failed = checked.filter(({ ok }) => !ok);
    const file = flags.text('compare');
    const { held, unread: notCompared } = await everySecret(connection);
    for (const what of notCompared) world.notice(`not compared with ${what}`);
    const shared = sharedKeys([...held, ...(file === undefined ? [] : heldElsewhere(file))]);
    return {
      json: list(checked),
      lines: [
        ...table(
          ['SECRET', 'STATE', 'DETAIL'],
          checked.map(({ secret, ok, detail }) => [secret, state(ok ? 'ok' : 'fail'), detail]),
        ),
        ...sharedLines(shared),
        '',
        `${count(checked.length, 'secret')} checked for ${connection.environment}, ${failed.length} unusable, ${count(shared.length, 'key')} in two places.`,
        ...failed
          .filter(({ isUnread }) => isUnread !== true)
          .map(({ secret }) => `Next: payhooks secrets set ${secret} --file FILE`),
      ],
      code: failed.length > 0 || shared.length > 0 ? EXIT.failed : EXIT.done,
    };
  },
};

const sharedLines = (shared: readonly SharedKey[]): readonly Line[] =>
  shared.length === 0
    ? []
    : ['', ...shared.map(({ fingerprint, places }) => `key ${fingerprint} is in ${places.join(' and in ')}`)];

export interface CheckedSecret {
  readonly secret: string;
  /** Name in Secrets Manager. */
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** By fingerprint, so that they can be compared with another AWS account's. */
  readonly keys: readonly Pick<SecretKeyInfo, 'path' | 'fingerprint'>[];
  /** The secret could not be read, so nothing is known about its content. */
  readonly isUnread?: true;
}

/** The output of `secrets check --json` of another account. @throws Problem */
function heldElsewhere(file: string): readonly Held[] {
  const wrong = Problem.usage(`${file} is not the output of \`payhooks secrets check --json\`.`);
  const found = parseJson(textOfFile(file), () => wrong);
  // The version before printed a bare list.
  const items = Array.isArray(found) ? found : (found as { readonly items?: unknown } | null)?.items;
  if (!Array.isArray(items)) throw wrong;
  return items.map(({ name, keys }: Partial<CheckedSecret>): Held => {
    if (typeof name !== 'string' || !Array.isArray(keys)) throw wrong;
    // Prefixed with the file, because another AWS account may have a secret of the same name.
    return { name: `${file}: ${name}`, keys };
  });
}

function unread({ short, name }: SecretKind, error: unknown): CheckedSecret {
  const problem = problemOf(error);
  if (problem === undefined) throw error;
  return { secret: short, name, ok: false, detail: problem.message, keys: [], isUnread: true };
}

/** @throws only errors that are not about the secret's content (no permission, no answer) */
export async function checkSecret(connection: Connection, kind: SecretKind): Promise<CheckedSecret> {
  const { short: secret, name } = kind;
  try {
    const value = await readSecret(connection, name);
    const keys = keysIn(secret, value, connection.environment)
      .filter(({ isSecret }) => isSecret)
      .map(({ path, fingerprint }) => ({ path, fingerprint }));
    try {
      kind.check(value);
      assertStrong(secret, value, connection.environment);
      return { secret, name, ok: true, detail: describeSecret(kind, value), keys };
    } catch (error) {
      if (error instanceof UnusableSecretError)
        return { secret, name, ok: false, detail: error.message, keys };
      throw error;
    }
  } catch (error) {
    if (error instanceof UnusableSecretError)
      return { secret, name, ok: false, detail: error.message, keys: [] };
    throw error;
  }
}
