import {
  type Imported,
  importOrders,
  importProcessedIds,
  type ProcessedNotification,
} from '../../shared/app/operator/import.ts';
import { jitteredPause } from '../../shared/app/table/attempts.ts';
import { isProviderName } from '../../shared/providers/index.ts';
import type { Command } from '../command.ts';
import { queueOf } from '../deps.ts';
import { inputName, textOfInput } from '../named-file.ts';
import { count, type Report } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { shortened } from '../shortened.ts';

export const importCommand: Command = {
  details: [
    'FILE has one JSON object per line; - reads standard input. A repeated import changes nothing.',
    'orders:     in the form of POST /checkout/orders; with "fulfilled": "external" if they are already fulfilled.',
    'processed:  {"provider", "account", "key"}; key is the id of the notification, so that a late retry has no effect',
    '            (Trustly Americas eventId, Trustly Europe notificationid, Paymentwall "<ref>/<type>").',
  ],
  run: async ({ args: [what = '', file = ''], world }) => {
    if (what !== 'orders' && what !== 'processed') {
      throw Problem.usage(`"${what}" cannot be imported.`, 'Allowed: orders, processed.');
    }
    const items = linesOf(await textOfInput(file, world, 'Name a file with one JSON object per line.'), file);
    const connection = await world.connect();
    const deps = {
      store: connection.store,
      notifications: await queueOf(connection, 'notifications'),
      accounts: connection.config.accounts,
      clock: () => world.now(),
      pause: jitteredPause,
    };
    const good = items.filter((item): item is Good => !('why' in item));
    const usable = what === 'orders' ? good : good.filter(({ value }) => isProcessed(value));
    const refused = [
      ...items.filter((item): item is Bad => 'why' in item),
      ...good
        .filter((item) => !usable.includes(item))
        .map(({ line }): Bad => ({ line, why: 'is not {"provider", "account", "key"}' })),
    ];
    const values = usable.map(({ value }) => value);
    const imported =
      what === 'orders'
        ? await importOrders(values, deps)
        : await importProcessedIds(values.filter(isProcessed), deps);
    return report(
      what,
      imported,
      usable.map(({ line }) => line),
      refused,
    );
  },
};

/** `line` counts from 1. */
interface Good {
  readonly line: number;
  readonly value: unknown;
}
interface Bad {
  readonly line: number;
  readonly why: string;
}

/** @throws Problem when there is nothing to import: a wrong file must not look like a finished migration */
function linesOf(text: string, file: string): readonly (Good | Bad)[] {
  const items: (Good | Bad)[] = [];
  // Some editors begin a file with a byte order mark.
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (raw.trim() === '') continue;
    const line = index + 1;
    try {
      items.push({ line, value: JSON.parse(raw) });
    } catch {
      items.push({ line, why: `is not JSON: ${shortened(raw.trim())}` });
    }
  }
  if (items.length > 0) return items;
  throw Problem.failed(
    `${inputName(file)} is empty; nothing was imported.`,
    'Write one JSON object per line.',
  );
}

function isProcessed(value: unknown): value is ProcessedNotification {
  const { provider, account, key } = (value ?? {}) as Record<string, unknown>;
  return isProviderName(provider) && typeof account === 'string' && typeof key === 'string';
}

/** Shortens quoted text: an order may contain anything. */
const brief = (why: string): string => why.replace(/"([^"]{80})[^"]+"/g, (_, start: string) => `"${start}…"`);

function report(
  what: string,
  { created, known, refused }: Imported,
  lineNumbers: readonly number[],
  unread: readonly Bad[],
): Report {
  const refusals = [
    ...unread,
    ...refused.map(({ line, why }) => ({ line: lineNumbers[line] ?? line + 1, why: brief(why) })),
  ].sort((a, b) => a.line - b.line);
  return {
    json: { created, known, refused: refusals },
    lines: [
      `${what}: ${created} new, ${known} already known, ${refusals.length} refused.`,
      ...refusals.map(({ line, why }) => `line ${line}: ${why}`),
      ...(refusals.length > 0
        ? [`Next: correct ${count(refusals.length, 'line')} and repeat; the others are imported.`]
        : []),
    ],
    code: refusals.length > 0 ? EXIT.failed : EXIT.done,
  };
}
