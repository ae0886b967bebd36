/** `npm run demo`: runs every provider's stories against the whole stack; exits 1 if a result is not as expected. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Cell, type Line, render, styled, table } from '../../cli/output.ts';
import { EXIT, Problem, problemOf } from '../../cli/problem.ts';
import { credentialsFolder } from '../folders.ts';
import { demoConfig } from '../project.ts';
import { type LocalStack, startLocalStack } from '../stack.ts';
import { accountFor, runStory, type Stage, type StoryResult } from './run-story.ts';
import { stories } from './stories.ts';

const HELP = `Usage: npm run demo -- [options]

Starts the whole stack on this computer and plays, for each provider, payments with duplicates, a late reversal, an
out-of-order pair, a tampered notification and amounts that only the provider's API knows. Exits 1 if anything is not as it should be.

  --against URL   plays against a running npm start (http://127.0.0.1:8787) instead, but for amounts that are polled
  --json          one JSON object instead of the table
  --help          this text
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

/** The stack that stories run against. */
type RunningStage = Stage & Pick<LocalStack, 'accounts' | 'stop'>;

async function started(say: (line: string) => void): Promise<RunningStage> {
  say('starting the stack…');
  const starting = startLocalStack({ config: demoConfig() });
  // Handles every signal that ends this process, even while the stack starts.
  const stopOn = (): void => {
    void starting
      .then((stack) => stack.stop())
      .catch(() => {})
      .then(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopOn);
  // A signal to npm ends the shell between npm and this process, and does not reach this process.
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && stopOn(), 500).unref();
  return starting;
}

/** The stack of another process, which keeps running. @throws Problem */
async function runningAt(url: string): Promise<RunningStage> {
  const { against } = await import('./against.ts');
  return { ...(await against(url, credentialsFolder)), stop: async () => {} };
}

/** @throws Problem */
function argumentsOf(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: { against: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    const said = (error instanceof Error ? error.message : String(error)).split('. ')[0] ?? '';
    throw new Problem(EXIT.usage, `${said}.`, 'Try: npm run demo -- --help');
  }
}

async function main(): Promise<number> {
  const values = argumentsOf(process.argv.slice(2));
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const say = (line: string): void => {
    if (!values.json) process.stderr.write(`${line}\n`);
  };
  const stage = values.against === undefined ? await started(say) : await runningAt(values.against);
  const results: StoryResult[] = [];
  try {
    for (const story of stories(randomInt(10_000_000, 99_999_999))) {
      const account = accountFor(stage.accounts, story);
      if (account === undefined || (story.poll !== undefined && stage.providers === undefined)) {
        say(`· "${story.title}" of ${story.provider} cannot be run there`);
        continue;
      }
      say(`· ${story.provider}: ${story.title}`);
      results.push(await runStory(stage, account, story));
    }
  } finally {
    await stage.stop();
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
    process.stdout.write(
      `${JSON.stringify({ ok: problems.length === 0, stack: stage.baseUrl, results: shown, problems })}\n`,
    );
  } else {
    const verdicts: readonly Line[] =
      problems.length === 0
        ? [[styled('Everything became what it should.', 'green')]]
        : problems.map((problem) => [styled(problem, 'red')]);
    process.stdout.write(
      `\n${render([...report(results), '', `Stack: ${stage.baseUrl}`, ...verdicts], colour)}`,
    );
  }
  return problems.length === 0 ? 0 : 1;
}

/** Prints one sentence for an error that a person can fix. */
async function ended(): Promise<number> {
  try {
    return await main();
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    const { message, code, next = 'Try: npm run demo -- --help' } = problem;
    process.stderr.write(
      process.argv.includes('--json')
        ? `${JSON.stringify({ error: message, next, code })}\n`
        : `${message}\nNext: ${next}\n`,
    );
    return code;
  }
}

process.exit(await ended());
