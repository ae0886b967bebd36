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
  it('names a command of one or two words, with its arguments and options', async () => {
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
  ])('with an empty %s is refused: an unset variable of a shell means nothing', async (option, words) => {
    await expect(parseCommandLine(words, commands)).rejects.toMatchObject({
      ...{ name: 'Problem', code: EXIT.usage, message: `${option} is empty.` },
      next: expect.stringMatching(/^Try: payhooks \S.* --help$/),
    });
  });

  it('with --config and without --stack is refused: the running stack has its own', async () => {
    const problem = await problemOf('payments list --config live.json');
    expect(problem.code).toBe(EXIT.usage);
    expect(problem.next).toContain('--stack NAME');
  });

  it('with --local and --stack is refused: one names a running stack, the other a deployed one', async () => {
    expect((await problemOf('payments list --local 8080 --stack PayhooksLive')).code).toBe(EXIT.usage);
  });

  it('help COMMAND is COMMAND --help', async () => {
    expect(await parse('help holds release')).toEqual(await parse('holds release --help'));
  });

  it.each([
    ['paymnets list', 'payments list'],
    ['hold list', 'holds list'],
    ['doctr', 'doctor'],
  ])('%s is answered with what was meant', async (words, meant) => {
    expect((await problemOf(words)).next).toContain(`Did you mean "${meant}"?`);
  });

  it.each([
    ['holds release a b c --noet why', 'note'],
    ['trigger regular --ordre=my-42', 'order'],
    ['doctor --hlep', 'help'],
    ['payments list --stakc PayhooksLive', 'stack'],
  ])('%s is answered with the option that was meant', async (words, meant) => {
    expect((await problemOf(words)).next).toContain(`Did you mean --${meant}?`);
  });

  it('an option that resembles none is answered without a guess', async () => {
    expect((await problemOf('doctor --zzzzzzzz')).next).toBe('Try: payhooks doctor --help');
  });

  it('with --version and no command says the version', async () => {
    expect(await parse('--version')).toMatchObject({
      kind: 'help',
      text: expect.stringMatching(/^payhooks \d+\.\d+/),
    });
  });

  it('does not print what could steer a terminal, or page after page', async () => {
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

  it('takes options of every command before the command too', async () => {
    const parsed = await parse('--stack PayhooksLive payments list --all');
    expect(parsed).toMatchObject({ kind: 'run', globals: { stack: 'PayhooksLive' } });
  });

  it.each([
    ['nothing', ''],
    ['--help', '--help'],
    ['-h', '-h'],
    ['help', 'help'],
  ])('with %s lists every command', async (_, line) => {
    const parsed = await parse(line);
    if (parsed.kind !== 'help') throw new Error('ran');
    for (const { name } of commands) expect(parsed.text).toContain(`  ${name}`);
    expect(parsed.text).toContain('Exit codes:');
  });

  it('with a family alone lists that family', async () => {
    const parsed = await parse('dlq');
    if (parsed.kind !== 'help') throw new Error('ran');
    expect(parsed.text).toContain('dlq redrive');
    expect(parsed.text).not.toContain('holds list');
  });

  it.each(commands.map((listed) => [listed.name, listed] as const))(
    '%s --help names its usage and each of its options',
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
  ])('%s is not understood, and says what is', async (line, next) => {
    const problem = await problemOf(line);
    expect(problem.code).toBe(EXIT.usage);
    expect(problem.next).toBe(next);
  });

  it('has every command described once', async () => {
    const names = commands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, summary } of commands) expect(summary, name).not.toBe('');
  });
});

describe('options are checked by name', () => {
  const flagsOf = async (line: string) => {
    const parsed = await parse(line);
    if (parsed.kind !== 'run') throw new Error('help');
    return parsed.flags;
  };

  it.each(['0', '-1', '1.5', 'many', '10001'])('--limit %j is refused', async (value) => {
    const flags = await parseCommandLine(['payments', 'list', `--limit=${value}`], commands);
    if (flags.kind !== 'run') throw new Error('help');
    expect(() => flags.flags.limit('limit', 50, 10_000)).toThrow('allowed is 1 to 10000');
  });

  it('a missing limit is the default', async () => {
    expect((await flagsOf('payments list')).limit('limit', 50, 10_000)).toBe(50);
  });

  it('a word outside the allowed ones is refused with them', async () => {
    const flags = await flagsOf('pause --queue other');
    expect(() => flags.oneOf('queue', ['notifications', 'fulfilment'])).toThrow(
      'allowed are notifications, fulfilment',
    );
  });

  it('blanks are no note', async () => {
    const parsed = await parseCommandLine(['redeliver', 'x', '--note', '  '], commands);
    if (parsed.kind !== 'run') throw new Error('help');
    expect(() => parsed.flags.needed('note', 'say why')).toThrow('--note is missing: say why.');
  });
});
