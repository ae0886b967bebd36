import type { QuarantinedMessage, ReadToday } from '../../shared/app/operator/quarantine-review.ts';
import type { Command } from '../command.ts';
import { accountName } from '../names.ts';
import { switchOption, textOption } from '../options.ts';
import { age, type Cell, count, dim, type Line, list, styled, table } from '../output.ts';
import { quarantined, waiting } from '../quarantined.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

const SAYS: Readonly<Record<ReadToday, Cell>> = {
  readable: styled('can be applied', 'green'),
  unreadable: styled('still refused', 'yellow'),
  question: dim('answered with no'),
  not_opened: styled('cannot be opened', 'red'),
  applied: dim('already applied'),
};

export const quarantineList: Command = {
  details: [
    'Each may be a payment that is not stored. The command opens each to read it again, and does not show its content.',
    'REASON: why it was put into quarantine. TODAY: what this version can do with it.',
  ],
  options: {
    all: switchOption('also those that are already applied'),
    limit: textOption('N', `at most N, oldest first (default ${DEFAULT_LIMIT})`),
  },
  run: async ({ flags, world }) => {
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    const connection = await world.connect();
    const every = await quarantined(connection);
    const { shown, left } = chosen(every, { all: flags.is('all'), limit });
    const messages = shown.map(plain);
    const json = list(messages, { more: left, messages });
    if (shown.length === 0) {
      const since = every.length > 0 ? ' that is not already applied' : '';
      return { json, lines: [`${connection.label}: no message is in quarantine${since}.`] };
    }
    const rows = shown.map((kept) => [
      accountName(kept.account),
      kept.id,
      styled(kept.row.reason, 'yellow'),
      SAYS[kept.today],
      dim(age(world.now() - Date.parse(kept.row.receivedAt))),
    ]);
    return {
      json,
      lines: [
        ...table(['ACCOUNT', 'ID', 'REASON', 'TODAY', 'AGE'], rows),
        '',
        `${count(shown.length, 'message')}${left > 0 ? `, ${left} more (--limit)` : ''}.`,
        ...next(shown),
      ],
    };
  },
};

function next(shown: readonly QuarantinedMessage[]): readonly Line[] {
  const has = (...states: readonly ReadToday[]) => shown.some(({ today }) => states.includes(today));
  return [
    ...(has('readable') ? ['Next, when this version is deployed: payhooks quarantine apply --all'] : []),
    ...(has('unreadable', 'question', 'not_opened')
      ? [
          'For what is still refused, see docs/runbooks/quarantine.md. When you understand it: payhooks quarantine discard ID',
        ]
      : []),
  ];
}

const plain = ({ id, account, row, today }: QuarantinedMessage) => ({
  id,
  provider: account.provider,
  account: account.account,
  reason: row.reason,
  today,
  receivedAt: row.receivedAt,
  digest: row.digest,
  correlationId: row.correlationId,
});

interface Chosen {
  readonly all: boolean;
  readonly limit: number;
}

function chosen(every: readonly QuarantinedMessage[], { all, limit }: Chosen) {
  const wanted = all ? every : waiting(every);
  const shown = wanted.slice(0, limit);
  return { shown, left: wanted.length - shown.length };
}

/** The rows that `quarantined` read, oldest first. */
export function listQuarantine(every: readonly QuarantinedMessage[], wanted: Chosen) {
  const { shown, left } = chosen(every, wanted);
  return { messages: shown.map(plain), more: left > 0 };
}
