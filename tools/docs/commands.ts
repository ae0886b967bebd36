/** Every command of `payhooks` with its options, what it changes and its AWS actions. */
import type { HelpTexts } from '../../cli/arguments.ts';
import { changes } from '../../cli/calls.ts';
import { commands } from '../../cli/commands/index.ts';
import { type DescribedCommand, describeCommand } from '../../cli/help-json.ts';
import { defined } from '../../shared/payment/defined.ts';
import { code, page, rendered, table } from './markdown.ts';

const BESIDE =
  'For a policy of your own. Beside these, everything on the table and the secrets needs `kms:Decrypt` (and `kms:GenerateDataKey` to write) on the two keys of the stack; a stack that is named by its CloudFormation name needs `cloudformation:DescribeStacks`, a queue `sqs:GetQueueUrl`. `payments show` and `erase` of Trustly Americas use the vault table and its key where they are there. A test runs the commands against the local stack and compares what they call.';

const READ =
  '**read**: the command changes nothing that stays. **write**: it changes a row, a secret, a message or a setting, or it sends something. Reading a queue hides its messages for half a minute; they come back by themselves. The same facts for programs: `npx payhooks --help --json`.';

const accessOf = ({ access, readsOnly }: DescribedCommand): string =>
  readsOnly === undefined ? access : `${access}; ${readsOnly}: read`;

/** An action that changes something is bold: `sqs:SendMessage`. */
const shown = (action: string): string => (changes(action) ? `**${code(action)}**` : code(action));

function callsText({ calls: { actions, sometimes = {} } }: DescribedCommand): string {
  const extra = Object.entries(sometimes).map(([when, more]) => `${when}: ${more.map(shown).join(', ')}`);
  return [actions.map(shown).join(', '), ...extra].filter(Boolean).join('; ') || 'none';
}

function section(command: DescribedCommand): string {
  const { name, usage, summary, options } = command;
  const lines = options.map(({ name: option, value, help }) => [
    code(`--${option}${value === undefined ? '' : ` ${value}`}`),
    help,
  ]);
  const parts = [`### ${name}`, `${code(`npx ${usage}`)}: ${summary}.`];
  return [...parts, ...(lines.length === 0 ? [] : [table(['option', 'meaning'], lines)])].join('\n\n');
}

export async function commandsPage(): Promise<string> {
  const all = await Promise.all(commands.map(describeCommand));
  const rows = all.map((command) => [code(command.name), accessOf(command), callsText(command)]);
  return page(
    '# Commands',
    rendered('`cli/commands` and `cli/calls.ts`'),
    'Every command, its options and what it calls. How to use them, with examples: [the command line](../command-line.md).',
    READ,
    BESIDE,
    table(['command', 'access', 'AWS actions (what changes something is bold)'], rows),
    '## Options',
    ...all.map(section),
  );
}

/**
 * The texts that `payhooks COMMAND --help` prints without loading the command, whose modules take a third of a second.
 */
export async function helpTexts(): Promise<HelpTexts> {
  const texts = commands.map(async ({ name, load }) => {
    const { details, options } = await load();
    return [name, defined({ details, options })] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}
