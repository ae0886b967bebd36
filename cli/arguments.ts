/** Parses words into a command, its arguments and options; makes the help from the same tables. */

import { parseArgs } from 'node:util';
import { suggestion } from '../infra/suggestion.ts';
import type { Command, ListedCommand, Option } from './command.ts';
import { Flags, type Values } from './flags.ts';
import { arityOf, switchOption, textOption } from './options.ts';
import { Problem } from './problem.ts';
import { shortened } from './shortened.ts';
import { VERSION } from './version.ts';

/** Options of every command. */
export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  stack: textOption(
    'NAME',
    'a deployed stack (PayhooksSandbox, payhooks-live…); default: the running npm start',
  ),
  config: textOption('FILE', 'configuration of the deployed stack; default: the context of cdk.json'),
  local: textOption('PORT', 'the port of one npm start, when several are running'),
  json: switchOption('print JSON instead of text; with --help: every command as data'),
  help: switchOption('print this text'),
};

const VERSION_LINE = `payhooks ${VERSION}, Node ${process.versions.node}\n`;

export interface Globals {
  readonly stack: string | undefined;
  readonly config: string | undefined;
  readonly local: string | undefined;
  readonly json: boolean;
}

export type Parsed =
  | { readonly kind: 'help'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly name: string;
      readonly command: Command;
      readonly args: readonly string[];
      readonly flags: Flags;
      readonly globals: Globals;
    };

/** What the help of a command prints in addition to its line in the overview; the command itself has the same texts. */
export type HelpTexts = Readonly<Record<string, Pick<Command, 'details' | 'options'>>>;

/**
 * @param helpTexts by command name; with them, help does not load what the command itself needs
 * @throws Problem when the words are not valid
 */
export async function parseCommandLine(
  words: readonly string[],
  commands: readonly ListedCommand[],
  helpTexts: () => Promise<HelpTexts> = async () => ({}),
): Promise<Parsed> {
  // `help holds list` means `holds list --help`.
  if (words[0] === 'help' && words.length > 1)
    return parseCommandLine([...words.slice(1), '--help'], commands, helpTexts);
  const found = commandOf(words, commands);
  if (found === undefined) {
    const json = words.includes('--json');
    if (words.some((word) => word === '--version' || word === '-v'))
      return { kind: 'help', text: VERSION_LINE };
    const typed = words.find((word) => !word.startsWith('-'));
    const wantsHelp = words.some((word) => word === '--help' || word === '-h') || typed === 'help';
    const family = commands.filter(({ name }) => name.split(' ')[0] === typed);
    if (family.length > 0 && (wantsHelp || words.length === 1))
      return { kind: 'help', text: json ? await helpInJson(family) : overview(family) };
    if (wantsHelp || words.length === 0)
      return { kind: 'help', text: json ? await helpInJson(commands) : overview(commands) };
    throw unknownCommand(words, typed, commands);
  }
  const { listed, rest } = found;
  if (!rest.includes('--json') && rest.some((word) => word === '--help' || word === '-h')) {
    const text = (await helpTexts())[listed.name];
    if (text !== undefined) return { kind: 'help', text: helpOf(listed, text) };
  }
  const command = await listed.load();
  const { values, positionals } = parsed(rest, listed, command);
  if (values.help === true) {
    const text = values.json === true ? await helpInJson([listed]) : helpOf(listed, command);
    return { kind: 'help', text };
  }
  const [min, max] = command.arity ?? arityOf(listed.args);
  if (positionals.length < min || positionals.length > max) {
    const amount = positionals.length < min ? 'Too few' : 'Too many';
    throw Problem.usage(`${amount} arguments.`, `Usage: payhooks ${usageOf(listed)}`);
  }
  assertFilled(values, listed);
  const flags = new Flags(values);
  const globals = {
    ...{ stack: flags.text('stack'), config: flags.text('config'), local: flags.text('local') },
    json: flags.is('json'),
  };
  if (globals.local !== undefined && globals.stack !== undefined) {
    const message = '--local names a running npm start and --stack a deployed stack. Name only one.';
    throw Problem.usage(message, `Try: payhooks ${listed.name} --help`);
  }
  if (globals.config !== undefined && globals.stack === undefined) {
    const message = '--config belongs to a deployed stack, but --stack is missing.';
    throw Problem.usage(
      message,
      'Add --stack NAME, or leave --config out: the running npm start has its own configuration.',
    );
  }
  return { kind: 'run', name: listed.name, command, args: positionals, flags, globals };
}

