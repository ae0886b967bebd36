/**
 * The recording at the top of README: `npm run recording`. It runs what the picture shows: `npm start`, a notification
 * that is pasted, repeated and altered, and the commands that show it. Every line is real output; long lines are cut,
 * and lines of other accounts are left out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { cut, type Line, type Step, terminalSvg } from './svg.ts';

const root = join(import.meta.dirname, '../..');
const file = join(root, 'docs/images/start.svg');
const MOST_BYTES = 60_000;
/** Limit of each wait; a busy computer needs part of it. */
const MOST_SECONDS = 120;

async function main(): Promise<void> {
  const port = process.argv[2] ?? '8787';
  const shown = (each: string) => each.replaceAll(`:${port}`, ':8787');
  const stack = spawn('npm', ['start', '--silent', '--', '--port', port], {
    cwd: root,
    // A process group, so that Ctrl-C of a terminal reaches npm and its children.
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const banner = await untilReady(stack);
    const curl = banner.find((line) => line.includes('/paymentwall/goods/pingback?'));
    if (curl === undefined) throw new Error('The first screen offers no pingback.');
    const payment = `paymentwall:goods:${/[?&]ref=([^&']+)/.exec(curl)?.[1]}`;
    const payhooks = (...words: string[]) => run('npx', ['payhooks', ...words, '--local', port]);

    const first = await run('bash', ['-c', curl]);
    const list = await untilSaid(() => payhooks('payments', 'show', payment), /fulfil +delivered/);
    const again = await run('bash', ['-c', curl]);
    const altered = curl.replace('gold_membership', 'gold_membershiq');
    const refused = await run('bash', ['-c', altered]);
    const requests = await untilSaid(() => payhooks('requests'), /wrong_signature/);
    const payments = await payhooks('payments', 'list', '--all');
    const facts = list.indexOf('Facts');

    const svg = terminalSvg(
      'Payhooks on one computer, in a terminal',
      'npm start runs the stack. A signed pingback is answered OK: the payment is paid and the shop is told to fulfil once. The same pingback again changes nothing. An altered one is refused with 401.',
      [
        typed('npm start', 1.2),
        { lines: plain(screenOf(banner).map(shown)), seconds: 3.5 },
        typed(shown(curl), 1.2, '# in another terminal: the pingback of the screen above'),
        { lines: good(first), seconds: 1.6 },
        typed(`npx payhooks payments show ${payment}`, 1.2),
        { lines: plain(list.slice(0, facts === -1 ? undefined : facts - 1)), seconds: 4.5 },
        typed(shown(curl), 1, '# the same again'),
        { lines: good(again), seconds: 1.6 },
        typed(shown(altered), 1, '# one letter changed'),
        { lines: bad(refused), seconds: 1.6 },
        typed('npx payhooks requests', 1.2),
        { lines: plain(requests.map(shown)), seconds: 4 },
        typed('npx payhooks payments list --all', 1.2),
        { lines: plain(payments.slice(0, -1)), seconds: 6 },
      ],
    );
    writeFileSync(file, svg);
    const { size } = statSync(file);
    process.stdout.write(`${file} ${size} bytes\n`);
    if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, allowed: ${MOST_BYTES}`);
  } finally {
    if (stack.pid !== undefined && stack.exitCode === null) {
      const ended = once(stack, 'exit');
      process.kill(-stack.pid, 'SIGINT');
      await ended;
    }
  }
}

/** The first screen: the addresses, the first account of each provider, and the pingback to paste. */
function screenOf(banner: readonly string[]): readonly string[] {
  const accounts = banner.indexOf('Accounts');
  const samples = banner.findIndex((line) => line.startsWith('Paste one'));
  const pingback = banner.findIndex((line) => line.startsWith('# paymentwall'));
  return [
    ...banner.slice(0, accounts + 4).filter((line, at) => at > 0 || line !== ''),
    '  …',
    '',
    ...banner.slice(samples, samples + 1),
    '',
    ...banner.slice(pingback, pingback + 2),
    '',
  ];
}

const typed = (command: string, seconds: number, comment?: string): Step => ({
  lines: [
    ...(comment === undefined ? [] : [{ text: comment, style: 'dim' } as const]),
    { text: cut(`$ ${command}`), style: 'prompt' },
  ],
  seconds,
});
const styled = (style: Line['style']) => (lines: readonly string[]) =>
  [...lines, ''].map((line) => ({ text: cut(line), style }));
const good = styled('good');
const bad = styled('bad');
/** Headings of tables and sections; piped output has no colours. */
const HEADING = /^(?:Timeline|Accounts|Paste one.*)$|^[A-Z]+(?: \([A-Z]+\))? {2,}[A-Z]|is ready after/;
const plain = (lines: readonly string[]): readonly Line[] =>
  [...lines, ''].map((line) => ({ text: cut(line), style: HEADING.test(line) ? 'bold' : 'plain' }));

function untilReady({ stdout }: ChildProcess): Promise<readonly string[]> {
  let said = '';
  stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return untilSaid(async () => linesOf(said), /^Ctrl-C stops everything\.$/);
}

async function untilSaid(read: () => Promise<readonly string[]>, what: RegExp): Promise<readonly string[]> {
  for (let second = 0; second < MOST_SECONDS; second++) {
    const lines = await read();
    if (lines.some((line) => what.test(line))) return lines;
    await sleep(1000);
  }
  throw new Error(`Nobody said ${what} within ${MOST_SECONDS} s.`);
}

async function run(command: string, args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  return linesOf(await text(child.stdout));
}

const linesOf = (said: string): readonly string[] => said.trim().split('\n');

await main();
