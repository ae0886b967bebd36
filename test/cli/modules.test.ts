/**
 * The modules that a call of `payhooks` loads, counted in a process of its own. Modules take most of the time of a
 * call; the test measures no time.
 */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';

const root = resolve(import.meta.dirname, '../..');

/** Prints the address of each loaded module on stderr. */
const COUNTER = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) { console.error('loads ' + url); return next(url, context); } });
`)}`;

const loads = (...args: string[]) =>
  new Promise<readonly string[]>((done) => {
    execFile(
      process.execPath,
      ['--import', COUNTER, ...args],
      { maxBuffer: 10_000_000 },
      (_error, _out, err) =>
        done(
          [...err.matchAll(/^loads (.*)$/gm)]
            .map(([, url = '']) => url)
            .filter((url) => !url.startsWith('node:')),
        ),
    );
  });

const loadedBy = (...words: string[]) => loads(resolve(root, 'cli/main.ts'), ...words);

const MOST = 15;

it.each([
  ['the help', ['--help']],
  ['the help of a family', ['dlq']],
  ['a mistyped command', ['paymnets', 'list']],
  ['the version', ['--version']],
])('%s loads no package, no command and at most 15 modules', async (_, words) => {
  const loaded = await loadedBy(...words);
  expect(loaded.length).toBeGreaterThan(3);
  expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([]);
  const chosen = loaded.filter((url) => /\/cli\/commands\//.test(url) && !url.endsWith('/index.ts'));
  expect(chosen).toEqual([]);
  expect(loaded.length, loaded.join('\n')).toBeLessThanOrEqual(MOST);
});

it.each([
  ['doctor', '--help'],
  ['help', 'payments', 'show'],
  ['certify', '-h'],
  ['completion', 'bash'],
])('payhooks %s %s… loads no package and at most 18 modules', async (...words) => {
  const loaded = await loadedBy(...words);
  expect(loaded.length).toBeGreaterThan(3);
  expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([]);
  expect(loaded.length, loaded.join('\n')).toBeLessThanOrEqual(MOST + 3);
});

it('payhooks dlq list loads its own command and no other command', async () => {
  const loaded = await loadedBy('dlq', 'list', '--local', '0');
  const own = loaded.filter((url) => /\/cli\/commands\//.test(url)).map((url) => url.split('/').at(-1));
  expect(own.sort()).toEqual(['dlq-list.ts', 'index.ts']);
});

it('a connection loads no AWS client that only some commands call', async () => {
  const loaded = await loads(
    '--input-type=module',
    '--eval',
    `import '${pathToFileURL(resolve(root, 'cli/connect.ts'))}'`,
  );
  const clients = new Set(loaded.map((url) => /@aws-sdk\/(client-[a-z-]+)/.exec(url)?.[1]).filter(Boolean));
  expect(clients).toContain('client-dynamodb');
  for (const rare of ['cloudformation', 'cloudwatch', 'cloudwatch-logs', 'lambda', 'sns'])
    expect(clients).not.toContain(`client-${rare}`);
});

it.each(commands)(
  'the command $name is loaded from the place that the list of commands names',
  async ({ load }) => {
    expect((await load()).run).toBeTypeOf('function');
  },
);