/** The command's words come first; only global options may stand before them. */
function commandOf(words: readonly string[], commands: readonly ListedCommand[]) {
  const start = words.findIndex((word, index) => !word.startsWith('-') && !isValue(words, index));
  if (start < 0) return undefined;
  const before = words.slice(0, start);
  for (const length of [2, 1]) {
    const name = words.slice(start, start + length).join(' ');
    const listed = commands.find((candidate) => candidate.name === name);
    if (listed !== undefined) return { listed, rest: [...before, ...words.slice(start + length)] };
  }
  return undefined;
}

const isValue = (words: readonly string[], index: number): boolean => {
  const option = words[index - 1] ?? '';
  return option.startsWith('--') && GLOBAL_OPTIONS[option.slice(2)]?.type === 'string';
};

function parsed(words: readonly string[], { name }: ListedCommand, command: Command) {
  const all = { ...GLOBAL_OPTIONS, ...command.options };
  const options = Object.fromEntries(
    Object.entries(all).map(([option, { type }]) => [
      option,
      option === 'help' ? { type, short: 'h' } : { type },
    ]),
  );
  try {
    return parseArgs({ args: [...words], strict: true, allowPositionals: true, options });
  } catch (error) {
    // The message quotes the words, which may contain anything; after its first sentence it is about Node's own flags.
    const said = (error instanceof Error ? error.message : String(error)).split('. ')[0] ?? '';
    const option = /^Unknown option '--([^'=]+)/.exec(said)?.[1];
    const near = option === undefined ? undefined : suggestion(option, Object.keys(all));
    const meant = near === undefined ? '' : `Did you mean --${near}? `;
    throw Problem.usage(
      `${shortened(said.replace(/\p{Cc}+/gu, ' '), 160)}.`,
      `${meant}Try: payhooks ${name} --help`,
    );
  }
}

/**
 * Refuses the empty value of an unset shell variable: `erase --end-user ""` would find every message with an empty
 * field.
 */
function assertFilled(values: Values, { name }: ListedCommand): void {
  const empty = Object.keys(values).find((name) => values[name] === '');
  if (empty !== undefined) throw Problem.usage(`--${empty} is empty.`, `Try: payhooks ${name} --help`);
}

function unknownCommand(
  words: readonly string[],
  typed: string | undefined,
  commands: readonly ListedCommand[],
): Problem {
  const family = commands.filter(({ name }) => name.split(' ')[0] === typed);
  const given = words
    .filter((word) => !word.startsWith('-'))
    .slice(0, 2)
    .join(' ');
  const known = family.length === 0 ? '' : `Known: ${family.map(({ name }) => name).join(', ')}. `;
  const shown = shortened(given.replace(/\p{Cc}+/gu, ' '));
  const near = suggestion(
    given,
    commands.map(({ name }) => name),
  );
  const meant = near === undefined ? '' : `Did you mean "${near}"? `;
  return Problem.usage(`There is no command "${shown}".`, `${meant}${known}Try: payhooks --help`);
}

const usageOf = ({ name, args }: ListedCommand): string =>
  [name, ...(args === undefined ? [] : [args])].join(' ');

/** The help for programs. It loads every command, so its module is loaded only on request. */
const helpInJson = async (commands: readonly ListedCommand[]): Promise<string> =>
  (await import('./help-json.ts')).helpInJson(commands, GLOBAL_OPTIONS);

function optionLines(options: Readonly<Record<string, Option>>): string[] {
  const entries = Object.entries(options).map(
    ([name, { value, help }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, help] as const,
  );
  const width = Math.max(...entries.map(([left]) => left.length));
  return entries.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`);
}

function overview(commands: readonly ListedCommand[]): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length));
  return [
    'Operates Payhooks: the stack that `npm start` runs on this computer, or a deployed one (--stack NAME).',
    '',
    'Usage: payhooks COMMAND [options]',
    '',
    ...commands.map((command) => `  ${usageOf(command).padEnd(width)}  ${command.summary}`),
    '',
    'For every command:',
    ...optionLines(GLOBAL_OPTIONS),
    '  --version       print the version (without a command)',
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused (nothing done), 5 no stack reached.',
    '',
  ].join('\n');
}

function helpOf(
  listed: ListedCommand,
  { details = [], options = {} }: Pick<Command, 'details' | 'options'>,
): string {
  const own = Object.keys(options).length === 0 ? [] : ['', 'Options:', ...optionLines(options)];
  return [
    `Usage: payhooks ${usageOf(listed)} [options]`,
    '',
    listed.summary,
    ...(details.length === 0 ? [] : ['', ...details]),
    ...own,
    '',
    'For every command:',
    ...optionLines(GLOBAL_OPTIONS),
    '',
  ].join('\n');
}
