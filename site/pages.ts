/** The pages of the site and their order: docs/README.md, which leads to every page, is the one list of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const root = join(import.meta.dirname, '..');

interface SidebarItem {
  readonly text: string;
  readonly link: string;
}
export interface SidebarGroup {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: readonly SidebarItem[];
}

/** `docs/runbooks/README.md` is `docs/runbooks/index.md` on the site, and the root's README its first page. */
export const addressOf = (path: string): string => path.replace(/(^|\/)README\.md$/, '$1index.md');
const linkOf = (path: string): string => `/${addressOf(path).replace(/(?:^|(?<=\/))index\.md$|\.md$/, '')}`;

const titleOf = (path: string): string =>
  /^# (.+)$/m.exec(readFileSync(join(root, path), 'utf8'))?.[1]?.replaceAll('`', '') ?? path;

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? pagesIn(path) : [path];
    })
    .filter((path) => path.endsWith('.md'))
    .sort();

/** Every page: what lies at the root, below docs, and the READMEs that a page leads to. */
export const PAGES: readonly string[] = [
  ...['README.md', 'AGENTS.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md'],
  ...['trustly-americas', 'trustly-europe', 'paymentwall'].map(
    (name) => `shared/providers/${name}/README.md`,
  ),
  ...pagesIn('docs'),
];

/** Files that pages link to and that are no pages. */
export const FILES: readonly string[] = [
  'docs/go-live-report.html',
  'docs/events/event.schema.json',
  'docs/events/examples.json',
  'docs/events/payhooks-events.ts',
  'llms.txt',
];

/** Pictures that a page shows. */
export const IMAGES: readonly string[] = readdirSync(join(root, 'docs/images')).map(
  (name) => `docs/images/${name}`,
);

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;

/** A group for each row of the first table of docs/README.md; folders that it names are taken page by page. */
export function sidebar(): readonly SidebarGroup[] {
  const [table = ''] = readFileSync(join(root, 'docs/README.md'), 'utf8').split('## By word');
  const seen = new Set<string>();
  const take = (path: string): readonly SidebarItem[] => {
    if (seen.has(path) || !PAGES.includes(path)) return [];
    seen.add(path);
    return [{ text: titleOf(path), link: linkOf(path) }];
  };
  const groups = table.split('\n').flatMap((line) => {
    const [, what = '', cell = ''] = /^\| \d* ?\| ([^|]+) \| (.+) \|$/.exec(line) ?? [];
    const items = [...cell.matchAll(/\]\(([^)#\s]+)/g)].flatMap(([, link = '']) => {
      const path = posix.normalize(posix.join('docs', link));
      if (path.endsWith('/')) return pagesIn(path.slice(0, -1)).flatMap(take);
      const folder = posix.dirname(path);
      // A README leads to the pages beside it.
      const beside = path.endsWith('/README.md') && folder.startsWith('docs/') ? pagesIn(folder) : [];
      return [path, ...beside].flatMap(take);
    });
    return items.length === 0 ? [] : [{ text: sentence(what), collapsed: true, items }];
  });
  const rest = PAGES.flatMap(take);
  return rest.length === 0 ? groups : [...groups, { text: 'More', collapsed: true, items: rest }];
}
