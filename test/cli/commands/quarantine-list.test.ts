/** `listQuarantine`: the listed messages, and the fields that the list shows. */
import { describe, expect, it } from 'vitest';
import { listQuarantine } from '../../../cli/commands/quarantine-list.ts';
import type { QuarantinedMessage, ReadToday } from '../../../shared/app/operator/quarantine-review.ts';

const message = (id: string, today: ReadToday) =>
  ({
    ...{ id, today, account: { provider: 'paymentwall', account: 'toy', policy: {} } },
    row: {
      ...{ reason: 'ambiguous', receivedAt: '2026-11-29T10:00:00.000Z', digest: `d-${id}` },
      ...{ correlationId: `c-${id}`, sealed: 'SEALED' },
    },
  }) as unknown as QuarantinedMessage;
const every = [
  message('1', 'applied'),
  message('2', 'readable'),
  message('3', 'unreadable'),
  message('4', 'not_opened'),
];
const idsOf = (wanted: Parameters<typeof listQuarantine>[1]) => {
  const { messages, more } = listQuarantine(every, wanted);
  return [messages.map(({ id }) => id).join(' '), more];
};

describe('listQuarantine', () => {
  it('listQuarantine leaves out a message that was applied since, unless all messages are wanted', () => {
    expect(idsOf({ all: false, limit: 10 })).toEqual(['2 3 4', false]);
    expect(idsOf({ all: true, limit: 10 })).toEqual(['1 2 3 4', false]);
  });

  it('listQuarantine begins with the oldest message, and says whether there are more messages', () => {
    expect(idsOf({ all: false, limit: 2 })).toEqual(['2 3', true]);
    expect(idsOf({ all: false, limit: 3 })).toEqual(['2 3 4', false]);
  });

  it('listQuarantine shows nothing of the sealed content', () => {
    const [message] = listQuarantine(every, { all: false, limit: 1 }).messages;
    expect(message).toEqual({
      ...{ id: '2', provider: 'paymentwall', account: 'toy', reason: 'ambiguous', today: 'readable' },
      ...{ receivedAt: '2026-11-29T10:00:00.000Z', digest: 'd-2', correlationId: 'c-2' },
    });
  });
});
