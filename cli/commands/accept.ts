import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { accept, type Result } from '../accept/accept.ts';
import { commandObserver, endpointObserver, type Observer } from '../accept/observer.ts';
import { scenarios } from '../accept/scenarios.ts';
import { sender } from '../accept/sender.ts';
import type { Command } from '../command.ts';
import type { Flags } from '../flags.ts';
import { hangUp } from '../hang-up.ts';
import { textOption } from '../options.ts';
import { count, state, table } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { signingKeysOf } from '../signing-secret.ts';

const IDS = scenarios.map(({ id }) => id);
const PER_LINE = 6;

function inLines(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += PER_LINE)
    lines.push(`  ${words.slice(at, at + PER_LINE).join(', ')}`);
  return lines;
}

export const acceptCommand: Command = {
  details: [
    'Sends scenarios to the shop: copies, copies at the same time, lost answers, a revoke before its fulfil,',
    'forged, altered and old events. Each event is a test event of an order "accept-…" of this run. Needs no stack.',
    'The secret is read from standard input, or from the variable that --secret-variable names.',
    '',
    'The observer reports how often goods were given: GET URL/ORDER (or {order} in URL) answers {"given": 1, "taken": 0};',
    'a command gets the order as its last argument and prints the same. Without an observer only answers are checked.',
    '',
    'Scenarios (docs/accept.md):',
    ...inLines(IDS),
  ],
  options: {
    shop: textOption('URL', 'where your shop receives events'),
    observer: textOption('URL', 'where your shop reports how often goods were given'),
    'observer-command': textOption('COMMAND', 'a command that reports the same'),
    'secret-variable': textOption('NAME', 'environment variable with "whsec_…"'),
    only: textOption('ID,ID', 'only these scenarios'),
  },
  run: async ({ flags, world }) => {
    const url = shopUrl(flags.text('shop'));
    const secret = await secretOf(flags, () => world.stdin());
    const results = await accept({
      sender: sender({
        url,
        keys: signingKeysOf(secret, HOW_TO_SAY_IT),
        forgedKeys: [randomBytes(32)],
        now: world.now,
        fetch: world.fetch,
        hangUp,
        sleep,
      }),
      observer: observerOf(flags, world.fetch),
      run: randomBytes(4).toString('hex'),
      now: world.now,
      notice: world.notice,
      only: flags.names('only', IDS),
    });
    const failed = results.filter(({ passed }) => !passed);
    return {
      json: { shop: url, observed: results.some(({ goods }) => goods !== undefined), results },
      lines: [
        ...table(['', 'SCENARIO', 'RULE'], results.map(rowOf)),
        ...failed.flatMap(({ id, wrong }) => ['', `${id}:`, ...wrong.map((sentence) => `  ${sentence}`)]),
        '',
        failed.length === 0
          ? `${count(results.length, 'scenario')}: all passed.`
          : `${failed.length} of ${count(results.length, 'scenario')} failed; docs/accept.md explains each.`,
        ...(results.every(({ goods }) => goods === undefined)
          ? ['Without an observer, only answers were checked, not the goods.']
          : []),
      ],
      code: failed.length === 0 ? EXIT.done : EXIT.failed,
    };
  },
};

const rowOf = ({ id, rule, passed }: Result) => [state(passed ? 'ok' : 'fail'), id, rule];

function shopUrl(url: string | undefined): string {
  if (url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw Problem.usage(
    url === undefined ? '--shop is missing.' : `--shop "${url}": allowed is an http or https URL.`,
    'For example: payhooks accept --shop http://localhost:3000/hooks --observer http://localhost:3000/orders',
  );
}

const HOW_TO_SAY_IT =
  'For example: printf %s "$WEBHOOK_SECRET" | payhooks accept --shop URL. payhooks listen prints the secret.';

async function secretOf(flags: Flags, stdin: () => Promise<string>): Promise<string> {
  const variable = flags.text('secret-variable');
  const value = variable === undefined ? (await stdin()).trim() : (process.env[variable] ?? '');
  if (value !== '') return value;
  const message =
    variable === undefined
      ? 'The secret is missing: standard input is empty.'
      : `--secret-variable: ${variable} is not set, or empty.`;
  throw Problem.usage(message, HOW_TO_SAY_IT);
}

function observerOf(flags: Flags, send: typeof fetch): Observer | undefined {
  const [url, command] = [flags.text('observer'), flags.text('observer-command')];
  if (url !== undefined && command !== undefined) {
    throw Problem.usage('--observer and --observer-command cannot be used together. Name one.');
  }
  if (command !== undefined) return commandObserver(command);
  return url === undefined ? undefined : endpointObserver(url, send);
}
