/** Lays the pages where VitePress reads them: a copy, because it takes no folder above its own. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { siteText } from './links.ts';
import { addressOf, FILES, IMAGES, PAGES } from './pages.ts';

const root = join(import.meta.dirname, '..');
const copy = join(import.meta.dirname, 'copy');

const place = (path: string): string => {
  const target = join(copy, path);
  mkdirSync(dirname(target), { recursive: true });
  return target;
};

rmSync(copy, { recursive: true, force: true });
for (const path of PAGES)
  writeFileSync(place(addressOf(path)), siteText(path, readFileSync(join(root, path), 'utf8')));
for (const path of IMAGES) copyFileSync(join(root, path), place(path));
for (const path of FILES) copyFileSync(join(root, path), place(`public/${path}`));
