import { describe, expect, it } from 'vitest';
import { table } from '../../local/banner.ts';
import { FolderUnusableError } from '../../local/data-folder.ts';
import { explain, readArguments } from '../../local/start.ts';

describe('the command line of npm start', () => {
  it('npm start without arguments uses port 8787', () => {
    expect(readArguments([])).toEqual({
      ...{ kind: 'start', port: 8787, json: false, verbose: false, showCredentials: false },
    });
  });

  it('readArguments reads every option', () => {
    const args =
      '--port 0 --json --verbose --credentials c.json --show-credentials --data d --dynamodb dynoxide --config x.json';
    expect(readArguments(args.split(' '))).toEqual({
      kind: 'start',
      port: 0,
      json: true,
      verbose: true,
      showCredentials: true,
      credentials: 'c.json',
      data: 'd',
      dynamodb: 'dynoxide',
      config: 'x.json',
    });
  });

  it.each([
    [['--prot', '1'], '--prot'],
    [['--port', 'x'], '"x"'],
    [['--port', '65536'], '65536'],
    [['--port', ''], 'allowed: 0 to 65535'],
    [['--port'], '--port'],
    [['start'], 'start'],
  ])('the arguments %j are refused with a message that names the wrong part', (args, named) => {
    const request = readArguments(args);
    expect(request.kind).toBe('problem');
    expect(request.kind === 'problem' && request.message).toContain(named);
  });

  it('--help wins over every other option', () =>
    expect(readArguments(['--help', '--json'])).toEqual({ kind: 'help' }));
});

describe('a refused start', () => {
  const refused = (syscall: string, path?: string) =>
    Object.assign(new Error(`EACCES: permission denied, ${syscall}`), { code: 'EACCES', syscall, path });

  it('a refused start names the port when listen failed, and the file when a file cannot be written', () => {
    expect(explain(refused('listen'), 80)).toBe(
      'Port 80 is not allowed for this user. Choose one above 1023 with --port.',
    );
    expect(explain(refused('open', '/data/rows.sqlite'), 8787)).toBe(
      '/data/rows.sqlite cannot be written (EACCES). Start as the user that it belongs to, or name another folder with --data.',
    );
  });

  it('an unusable data folder is reported with its own sentence', () => {
    const sentence = '--data d cannot be used';
    expect(explain(new FolderUnusableError(sentence), 8787)).toBe(sentence);
  });
});

it('the function table aligns the columns of its rows', () => {
  expect(
    table([
      ['a', 'b'],
      ['long', 'c'],
    ]),
  ).toEqual(['  a     b', '  long  c']);
});
