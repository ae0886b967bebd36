import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../cli/arguments.ts';
import { commands } from '../../cli/commands/index.ts';
import { EXIT, Problem } from '../../cli/problem.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter(Boolean), commands);

async function problemOf(line: string): Promise<Problem> {
  try {
    await parse(line);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error(`"${line}" was understood`);
}

describe('a command line', () => {
  it('a command line gives the command of two words, its arguments and its options', async () => {
    const parsed = await parse('holds release p:a:1 unknown_order abc --note because --json');
    if (parsed.kind !== 'run') throw new Error('help');
    expect(parsed.command).toBe(await commands.find(({ name }) => name === 'holds release')?.load());
    expect(parsed.args).toEqual(['p:a:1', 'unknown_order', 'abc']);
    expect(parsed.flags.text('note')).toBe('because');
    expect(parsed.globals).toEqual({ stack: undefined, config: undefined, local: undefined, json: true });
  });

  it.each([
    ['--stack', ['payments', 'list', '--stack', '']],
    ['--stack', ['--stack=', 'holds', 'list']],
    ['--config', ['doctor', '--config', '']],
    ['--end-user', ['erase', '--end-user', '']],
    ['--order', ['erase', '--order=', '--apply', '--note', 'why']],
  ])(
    'an empty option %s is refused as wrong usage, because an unset variable of a shell is empty',
    async (option, words) => {
      await expect(parseCommandLine(words, commands)).rejects.toMatchObject({
        ...{ name: 'Problem', code: EXIT.usage, message: `${option} is empty.` },
        next: expect.stringMatching(/^Try: payhooks \S.* --help$/),
      });
    },
  );

  it('--config without --stack is refused as wrong usage: the running stack has its own configuration', async () => {
    const problem = await problemOf('payments list --config live.json');
    expect(problem.code).toBe(EXIT.usage);
    expect(problem.next).toContain('--stack NAME');
  });

  it('--local with --stack is refused as wrong usage: a stack is either local or deployed', async () => {
    expect((await problemOf('payments list --local 8080 --stack PayhooksLive')).code).toBe(EXIT.usage);
  });

  it('help COMMAND is parsed as COMMAND --help', async () => {
    expect(await parse('help holds release')).toEqual(await parse('holds release --help'));
  });

  it.each([
    ['paymnets list', 'payments list'],
    ['hold list', 'holds list'],
    ['doctr', 'doctor'],
  ])('the mistyped command %s gets the most similar command as a hint', async (words, meant) => {
    expect((await problemOf(words)).next).toContain(`Did you mean "${meant}"?`);
  });

  it.each([
    ['holds release a b c --noet why', 'note'],
    ['trigger regular --ordre=my-42', 'order'],
    ['doctor --hlep', 'help'],
    ['payments list --stakc PayhooksLive', 'stack'],
  ])('the mistyped option of %s gets the most similar option as a hint', async (words, meant) => {
    expect((await problemOf(words)).next).toContain(`Did you mean --${meant}?`);
  });

  it('an option that resembles no known option gets no guess', async () => {
    expect((await problemOf('doctor --zzzzzzzz')).next).toBe('Try: payhooks doctor --help');
  });

  it('--version without a command prints the version', async () => {
    expect(await parse('--version')).toMatchObject({
      kind: 'help',
      text: expect.stringMatching(/^payhooks \d+\.\d+/),
    });
  });

  it('a message about wrong usage has no control characters and at most 200 characters', async () => {
    for (const words of [
      ['payments', 'list', `--x\n\u001b[31m${'y'.repeat(500)}`],
      [`a\n\u0007${'b'.repeat(500)}`],
    ]) {
      try {
        await parseCommandLine(words, commands);
        throw new Error('understood');
      } catch (error) {
        expect((error as Problem).message).toMatch(/^\P{Cc}{1,200}$/u);
      }
    }
  });

  it('an option of every command may also stand before the command', async () => {
    const parsed = await parse('--stack PayhooksLive payments list --all');
    expect(parsed).toMatchObject({ kind: 'run', globals: { stack: 'PayhooksLive' } });
  });

  it.each([
    ['no word', ''],
    ['--help', '--help'],
    ['-h', '-h'],
    ['help', 'help'],
  ])('a command line of %s lists every command and the exit codes', async (_, line) => {
    const parsed = await parse(line);
    if (parsed.kind !== 'help') throw new Error('ran');
    for (const { name } of commands) expect(parsed.text).toContain(`  ${name}`);
    expect(parsed.text).toContain('Exit codes:');
  });

  it('dlq without a second word lists the commands of the family dlq alone', async () => {
    const parsed = await parse('dlq');
    if (parsed.kind !== 'help') throw new Error('ran');
    expect(parsed.text).toContain('dlq redrive');
    expect(parsed.text).not.toContain('holds list');
  });

  it.each(commands.map((listed) => [listed.name, listed] as const))(
    '%s --help names the usage and every option, in lines of at most 130 characters',
    async (name, listed) => {
      const command = await listed.load();
      const parsed = await parse(`${name} --help`);
      if (parsed.kind !== 'help') throw new Error('ran');
      expect(parsed.text.startsWith(`Usage: payhooks ${name}`)).toBe(true);
      expect(parsed.text).toContain(listed.summary);
      for (const option of Object.keys(command.options ?? {})) expect(parsed.text).toContain(`--${option}`);
      for (const line of parsed.text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(130);
    },
  );

  it.each([
    ['nope', 'Try: payhooks --help'],
    ['holds nope', 'Known: holds list, holds release, holds reject. Try: payhooks --help'],
    ['payments show', 'Usage: payhooks payments show PAYMENT'],
    ['payments list extra', 'Usage: payhooks payments list'],
    ['payments list --nope', 'Try: payhooks payments list --help'],
    ['payments list --limit', 'Try: payhooks payments list --help'],
  ])('%s is refused as wrong usage, with a hint of the right usage', async (line, next) => {
    const problem = await problemOf(line);
    expect(problem.code).toBe(EXIT.usage);
    expect(problem.next).toBe(next);
  });

  it('every command has a unique name and a summary', async () => {
    const names = commands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, summary } of commands) expect(summary, name).not.toBe('');
  });
});

describe('values of options', () => {
  const flagsOf = async (line: string) => {
    const parsed = await parse(line);
    if (parsed.kind !== 'run') throw new Error('help');
    return parsed.flags;
  };

  it.each(['0', '-1', '1.5', 'many', '10001'])(
    '--limit %j is refused with the allowed range 1 to 10000',
    async (value) => {
      const flags = await parseCommandLine(['payments', 'list', `--limit=${value}`], commands);
      if (flags.kind !== 'run') throw new Error('help');
      expect(() => flags.flags.limit('limit', 50, 10_000)).toThrow('allowed is 1 to 10000');
    },
  );

  it('a missing --limit is the default 50', async () => {
    expect((await flagsOf('payments list')).limit('limit', 50, 10_000)).toBe(50);
  });

  it('--queue with an unknown word is refused with the allowed words', async () => {
    const flags = await flagsOf('pause --queue other');
    expect(() => flags.oneOf('queue', ['notifications', 'fulfilment'])).toThrow(
      'allowed are notifications, fulfilment',
    );
  });

  it('a --note of blanks is refused as missing', async () => {
    const parsed = await parseCommandLine(['redeliver', 'x', '--note', '  '], commands);
    if (parsed.kind !== 'run') throw new Error('help');
    expect(() => parsed.flags.needed('note', 'say why')).toThrow('--note is missing: say why.');
  });
});
