/** npm's scripts must run in the shell of every system. Windows' shell has no exec, no NAME=value, no quotes of sh. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Matches commands and characters that only sh understands. */
const POSIX_ONLY = /(^|&& |\| )(exec|export|source|sh|bash|rm|cp|mkdir|[A-Z_]+=\S*) |[;'$`]|\.\//;

describe('scripts of package.json', () => {
  it.each(Object.entries(scripts))('%s runs in every shell: %s', (_, script) => {
    expect(script).not.toMatch(POSIX_ONLY);
  });

  it.each(['exec node x.ts', 'FLAG=1 node x.ts', "node -e '1'", 'rm -rf out', 'a; b', 'node $FILE'])(
    'the rule for scripts refuses %s',
    (script) => {
      expect(script).toMatch(POSIX_ONLY);
    },
  );
});

it('.gitattributes sets the line ends of every text file to LF', () => {
  expect(readFileSync(join(root, '.gitattributes'), 'utf8')).toContain('* text=auto eol=lf');
});
