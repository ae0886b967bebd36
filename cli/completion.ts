/** Shell completion scripts for `payhooks`. They contain the present commands as text, and call nothing. */
import { GLOBAL_OPTIONS } from './arguments.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export interface Described {
  /** "holds release" */
  readonly name: string;
  readonly options: readonly string[];
}

/** Lines of a script for that shell. */
export function completionOf(shell: Shell, commands: readonly Described[]): string {
  if (shell === 'fish') return fish(commands);
  const lines = bash(commands);
  // zsh runs bash completions once this line has been executed.
  return shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit', lines].join('\n') : lines;
}

const optionsOf = ({ options }: Described): string[] =>
  [...options, ...Object.keys(GLOBAL_OPTIONS)].map((option) => `--${option}`);

/** First word → the words that may follow it; empty for a command of one word. */
function families(commands: readonly Described[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ');
    found.set(first, [...(found.get(first) ?? []), ...(second === undefined ? [] : [second])]);
  }
  return found;
}

function bash(commands: readonly Described[]): string {
  const groups = families(commands);
  const seconds = [...groups].filter(([, words]) => words.length > 0);
  return [
    '_payhooks() {',
    `  local typed="\${COMP_WORDS[*]:1:COMP_CWORD-1}" now="\${COMP_WORDS[COMP_CWORD]}" words=""`,
    '  case "$typed" in',
    `    "") words="${[...groups.keys(), 'help'].join(' ')}" ;;`,
    ...seconds.map(([first, words]) => `    "${first}") words="${words.join(' ')}" ;;`),
    ...commands.map((each) => `    "${each.name}"|"${each.name} "*) words="${optionsOf(each).join(' ')}" ;;`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$now"))',
    '}',
    'complete -o default -F _payhooks payhooks',
  ].join('\n');
}

function fish(commands: readonly Described[]): string {
  const groups = families(commands);
  const line = (condition: string, words: readonly string[]) =>
    `complete -c payhooks -n '${condition}' -a '${words.join(' ')}'`;
  return [
    'complete -c payhooks -f',
    line('__fish_use_subcommand', [...groups.keys(), 'help']),
    ...[...groups]
      .filter(([, words]) => words.length > 0)
      .map(([first, words]) =>
        line(`string match -q "payhooks ${first}" (string join " " (commandline -opc))`, words),
      ),
    ...commands.map((each) =>
      line(`string match -q "payhooks ${each.name}*" (string join " " (commandline -opc))`, optionsOf(each)),
    ),
  ].join('\n');
}
