/** Links as they work on the site: pages, pictures and a few files are there; the rest of the repository is not. */
import { posix } from 'node:path';
import { addressOf, FILES, IMAGES, PAGES } from './pages.ts';

/** A fence or a code span is left as it is; elsewhere `[text](target)` is a link, and `![text](target)` a picture. */
const PARTS = /^```.*?^```$|`[^`\n]*`(?!\])|\[((?:[^[\]]|`[^`\n]*`)*)\]\(([^)\s]+)\)/gms;

/** @param page its path from the root of the repository */
export function siteText(page: string, text: string): string {
  return text
    .replace(/<!--[\s\S]*?-->\n*|<a id="[^"]*"><\/a>/g, '')
    .replace(PARTS, (part, words: string | undefined, target: string | undefined) =>
      words === undefined || target === undefined ? part : linkText(page, words, target),
    );
}

function linkText(page: string, words: string, target: string): string {
  if (/^[a-z]+:|^#/.test(target)) return `[${words}](${target})`;
  const [link = '', fragment] = target.split('#');
  const path = posix.normalize(posix.join(posix.dirname(page), link)).replace(/\/$/, '');
  const asked = PAGES.includes(path) ? path : posix.join(path, 'README.md');
  if (PAGES.includes(asked)) {
    const to = posix.relative(posix.dirname(addressOf(page)), addressOf(asked));
    return `[${words}](${to.startsWith('.') ? to : `./${to}`}${fragment === undefined ? '' : `#${fragment}`})`;
  }
  if (IMAGES.includes(path)) return `[${words}](${target})`;
  // The documented way to a file that is no page of VitePress.
  if (FILES.includes(path)) return `[${words}](/${path}){target="_self"}`;
  // Sources and folders are in the repository alone: the words stay.
  return words;
}
