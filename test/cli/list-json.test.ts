/** All lists have one shape as JSON. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { main } from '../../cli/main.ts';
import { list } from '../../cli/output.ts';

/** Commands that list, besides those named "list". */
const LISTS = ['stories', 'requests', 'secrets check', 'secrets accepted'];
const lists = commands.filter(({ name }) => name.endsWith(' list') || LISTS.includes(name));

describe('the JSON of a list', () => {
  it('list gives items and more, beside the given members', () => {
    expect(list([1], {})).toEqual({ items: [1], more: false });
    expect(list([1], { more: 3, held: [1] })).toEqual({ items: [1], more: 3, held: [1] });
  });

  it.each(lists.map(({ name }) => name))('%s makes its JSON with list', (name) => {
    const file = new URL(`../../cli/commands/${name.replace(' ', '-')}.ts`, import.meta.url);
    const source = readFileSync(file, 'utf8');
    // The function `list` makes the JSON of every such report.
    const makers = [...source.matchAll(/^ *(?:const json = |json: |return \{ json: )(\w+)/gm)].map(
      ([, by]) => by,
    );
    expect(makers.length).toBeGreaterThan(0);
    expect(makers.filter((by) => by !== 'list' && by !== 'undefined')).toEqual([]);
  });

  it('stories --json prints items and more alone, without a stack', async () => {
    const printed: string[] = [];
    const terminal = {
      ...{ out: (text: string) => printed.push(text), err: (text: string) => printed.push(text) },
      ...{ colour: false, stdin: async () => '', runningFolder: '/nonexistent' },
    };
    expect(await main(['stories', '--json'], terminal)).toBe(0);
    const found = JSON.parse(printed.join('')) as { items: object[] };
    expect(Object.keys(found)).toEqual(['items', 'more']);
    expect(found.items.length).toBeGreaterThan(30);
  });
});
