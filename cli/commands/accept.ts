import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { accept, type Result } from '../accept/accept.ts';
import { hangUp } from '../accept/hang-up.ts';
import { commandObserver, endpointObserver, type Observer } from '../accept/observer.ts';
import { scenarios } from '../accept/scenarios.ts';
import { sender } from '../accept/sender.ts';
import type { Command } from '../command.ts';
import type { Flags } from '../flags.ts';
import { count, state, table } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { signingKeysOf } from '../signing-secret.ts';

const PER_LINE = 6;

function inLines(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += PER_LINE)
    lines.push(`  ${words.slice(at, at + PER_LINE).join(', ')}`);
  return lines;
}

export const acceptCommand: Command = {
  details: [
    'Plays scenarios against the shop: copies, copies at the same moment, lost answers, a revoke before its fulfil,',
    'forged, altered and stale bodies. Every event is marked as a test, of an order "accept-…" of this run. Needs no',
    'stack. The secret is read from stdin, or from the variable that --secret-variable names, never from the line.',
    '',
    'The observer says how often goods went out: GET URL/ORDER (or {order} in it) answers {"given": 1, "taken": 0};',
    'a command gets the order as its last argument and prints the same. Without one only answers are checked.',
    '',
    'Scenarios (docs/accept.md):',
    ...inLines(scenarios.map(({ id }) => id)),
  ],
  options: {
    shop: { type: 'string', value: 'URL', help: 'where your shop takes events' },
    observer: { type: 'string', value: 'URL', help: 'where your shop says how often goods went out' },
    'observer-command': { type: 'string', value: 'COMMAND', help: 'the same as a command' },
    'secret-variable': { type: 'string', value: 'NAME', help: 'environment variable with "whsec_…"' },
    only: { type: 'string', value: 'ID,ID', help: 'these scenarios only' },
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
      only: chosen(flags.text('only')),
    });
    const failed = results.filter(({ passed }) => !passed);
    return {
      json: { shop: url, observed: results.some(({ goods }) => goods !== undefined), results },
      lines: [
        ...table(['', 'SCENARIO', 'RULE'], results.map(rowOf)),
        ...failed.flatMap(({ id, wrong }) => ['', `${id}:`, ...wrong.map((sentence) => `  ${sentence}`)]),
        '',
        failed.length === 0
          ? `${count(results.length, 'scenario')}: all as they should be.`
          : `${failed.length} of ${count(results.length, 'scenario')} failed; docs/accept.md says what each means.`,
        ...(results.every(({ goods }) => goods === undefined)
          ? ['No observer was named: answers were checked, goods were not.']
          : []),
      ],
      code: failed.length === 0 ? EXIT.done : EXIT.failed,
    };
  },
};

const rowOf = ({ id, rule, passed }: Result) => [state(passed ? 'ok' : 'fail'), id, rule];

function shopUrl(url: string | undefined): string {
  if (url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new Problem(
    EXIT.usage,
    url === undefined ? '--shop is missing.' : `--shop: found "${url}"; allowed: an http or https URL.`,
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
      ? 'The secret is missing: nothing came in on standard input.'
      : `--secret-variable: the variable ${variable} is not set or empty.`;
  throw new Problem(EXIT.usage, message, HOW_TO_SAY_IT);
}

function observerOf(flags: Flags, send: typeof fetch): Observer | undefined {
  const [url, command] = [flags.text('observer'), flags.text('observer-command')];
  if (url !== undefined && command !== undefined) {
    throw new Problem(EXIT.usage, '--observer and --observer-command exclude each other.');
  }
  if (command !== undefined) return commandObserver(command);
  return url === undefined ? undefined : endpointObserver(url, send);
}

function chosen(only: string | undefined): readonly string[] | undefined {
  const ids = only?.split(',').map((id) => id.trim());
  const unknown = ids?.find((id) => !scenarios.some((scenario) => scenario.id === id));
  if (unknown === undefined) return ids;
  const known = scenarios.map(({ id }) => id).join(', ');
  throw new Problem(EXIT.usage, `--only: "${unknown}" is no scenario; allowed: ${known}.`);
}
