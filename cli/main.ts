/** `npx payhooks …`: bin/payhooks.mjs starts this under the project's own Node. */

import { text } from 'node:stream/consumers';
import { credentialsFolder } from '../local/folders.ts';
import { defined } from '../shared/payment/defined.ts';
import { type Globals, type HelpTexts, parseCommandLine } from './arguments.ts';
import type { World } from './command.ts';
import { commands } from './commands/index.ts';
import { type Report, render } from './output.ts';
import { EXIT, type ExitCode, problemOf } from './problem.ts';
import { userName } from './user-name.ts';

/** Rendered from the commands (npm run docs); a test checks that it is current. */
const helpTexts = async (): Promise<HelpTexts> =>
  (await import('./help.json', { with: { type: 'json' } })).default as HelpTexts;

/** Input and output of the command line; tests use their own. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly colour: boolean;
  stdin(): Promise<string>;
  /** Standard input piece by piece; without it `stdin` is read as a whole. */
  input?(): AsyncIterable<string>;
  /** The folder in which a running `npm start` is announced. */
  readonly runningFolder: string;
  /** Aborts on Ctrl-C, from the first call on; without it a command that runs until it is ended never ends. */
  stopping?(): AbortSignal;
}

/** Runs one command; never throws. */
export async function main(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let json = words.includes('--json');
  let invocation: Invocation = { stack: undefined, config: undefined, local: undefined };
  try {
    const parsed = await parseCommandLine(words, commands, helpTexts);
    if (parsed.kind === 'help') {
      terminal.out(parsed.text);
      return EXIT.done;
    }
    invocation = { ...parsed.globals, command: parsed.name };
    json = parsed.globals.json;
    const met = connectionsOf(parsed.globals, terminal);
    const world = worldOf(parsed.globals, terminal, met.connect);
    const report = await parsed.command.run({ args: parsed.args, flags: parsed.flags, world });
    const lines = typeable(report.lines, parsed.globals);
    const stack = met.label();
    if (json) {
      if (report.json !== undefined)
        terminal.out(`${JSON.stringify(ofStack(report.json, stack), null, 2)}\n`);
    } else {
      const said = render(lines, terminal.colour);
      terminal.out(said);
      // On stderr, because the answer may be piped into another program.
      if (stack?.startsWith('local ') === true && !said.includes(stack)) terminal.err(`Stack: ${stack}\n`);
    }
    return report.code ?? EXIT.done;
  } catch (error) {
    return explain(error, json, terminal, invocation);
  }
}

const FAMILIES = [...new Set(commands.map(({ name }) => name.split(' ')[0]))].join('|');
const HINT = new RegExp(`(?<!npx )\\bpayhooks (?=(?:${FAMILIES})\\b)`, 'g');

/**
 * Proposed commands get this stack's options, so that they can be typed as printed. Table cells are data and stay
 * unchanged.
 */
type Where = Pick<Globals, 'stack' | 'config'> & Partial<Pick<Globals, 'local'>>;

export const typeable = (lines: Report['lines'], { stack, config, local }: Where) => {
  const same = [
    ...(stack === undefined ? [] : ['--stack', stack]),
    ...(local === undefined ? [] : ['--local', local]),
    ...(config ? ['--config', config] : []),
  ];
  return lines.map((line) => {
    if (typeof line !== 'string') return line;
    return line.replace(HINT, ['npx payhooks', ...(line.includes(' --stack ') ? [] : same), ''].join(' '));
  });
};

/** Adds the stack to a JSON answer, as its member `stack`. */
function ofStack(json: unknown, stack: string | undefined): unknown {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return stack === undefined || !isObject || 'stack' in json ? json : { stack, ...json };
}

/** Makes a connection once, and remembers it. */
function connectionsOf(globals: Globals, terminal: Terminal) {
  let label: string | undefined;
  const connect: World['connect'] = async () => {
    const { connect: connectTo } = await import('./connect.ts');
    const connection = await connectTo({ ...globals, runningFolder: terminal.runningFolder });
    if (connection.warning !== undefined && !globals.json) terminal.err(`${connection.warning}\n`);
    label = connection.label;
    return connection;
  };
  return { connect, label: () => label };
}

