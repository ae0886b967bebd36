/** `npm run demo`: every provider's stories against the whole stack; exits 1 if anything is not as it should be. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Cell, type Line, render, styled, table } from '../../cli/output.ts';
import { demoConfig } from '../project.ts';
import { startLocalStack } from '../stack.ts';
import { accountFor, runStory, type StoryResult } from './run-story.ts';
import { stories } from './stories.ts';

const HELP = `Usage: npm run demo -- [options]

Starts the whole stack on this computer and plays, for each provider, payments with duplicates, a late reversal, an
out-of-order pair, a tampered notification and amounts that only the provider's API knows. Exits 1 if anything is not as it should be.

  --json    one JSON object instead of the table
  --help    this text
`;

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;

function report(results: readonly StoryResult[]): readonly Line[] {
  const rows = results.flatMap(({ story, sent, became, fulfils, revokes, problems }) =>
    sent.map(({ what, answer, ms }, index): Cell[] => {
      const last = index === sent.length - 1;
      return [
        index === 0 ? story.provider : '',
        index === 0 ? story.title : '',
        what,
        String(answer),
        `${ms} ms`,
        last ? became : '',
        last ? `${fulfils}/${revokes}` : '',
        last ? (problems.length === 0 ? styled('as it should be', 'green') : styled('WRONG', 'red')) : '',
      ];
    }),
  );
  return table(['PROVIDER', 'STORY', 'SENT', 'ANSWER', 'TOOK', 'BECAME', 'FULFIL/REVOKE', ''], rows);
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
  const results: StoryResult[] = [];
  try {
    for (const story of stories(randomInt(10_000_000, 99_999_999))) {
      const account = accountFor(stack.accounts, story);
      if (account === undefined) {
        say(`· no account of ${story.provider} can play "${story.title}"`);
        continue;
      }
      say(`· ${story.provider}: ${story.title}`);
      results.push(await runStory(stack, account, story));
    }
  } finally {
    await stack.stop();
  }
  const problems = results.flatMap(({ story, problems: found }) =>
    found.map((text) => `${story.provider}: ${text}`),
  );
  if (results.length === 0) problems.push('no story could be played');
  if (values.json) {
    const shown = results.map(({ story: { provider, title, payment }, ...rest }) => ({
      provider,
      title,
      payment,
      ...rest,
    }));
    process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, results: shown, problems })}\n`);
  } else {
    const verdicts: readonly Line[] =
      problems.length === 0
        ? [[styled('Everything became what it should.', 'green')]]
        : problems.map((problem) => [styled(problem, 'red')]);
    process.stdout.write(`\n${render([...report(results), '', ...verdicts], colour)}`);
  }
  return problems.length === 0 ? 0 : 1;
}

process.exit(await main());
