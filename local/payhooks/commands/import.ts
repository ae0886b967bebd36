import { readFileSync } from 'node:fs';
import { isProviderName } from '../../../shared/aws/config.ts';
import {
  type Imported,
  importOrders,
  importProcessed,
  type ProcessedNotification,
} from '../../../shared/aws/import.ts';
import { sqsQueue } from '../../../shared/aws/queue.ts';
import { jitteredPause } from '../../../shared/aws/transact.ts';
import type { Command, World } from '../command.ts';
import { count, type Report } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';

export const importCommand: Command = {
  name: 'import',
  args: 'orders|processed FILE',
  arity: [2, 2],
  summary: 'cut-over: orders that another system knows, and notifications that it has processed',
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
    const values = items.map(({ value }) => value);
    const imported =
      what === 'orders'
        ? await importOrders(values, deps)
        : await importProcessed(items.map(processedOf), deps);
    return report(
      what,
      imported,
      items.map(({ line }) => line),
    );
  },
};

interface Item {
  /** From 1. */
  readonly line: number;
  readonly value: unknown;
}

async function textOf(file: string, world: World): Promise<string> {
  if (file === '-') return world.stdin();
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Problem(EXIT.notFound, `${file} can't be read.`, 'Name a file with one JSON object per line.');
  }
}

/** Everything is read before anything is written. @throws Problem naming the line */
function linesOf(text: string, file: string): readonly Item[] {
  const items: Item[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw.trim() === '') continue;
    try {
      items.push({ line: index + 1, value: JSON.parse(raw) });
    } catch {
      throw new Problem(EXIT.failed, `${file}, line ${index + 1} is not JSON; nothing was imported.`);
    }
  }
  return items;
}

function processedOf({ line, value }: Item): ProcessedNotification {
  const { provider, account, key } = (value ?? {}) as Record<string, unknown>;
  if (isProviderName(provider) && typeof account === 'string' && typeof key === 'string') {
    return { provider, account, key };
  }
  throw new Problem(EXIT.failed, `Line ${line} is not {"provider", "account", "key"}; nothing was imported.`);
}

function report(what: string, { created, known, refused }: Imported, lineNumbers: readonly number[]): Report {
  const refusals = refused.map(({ line, why }) => ({ line: lineNumbers[line] ?? line + 1, why }));
  return {
    json: { created, known, refused: refusals },
    lines: [
      `${what}: ${created} new, ${known} known before, ${refused.length} refused.`,
      ...refusals.map(({ line, why }) => `line ${line}: ${why}`),
      ...(refusals.length > 0
        ? [`Next: correct ${count(refusals.length, 'line')} and repeat; the others are known.`]
        : []),
    ],
    code: refusals.length > 0 ? EXIT.failed : EXIT.done,
  };
}
