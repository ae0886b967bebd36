/** Shell completion. The test asks bash for its proposals, and is skipped without bash. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionOf, SHELLS } from '../../cli/completion.ts';

const commands = [
  { name: 'holds list', options: ['limit'] },
  { name: 'holds release', options: ['note'] },
  { name: 'holds reject', options: ['note'] },
  { name: 'doctor', options: ['fast'] },
];

const hasBash = spawnSync('bash', ['--version']).status === 0;

describe.skipIf(!hasBash)(`bash${hasBash ? '' : ' (skipped: not on the PATH)'}`, () => {
  const offered = (...words: string[]): string[] => {
    const line = ['payhooks', ...words].map((word) => `"${word}"`).join(' ');
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _payhooks; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', `${completionOf('bash', commands)}\n${ask}`]);
    return stdout.toString().split('\n').filter(Boolean);
  };

  it.each([
    [['h'], ['holds', 'help']],
    [
      ['holds', 're'],
      ['release', 'reject'],
    ],
    [['holds', 'release', '--n'], ['--note']],
    [['holds', 'release', 'paymentwall:a:1', '--note', 'why', '--js'], ['--json']],
    [['doctor', '--f'], ['--fast']],
    [['nothing', ''], []],
  ])('bash completes %j to %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

it.each(SHELLS)('the completion script of %s names every word of every command', (shell) => {
  const script = completionOf(shell, commands);
  for (const { name, options } of commands)
    for (const word of [...name.split(' '), ...options]) expect(script).toContain(word);
});
