import type { HelpTexts } from '../arguments.ts';
import type { Command } from '../command.ts';
import { completionOf, type Described, SHELLS } from '../completion.ts';
import { Problem } from '../problem.ts';

export const completionCommand: Command = {
  details: [
    'Prints a script that completes commands and options of `payhooks`. If you type `npx payhooks`, add also:',
    '  alias payhooks="npx payhooks"',
    '  bash  source <(npx payhooks completion bash)          in ~/.bashrc',
    '  zsh   source <(npx payhooks completion zsh)           in ~/.zshrc, after compinit',
    '  fish  npx payhooks completion fish | source           in ~/.config/fish/config.fish',
  ],
  run: async ({ args: [wanted = ''] }) => {
    const shell = SHELLS.find((name) => name === wanted);
    if (shell === undefined) {
      throw Problem.usage(`The shell "${wanted}" is not known.`, `Known: ${SHELLS.join(', ')}.`);
    }
    // The texts are rendered from all commands: loading the commands would delay the start of every shell by a second.
    const { default: texts } = await import('../help.json', { with: { type: 'json' } });
    const described = Object.entries(texts as HelpTexts).map(
      ([name, { options = {} }]): Described => ({ name, options: Object.keys(options) }),
    );
    const script = completionOf(shell, described);
    return { json: { shell, script }, lines: script.split('\n') };
  },
};