function worldOf(globals: Globals, terminal: Terminal, connect: World['connect']): World {
  return {
    connect,
    now: () => Date.now(),
    stdin: () => terminal.stdin(),
    input: () => terminal.input?.() ?? whole(() => terminal.stdin()),
    user: userName(),
    fetch: globalThis.fetch,
    // With --json, stderr contains only the error.
    notice: (line) => (globals.json ? undefined : terminal.err(`${line}\n`)),
    print: ({ json, lines }) =>
      terminal.out(
        globals.json ? `${JSON.stringify(json)}\n` : render(typeable(lines, globals), terminal.colour),
      ),
    stopping: () => terminal.stopping?.() ?? new AbortController().signal,
  };
}

async function* whole(read: () => Promise<string>): AsyncGenerator<string> {
  yield await read();
}

/** The command whose help lists what is allowed; undefined when no command was recognized. */
interface Invocation extends Where {
  readonly command?: string;
}

function explain(error: unknown, json: boolean, { err, colour }: Terminal, invocation: Invocation): ExitCode {
  const problem = problemOf(error);
  if (problem === undefined) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    err(
      json
        ? `${JSON.stringify({ error: message, stack, code: EXIT.failed })}\n`
        : `${stack ?? message}\nNext: This is an error in Payhooks, not in the command that you typed. Report it.\n`,
    );
    return EXIT.failed;
  }
  const { message, code, next = helpFor(problem.code, invocation) } = problem;
  if (json) err(`${JSON.stringify({ error: message, ...defined({ next }), code })}\n`);
  else {
    const lines: Report['lines'] = [
      ...message.split('\n').map((text) => [{ text, style: 'red' } as const]),
      ...(next === undefined ? [] : [`Next: ${next}`]),
    ];
    err(render(typeable(lines, invocation), colour));
  }
  return code;
}

const helpFor = (code: ExitCode, { command }: Invocation): string | undefined =>
  code === EXIT.usage && command !== undefined ? `Try: payhooks ${command} --help` : undefined;

/** One Ctrl-C may arrive twice: from the terminal, and passed on by the parent process. */
const SAME_SIGNAL_MS = 1_000;

const PARENT_EVERY_MS = 500;

/** npx passes no signal on: when it is ended alone, the command should end too. */
function whenParentIsGone(stop: () => void): void {
  const { ppid } = process;
  const looking = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(looking);
    stop();
  }, PARENT_EVERY_MS).unref();
}

/** The first Ctrl-C asks the command to end, a later one ends the process. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  let firstSignalAt = 0;
  const stop = () => {
    if (controller.signal.aborted && performance.now() - firstSignalAt > SAME_SIGNAL_MS) process.exit(130);
    firstSignalAt ||= performance.now();
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // The parent process has ended (bin/payhooks.mjs).
  process.once('disconnect', stop);
  process.channel?.unref();
  if (process.env.npm_command !== undefined) whenParentIsGone(stop);
  return controller.signal;
}

/** Runs `npx payhooks` on this process's terminal. */
export async function mainOfProcess(): Promise<void> {
  // The reader may have ended (`payhooks payments list | head`).
  process.stdout.on('error', () => process.exit(EXIT.done));
  process.exitCode = await main(process.argv.slice(2), {
    out: (piece) => process.stdout.write(piece),
    err: (piece) => process.stderr.write(piece),
    colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
    stdin: () => {
      // Without this line, a command that waits for its input would seem to hang.
      if (process.stdin.isTTY) process.stderr.write('Reading standard input; Ctrl-D ends it.\n');
      return text(process.stdin);
    },
    input: () => process.stdin.setEncoding('utf8'),
    runningFolder: credentialsFolder,
    stopping: interrupted,
  });
}

if (import.meta.main) await mainOfProcess();
