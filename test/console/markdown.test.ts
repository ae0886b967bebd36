/** Pages of docs/ as the console shows them: every runbook, and where its links lead. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, linkTo } from '../../console/page/markdown.ts';
import { documentView } from '../../console/server/documents.ts';
import { root } from '../support/source-files.ts';
import { consoleBench } from './console-bench.ts';

it('headings, lists, tables, code and paragraphs are told apart', () => {
  const text = `<!-- rendered -->
# Title

One line
goes on.
- a
- b

1. first
2. second

| reason | advised |
| --- | --- |
| \`a \\| b\` | none |

\`\`\`sh
# no heading
\`\`\``;
  expect(blocksOf(text)).toEqual([
    { kind: 'heading', level: 1, text: 'Title' },
    { kind: 'text', text: 'One line goes on.' },
    { kind: 'list', isNumbered: false, items: ['a', 'b'] },
    { kind: 'list', isNumbered: true, items: ['first', 'second'] },
    { kind: 'table', head: ['reason', 'advised'], rows: [['`a | b`', 'none']] },
    { kind: 'code', text: '# no heading' },
  ]);
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
  it.each(runbooks)('%s is served and read whole, and its links to pages lead to pages', async (path) => {
    const { backend } = consoleBench();
    const { text } = await documentView(backend, path);
    expect(text).toBe(readFileSync(join(root, 'docs', path), 'utf8'));
    const blocks = blocksOf(text);
    expect(blocks[0]).toMatchObject({ kind: 'heading', level: 1 });
    // No line is lost but fences, rules of tables, comments and empty ones.
    const shown = JSON.stringify(blocks);
    for (const word of text.match(/\b[a-z]{7,}\b/g) ?? []) expect(shown).toContain(word);
    for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      const to = linkTo(target, path)?.match(/^#\/docs\/(.*)$/)?.[1];
      if (to !== undefined) expect(existsSync(join(root, 'docs', decodeURIComponent(to))), target).toBe(true);
    }
  });
});

it.each([
  '../package.json',
  'runbooks/../../AGENTS.md',
  'runbooks/nothing.md',
  'images/start.svg',
  '',
  '/etc/passwd',
])('no path leads out of docs/, and no page is made up: "%s"', async (path) => {
  await expect(documentView(consoleBench().backend, path)).rejects.toMatchObject({
    name: 'Problem',
    message: `There is no page docs/${path} in this version.`,
  });
});
