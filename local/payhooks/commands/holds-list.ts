import { listHolds } from '../../../shared/aws/operate-views.ts';
import type { Command } from '../command.ts';
import { age, count, dim, money, styled, table } from '../output.ts';

export const holdsList: Command = {
  name: 'holds list',
  summary: 'payments that Payhooks refuses to act on, with the reason and the digest of its evidence',
  run: async ({ world }) => {
    const { store, label } = await world.connect();
    const holds = await listHolds(store);
    if (holds.held.length === 0) return { json: holds, lines: [`${label}: no payment is held.`] };
    const rows = holds.held.flatMap(({ payment, status, holds: reasons, moved, orderReference, since }) =>
      reasons.map(({ reason, digest }) => [
        payment,
        styled(reason, 'yellow'),
        digest,
        status,
        money(moved) || '-',
        orderReference ?? '-',
        dim(age(world.now() - Date.parse(since))),
      ]),
    );
    return {
      json: holds,
      lines: [
        ...table(['PAYMENT', 'REASON', 'DIGEST', 'STATUS', 'MOVED', 'ORDER', 'SINCE'], rows),
        '',
        `${count(rows.length, 'hold')}${holds.more ? ', and there may be more: answer these first' : ''}.`,
        'Next: payhooks payments show PAYMENT',
        '  or: payhooks holds release|reject PAYMENT REASON DIGEST --note "why"',
      ],
    };
  },
};
