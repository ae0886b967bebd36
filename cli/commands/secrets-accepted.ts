import { type Accepted, acceptedUnder, type RevokedKey } from '../accepted-under.ts';
import type { Command } from '../command.ts';
import type { Flags } from '../flags.ts';
import { textOption } from '../options.ts';
import { count, type Line, list, table, time } from '../output.ts';
import { Problem } from '../problem.ts';
import { keysIn } from '../secret-keys.ts';
import { findSecret, readSecret } from '../secret-store.ts';

export const SINCE_OPTION = {
  since: textOption('TIME', 'when the key may have been stolen, ISO 8601 ("2026-11-29T08:00:00Z")'),
} as const;

export const secretsAccepted: Command = {
  details: [
    'NAME is <provider>/<account>. --key is the fingerprint that `secrets revoke` and `secrets check --json` show.',
    'Each stored notification names the key that verified it. Older versions stored only the place of the key in the',
    'secret; these are listed with "perhaps". Messages on the queue and dead letters are not stored yet: repeat the',
    'command when the queue is empty.',
  ],
  options: {
    ...SINCE_OPTION,
    key: textOption('FINGERPRINT', 'the key; default: the "current" key'),
  },
  run: async ({ args: [name = ''], flags, world }) => {
    const since = sinceOf(flags);
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const { account } = kind;
    if (account === undefined) throw verifiesNothing(kind.short);
    const fingerprint = flags.text('key');
    if (fingerprint !== undefined && !/^[0-9a-f]{16}$/.test(fingerprint)) {
      throw Problem.usage(
        `--key "${fingerprint}" is no fingerprint; allowed are 16 digits, as \`secrets revoke\` shows them.`,
      );
    }
    const key =
      fingerprint === undefined
        ? keysIn(kind.short, await readSecret(connection, kind.name), connection.environment).find(
            ({ verifies }) => verifies,
          )
        : { role: 'current', fingerprint };
    if (key === undefined)
      throw Problem.notFound(
        `${kind.short} has no key that verifies notifications.`,
        'Name a key with --key.',
      );
    const accepted = await acceptedUnder(connection, account, key, since);
    return {
      json: list(accepted, { secret: kind.short, key: key.fingerprint, since, accepted }),
      lines: acceptedLines(accepted, key, since),
    };
  },
};

const verifiesNothing = (short: string): Problem =>
  Problem.usage(`No provider signs with ${short}, so nothing was accepted with it.`);

/** @throws Problem */
export function sinceOf(flags: Flags): string {
  const text = flags.needed('since', 'when the key may have been stolen, ISO 8601');
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw Problem.usage(`--since "${text}" is no time; allowed is a time such as 2026-11-29T08:00:00Z.`);
  }
  return new Date(at).toISOString();
}

export function acceptedLines(
  accepted: readonly Accepted[],
  { fingerprint }: Pick<RevokedKey, 'fingerprint'>,
  since: string,
): readonly Line[] {
  const granted = new Set(accepted.filter((each) => each.granted === true).map(({ payment }) => payment))
    .size;
  const heading = `${count(accepted.length, 'notification')} accepted with key ${fingerprint} since ${time(since)} UTC, goods granted for ${count(granted, 'payment')}.`;
  if (accepted.length === 0) return [heading];
  const rows = accepted.map(
    ({ receivedAt, payment, kept, status, granted: goods, certain, notification }) => [
      time(receivedAt),
      payment ?? kept,
      status ?? '',
      goods === undefined ? '' : goods ? 'granted' : 'not granted',
      notification ?? '',
      certain ? 'yes' : 'perhaps',
    ],
  );
  return [
    ...table(['RECEIVED', 'PAYMENT', 'STATUS', 'GOODS', 'NOTIFICATION', 'THIS KEY'], rows),
    '',
    heading,
  ];
}
