/** `npm run demo`: every provider's stories against the whole stack; exits 1 if anything is not as it should be. */
import { randomInt } from 'node:crypto';
import { parseArgs, styleText } from 'node:util';
import { accountFor, type Played, play } from './play.ts';
import { demoConfig } from './project.ts';
import { startLocalStack } from './stack.ts';
import { stories } from './stories.ts';

const HELP = `Usage: npm run demo -- [options]

Starts the whole stack on this computer and plays, for each provider, payments with duplicates, a late reversal, an
out-of-order pair, a tampered notification and amounts that only the provider's API knows. Exits 1 if anything is not as it should be.

  --json    one JSON object instead of the table
  --help    this text
`;

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (style: 'bold' | 'dim' | 'red' | 'green', text: string): string =>
  colour ? styleText(style, text, { validateStream: false }) : text;

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row, index) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd();
      return index === 0 ? paint('bold', line) : line;
    })
    .join('\n');
}

function render(played: readonly Played[]): string {
  const rows = played.flatMap(({ story, sent, became, fulfils, revokes, problems }) =>
    sent.map(({ what, answer, ms }, index) => {
      const last = index === sent.length - 1;
      return [
        index === 0 ? story.provider : '',
        index === 0 ? story.title : '',
        what,
        String(answer),
        `${ms} ms`,
        last ? became : '',
        last ? `${fulfils}/${revokes}` : '',
        last ? (problems.length === 0 ? 'as it should be' : 'WRONG') : '',
      ];
    }),
  );
  return table([['provider', 'story', 'sent', 'answer', 'took', 'became', 'fulfil/revoke', ''], ...rows]);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const say = (line: string): void => {
    if (!values.json) process.stderr.write(`${line}\n`);
  };
  say('starting the stack…');
  const stack = await startLocalStack({ config: demoConfig() });
  const stopOn = (): void => {
    void stack.stop().then(() => process.exit(130));
  };
  process.once('SIGINT', stopOn);
  const played: Played[] = [];
  try {
    for (const story of stories(randomInt(10_000_000, 99_999_999))) {
      const account = accountFor(stack.accounts, story);
      if (account === undefined) {
        say(`· no account of ${story.provider} can play "${story.title}"`);
        continue;
      }
      say(`· ${story.provider}: ${story.title}`);
      played.push(await play(stack, account, story));
    }
  } finally {
    await stack.stop();
  }
  const problems = played.flatMap(({ story, problems: found }) =>
    found.map((text) => `${story.provider}: ${text}`),
  );
  if (played.length === 0) problems.push('no story could be played');
  if (values.json) {
    const shown = played.map(({ story: { provider, title, payment }, ...rest }) => ({
      provider,
      title,
      payment,
      ...rest,
    }));
    process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, played: shown, problems })}\n`);
  } else {
    process.stdout.write(`\n${render(played)}\n\n`);
    for (const problem of problems) process.stdout.write(`${paint('red', problem)}\n`);
    if (problems.length === 0)
      process.stdout.write(`${paint('green', 'Everything became what it should.')}\n`);
  }
  return problems.length === 0 ? 0 : 1;
}

process.exit(await main());
