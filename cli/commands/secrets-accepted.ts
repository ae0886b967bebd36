import { type Accepted, acceptedUnder, type RevokedKey } from '../accepted-under.ts';
import type { Command } from '../command.ts';
import type { Flags } from '../flags.ts';
import { count, type Line, list, table, time } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { keysIn } from '../secret-keys.ts';
import { findSecret, readSecret } from '../secret-store.ts';

export const SINCE_OPTION = {
  since: {
    type: 'string',
    value: 'TIME',
    help: 'from when on, ISO 8601 ("2026-11-29T08:00:00Z"): when the key may have been stolen',
  },
} as const;

export const secretsAccepted: Command = {
  arity: [1, 1],
  details: [
    'NAME: <provider>/<account>. --key: the fingerprint that `secrets revoke` and `secrets check --json` show.',
    'Kept notifications name the key that verified them; those of older versions name its place only and are listed',
    'as "perhaps". What waits on the queue or is a dead letter is not kept yet: ask again when the queue is empty.',
  ],
  options: {
    ...SINCE_OPTION,
    key: { type: 'string', value: 'FINGERPRINT', help: 'which key; default: the one that is "current"' },
  },
  run: async ({ args: [name = ''], flags, world }) => {
    const since = sinceOf(flags);
    const connection = await world.connect();
    const kind = findSecret(connection.config, name);
    const { account } = kind;
    if (account === undefined) throw verifiesNothing(kind.short);
    const fingerprint = flags.text('key');
    if (fingerprint !== undefined && !/^[0-9a-f]{16}$/.test(fingerprint)) {
      throw new Problem(
        EXIT.usage,
        `--key "${fingerprint}" is no fingerprint: 16 digits, as \`secrets revoke\` shows them.`,
      );
    }
    const key =
      fingerprint === undefined
        ? keysIn(kind.short, await readSecret(connection, kind.name), connection.environment).find(
            ({ verifies }) => verifies,
          )
        : { role: 'current', fingerprint };
    if (key === undefined)
      throw new Problem(EXIT.notFound, `${kind.short} holds no key that verifies.`, 'Name it with --key.');
    const accepted = await acceptedUnder(connection, account, key, since);
    return {
      json: list(accepted, { secret: kind.short, key: key.fingerprint, since, accepted }),
      lines: acceptedLines(accepted, key, since),
    };
  },
};

const verifiesNothing = (short: string): Problem =>
  new Problem(EXIT.usage, `Nothing is accepted under ${short}: no provider signs with it.`);

/** @throws Problem */
export function sinceOf(flags: Flags): string {
  const text = flags.needed('since', 'when the key may have been stolen, ISO 8601');
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new Problem(EXIT.usage, `--since "${text}" is no time; expected one like 2026-11-29T08:00:00Z.`);
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
  const heading = `${count(accepted.length, 'notification')} accepted under key ${fingerprint} since ${time(since)} UTC, goods granted for ${count(granted, 'payment')}.`;
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
