/** Markdown tables, aligned so that the source is readable in a diff. */
export type Cell = string | number | boolean | undefined;

const shown = (cell: Cell): string => {
  if (cell === undefined || cell === '') return '–';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  // An unescaped bar would end the cell.
  return String(cell).replaceAll('|', '\\|');
};

export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(shown))];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [first = [], ...rest] = lines;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}

export const code = (text: string): string => `\`${text}\``;

export const page = (...parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

/** The note on rendered pages, with how to render them again. */
export const rendered = (from: string): string =>
  `<!-- Rendered from ${from} by \`npm run docs\`; a test fails when this page is stale. -->`;

/** A table with a row for each entry: its name as code, then these members of its value. */
export const entriesTable = <R extends object>(
  head: readonly string[],
  entries: Readonly<Record<string, R>>,
  members: readonly (keyof R)[],
): string =>
  table(
    head,
    Object.entries(entries).map(([name, row]) => [code(name), ...members.map((each) => row[each] as Cell)]),
  );
