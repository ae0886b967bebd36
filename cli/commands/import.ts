import {
  type Imported,
  importOrders,
  importProcessed,
  type ProcessedNotification,
} from '../../shared/app/operator/import.ts';
import { jitteredPause } from '../../shared/app/table/attempts.ts';
import { sqsQueue } from '../../shared/aws/sqs-queue.ts';
import { isProviderName } from '../../shared/providers/index.ts';
import type { Command, World } from '../command.ts';
import { textOfFile } from '../named-file.ts';
import { count, type Report } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { shortened } from '../shortened.ts';

export const importCommand: Command = {
  arity: [2, 2],
  details: [
    'FILE has one JSON object per line; - reads standard input. Repeating an import is harmless.',
    'orders:     as POST /checkout/orders takes them; "fulfilled": "external" for those already fulfilled.',
    'processed:  {"provider", "account", "key"}: the notification’s own id, so that a late retry is absorbed',
    '            (Trustly Americas eventId, Trustly Europe notificationid, Paymentwall "<ref>/<type>").',
  ],
  run: async ({ args: [what = '', file = ''], world }) => {
    if (what !== 'orders' && what !== 'processed') {
      throw new Problem(EXIT.usage, `"${what}" can't be imported.`, 'Allowed: orders, processed.');
    }
    const items = linesOf(await textOf(file, world), file);
    const connection = await world.connect();
    const deps = {
      store: connection.store,
      notifications: sqsQueue(connection.clients.sqs, await connection.queueUrl('notifications')),
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
        : await importProcessed(values.filter(isProcessed), deps);
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

async function textOf(file: string, world: World): Promise<string> {
  if (file === '-') return world.stdin();
  return textOfFile(file, 'Name a file with one JSON object per line.');
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
  const name = file === '-' ? 'Standard input' : file;
  throw new Problem(EXIT.failed, `${name} is empty; nothing was imported.`, 'One JSON object per line.');
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
      `${what}: ${created} new, ${known} known before, ${refusals.length} refused.`,
      ...refusals.map(({ line, why }) => `line ${line}: ${why}`),
      ...(refusals.length > 0
        ? [`Next: correct ${count(refusals.length, 'line')} and repeat; the others are known.`]
        : []),
    ],
    code: refusals.length > 0 ? EXIT.failed : EXIT.done,
  };
}
