import { describe, expect, it } from 'vitest';
import { table } from '../../local/banner.ts';
import { readArguments } from '../../local/start.ts';

describe('the command line', () => {
  it('starts on its own port with nothing asked for', () => {
    expect(readArguments([])).toEqual({
      ...{ kind: 'start', port: 8787, json: false, verbose: false, showCredentials: false },
    });
  });

  it('reads every option', () => {
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
  ])('refuses %j and names it', (args, named) => {
    const request = readArguments(args);
    expect(request.kind).toBe('problem');
    expect(request.kind === 'problem' && request.message).toContain(named);
  });

  it('helps', () => expect(readArguments(['--help', '--json'])).toEqual({ kind: 'help' }));
});

it('puts columns in line', () => {
  expect(
    table([
      ['a', 'b'],
      ['long', 'c'],
    ]),
  ).toEqual(['  a     b', '  long  c']);
});
