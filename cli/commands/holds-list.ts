import { type Holds, listHolds } from '../../shared/app/operator/views.ts';
import type { Command } from '../command.ts';
import { adviceText } from '../hold-advice.ts';
import { textOption } from '../options.ts';
import { age, count, dim, type Line, list, money, styled, table } from '../output.ts';

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 1_000;

export const holdsList: Command = {
  options: {
    limit: textOption('N', `at most N payments, those that wait longest first (default ${DEFAULT_LIMIT})`),
  },
  run: async ({ flags, world }) => {
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    const { store, label } = await world.connect();
    const holds = await listHolds(store, limit);
    if (holds.held.length === 0) {
      // In older versions, holds share the index with other waiting payments.
      const none = holds.more
        ? 'none of the payments that were read is held, but there are more payments: see payhooks payments list.'
        : 'no payment is held.';
      return { json: list(holds.held, holds), lines: [`${label}: ${none}`] };
    }
    const rows = holds.held.flatMap(({ payment, status, advice, moved, orderReference, since }) =>
      advice.map(({ reason, digest, advised }) => [
        payment,
        styled(reason, 'yellow'),
        digest,
        advised === 'none' ? '-' : advised,
        status,
        money(moved) || '-',
        orderReference ?? '-',
        dim(age(world.now() - Date.parse(since))),
      ]),
    );
    return {
      json: list(holds.held, holds),
      lines: [
        ...table(['PAYMENT', 'REASON', 'DIGEST', 'ADVISED', 'STATUS', 'MOVED', 'ORDER', 'SINCE'], rows),
        '',
        `${count(rows.length, 'hold')}${holds.more ? `, and there are more: answer these first, or use --limit (${MAX_LIMIT} at most)` : ''}.`,
        ...reasonsOf(holds.held),
        'Next: payhooks payments show PAYMENT',
        '  or: payhooks holds release|reject PAYMENT REASON DIGEST --note "why"',
      ],
    };
  },
};

/** The advice depends on the reason, and on amounts that move out or goods that were given. */
function reasonsOf(held: Holds['held']): readonly Line[] {
  const sentences = held.flatMap(({ advice }) =>
    advice.map((each) => `${each.reason}: ${each.says} ${adviceText(each)}`),
  );
  return ['', ...new Set(sentences), ''];
}
