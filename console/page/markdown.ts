/** The Markdown of docs/: headings, lists, tables, code, links. Other syntax stays as text. */

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isNumbered: boolean; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'text'; readonly text: string };

const ITEM = /^\s*(?:[-*]|(\d+)\.)\s+(.*)$/;
const cellsOf = (line: string): readonly string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

/** The beginning of a line of another kind, which ends a paragraph. */
const BEGINS = /^(?:#{1,6} |```|\||<!--|\s*(?:[-*]|\d+\.)\s)/;

export function blocksOf(markdown: string): readonly Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let index = 0;
  const takeWhile = (fits: (line: string) => boolean): string[] => {
    const from = index;
    while (index < lines.length && fits(lines[index] ?? '')) index++;
    return lines.slice(from, index);
  };
  while (index < lines.length) {
    const line = lines[index] ?? '';
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    if (line.trim() === '' || line.startsWith('<!--')) index++;
    else if (heading !== null) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
      index++;
    } else if (line.startsWith('```')) {
      index++;
      blocks.push({ kind: 'code', text: takeWhile((each) => !each.startsWith('```')).join('\n') });
      index++;
    } else if (line.startsWith('|')) {
      const [head = '', , ...rows] = takeWhile((each) => each.startsWith('|'));
      blocks.push({ kind: 'table', head: cellsOf(head), rows: rows.map(cellsOf) });
    } else if (ITEM.test(line)) {
      const items = takeWhile((each) => ITEM.test(each)).map((each) => ITEM.exec(each)?.[2] ?? '');
      blocks.push({ kind: 'list', isNumbered: ITEM.exec(line)?.[1] !== undefined, items });
    } else {
      index++;
      const rest = takeWhile((each) => each.trim() !== '' && !BEGINS.test(each));
      blocks.push({ kind: 'text', text: [line, ...rest].join(' ') });
    }
  }
  return blocks;
}

/** The address of a link's target in the console; undefined when the console cannot show it. */
export function linkTo(target: string, from: string): string | undefined {
  if (/^https?:/.test(target)) return target;
  const [path = ''] = target.split('#');
  if (path === '') return undefined;
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') {
      // The path leads out of docs/: sources are not shown.
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.') parts.push(part);
  }
  return path.endsWith('.md') ? `#/docs/${encodeURIComponent(parts.join('/'))}` : undefined;
}
