/** Pages of docs/ in the console: every runbook, and the targets of links. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lexer, type Token } from 'marked';
import { describe, expect, it } from 'vitest';
import { linkTo } from '../../console/page/markdown.ts';
import { documentView } from '../../console/server/documents.ts';
import { root } from '../support/source-files.ts';
import { consoleBench } from './console-bench.ts';

type Component = (props: object) => unknown;
const { Markdown }: { readonly Markdown: Component } = await import(
  join(root, 'console/page/parts/markdown.tsx')
);

/** The elements as text: the tags have no attributes except the address of a link. */
function shown(node: unknown): string {
  if (Array.isArray(node)) return node.map(shown).join('');
  if (typeof node !== 'object' || node === null)
    return typeof node === 'string' ? node.replaceAll('<', '&lt;') : '';
  const { type, props } = node as { type: string | Component; props: { children?: unknown; href?: string } };
  if (typeof type === 'function') return shown(type(props));
  const inner = shown(props.children);
  return `<${type}${props.href === undefined ? '' : ` ${props.href}`}>${inner}</${type}>`;
}

const AS_WRITTEN = { fill: (command: string) => command, about: '' };
const page = (tokens: readonly Token[], from: string, links = AS_WRITTEN) =>
  shown(Markdown({ tokens, page: { from, ...links } }));
const body = (text: string) =>
  page(lexer(text), 'runbooks/held-payments.md').replace(/^<div>(.*)<\/div>$/s, '$1');

it.each([
  ['# Title\n\n## What to do', '<h3>What to do</h3>'],
  ['One line\ngoes on.', '<p>One line\ngoes on.</p>'],
  ['- a\n- b', '<ul><li>a</li><li>b</li></ul>'],
  ['1. first\n2. second', '<ol><li>first</li><li>second</li></ol>'],
  ['1. first\n   - inner', '<ol><li>first<ul><li>inner</li></ul></li></ol>'],
  [
    '| reason | advised |\n| --- | --- |\n| `a \\| b` | none |',
    '<section><table><thead><tr><th>reason</th><th>advised</th></tr></thead>' +
      '<tbody><tr><td><code>a | b</code></td><td>none</td></tr></tbody></table></section>',
  ],
  ['```sh\n# no heading\n```', '<pre># no heading</pre>'],
  ['> `<URL>` failed', '<blockquote><p><code>&lt;URL></code> failed</p></blockquote>'],
  ['**now**: `a`, *b*', '<p><strong>now</strong>: <code>a</code>, <em>b</em></p>'],
  ['[`holds`](../holds.md#x)', '<p><a #/docs/holds.md><code>holds</code></a></p>'],
  ['[out](../../SECURITY.md)', '<p>out</p>'],
  ['[run](javascript:alert(1))', '<p>run</p>'],
  ['![a picture](../images/x.png)', '<p>a picture</p>'],
])('the Markdown text %j is shown as %s', (text, elements) => {
  expect(body(text)).toBe(elements);
});

it('a page has its commands filled in, and its links to other pages keep the payment', () => {
  const links = { fill: (command: string) => command.replace('<id>', 'p1'), about: '?payment=p1' };
  const tokens = lexer(
    'Of <id>: `show <id>`, [then](parked.md), [out](https://example.com/)\n\n```sh\nlist <id>\n```',
  );
  expect(page(tokens, 'runbooks/held-payments.md', links)).toContain(
    '<p>Of &lt;id>: <code>show p1</code>, <a #/docs/runbooks%2Fparked.md?payment=p1>then</a>, ' +
      '<a https://example.com/>out</a></p><pre>list p1</pre>',
  );
});

it('HTML in a page makes no element: a block is left out, an inline tag stays text', () => {
  expect(body('<!-- rendered -->\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>')).toBe('');
  expect(body('of <account>')).toBe('<p>of &lt;account></p>');
});

it.each([
  ['conflicting-duplicates.md', '#/docs/runbooks%2Fconflicting-duplicates.md'],
  ['../holds.md#holds', '#/docs/holds.md'],
  ['https://example.com/a', 'https://example.com/a'],
  ['#what-to-answer', undefined],
  ['../../SECURITY.md', undefined],
  ['../images/x.png', undefined],
  ['javascript:alert(1)', undefined],
])('a link of a runbook to %s leads to %s', (target, to) => {
  expect(linkTo(target, 'runbooks/held-payments.md')).toBe(to);
});

describe('every runbook', () => {
  const runbooks = readdirSync(join(root, 'docs/runbooks')).map((name) => `runbooks/${name}`);
  it.each(runbooks)(
    'the runbook %s is shown without losing a word, and its links lead to existing pages',
    async (path) => {
      const { backend } = consoleBench();
      const { tokens } = await documentView(backend, path);
      const text = readFileSync(join(root, 'docs', path), 'utf8');
      expect(tokens.map(({ raw }) => raw).join('')).toBe(text);
      const [title = '', ...rest] = text.split('\n');
      expect(title).toMatch(/^# /);
      // Every word of the page is shown, except the title, which the view shows, and the targets of links.
      const whole = page(tokens, path);
      for (const word of rest
        .join('\n')
        .replaceAll(/\]\([^)]+\)/g, ']')
        .match(/\b[a-z]{7,}\b/g) ?? [])
        expect(whole).toContain(word);
      for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        const to = linkTo(target, path)?.match(/^#\/docs\/(.*)$/)?.[1];
        if (to !== undefined)
          expect(existsSync(join(root, 'docs', decodeURIComponent(to))), target).toBe(true);
      }
    },
  );
});

it.each([
  '../package.json',
  'runbooks/../../AGENTS.md',
  'runbooks/nothing.md',
  'images/start.svg',
  '',
  '/etc/passwd',
])('documentView refuses the path "%s", which is no page in docs/', async (path) => {
  await expect(documentView(consoleBench().backend, path)).rejects.toMatchObject({
    name: 'Problem',
    message: `There is no page docs/${path} in this version.`,
  });
});
