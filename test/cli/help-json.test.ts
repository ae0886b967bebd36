/**
 * `payhooks --help --json` says what a program needs to know of each command, and whether the program may run the
 * command without asking.
 */
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../cli/arguments.ts';
import { actionsOf, CALLS, changes } from '../../cli/calls.ts';
import { commands } from '../../cli/commands/index.ts';
import type { DescribedCommand } from '../../cli/help-json.ts';

interface Help {
  readonly exitCodes: Readonly<Record<string, number>>;
  readonly options: readonly { readonly name: string }[];
  readonly commands: readonly DescribedCommand[];
}

async function helpOf(line: string): Promise<Help> {
  const parsed = await parseCommandLine(line.split(' '), commands);
  if (parsed.kind !== 'help') throw new Error(`"${line}" ran`);
  return JSON.parse(parsed.text);
}

const all = await helpOf('--help --json');

it('--help --json names every command in the order of the help, the exit codes and the common options', () => {
  expect(all.commands.map(({ name }) => name)).toEqual(commands.map(({ name }) => name));
  expect(all.exitCodes).toMatchObject({ done: 0, unreachable: 5 });
  expect(all.options.map(({ name }) => name)).toEqual(['stack', 'config', 'local', 'json', 'help']);
});

it.each(['help --json', '--json --help'])(
  'the command line %s prints the same as --help --json',
  async (line) => {
    expect(await helpOf(line)).toEqual(all);
  },
);

it('the JSON help of one command or of a family names only that command or that family', async () => {
  const names = async (line: string) => (await helpOf(line)).commands.map(({ name }) => name);
  expect(await names('dlq show --help --json')).toEqual(['dlq show']);
  expect(await names('holds --help --json')).toEqual(['holds list', 'holds release', 'holds reject']);
});

describe.each(all.commands)(
  'the JSON help of $name',
  ({ name, access, readsOnly, options, summary, usage }) => {
    const calls = CALLS[name];
    const listed = commands.find((each) => each.name === name);

    it('the JSON help says the usage, the summary and each option of the text help', async () => {
      const parsed = await parseCommandLine([...name.split(' '), '--help'], commands);
      if (parsed.kind !== 'help') throw new Error('ran');
      expect(parsed.text).toContain(`Usage: ${usage} [options]`);
      expect(parsed.text).toContain(summary);
      const own = Object.keys((await listed?.load())?.options ?? {});
      expect(options.map((option) => option.name)).toEqual(own);
      for (const { help } of options) expect(parsed.text).toContain(help);
    });

    it('a command that is marked as reading calls no action that changes something', () => {
      if (calls === undefined) throw new Error('cli/calls.ts does not name it');
      if (access === 'read') expect(actionsOf(calls).filter(changes)).toEqual([]);
      if (access === 'read') expect(readsOnly).toBeUndefined();
    });

    it('a command that is marked as writing asks for a note, or sends or changes something', () => {
      if (access !== 'write' || calls === undefined) return;
      const asksWhy = options.some((option) => option.name === 'note');
      const sends = ['listen', 'trigger', 'accept', 'doctor'].includes(name);
      expect(asksWhy || sends || actionsOf(calls).some(changes)).toBe(true);
    });
  },
);

it.each([
  ['sqs:SendMessage', true],
  ['lambda:InvokeFunction', true],
  ['secretsmanager:PutSecretValue', true],
  ['events:RemoveTargets', true],
  ['dynamodb:ConditionCheckItem', false],
  ['sqs:ReceiveMessage', false],
  ['sqs:ChangeMessageVisibility', false],
])('the action %s changes something: %s', (action, expected) => expect(changes(action)).toBe(expected));
