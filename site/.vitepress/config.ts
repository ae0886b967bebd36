/** The site: the pages of the repository, a sidebar from their index, and a search that runs in the browser. */
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { sidebar } from '../pages.ts';

export default defineConfig({
  title: 'Payhooks',
  description: 'Payment webhooks for Trustly Americas, Trustly Europe and Paymentwall',
  srcDir: 'copy',
  outDir: join(import.meta.dirname, '../../reports/site'),
  cacheDir: join(import.meta.dirname, '../cache'),
  cleanUrls: true,
  // A dead link between pages ends the build; that is VitePress's default, and nothing is excepted.
  ignoreDeadLinks: false,
  // Nothing in a page is markup: what looks like a tag is text.
  markdown: { html: false },
  // The esbuild that site/package.json pins writes nothing for older browsers.
  vite: { build: { target: 'es2022' } },
  themeConfig: {
    sidebar: sidebar().map(({ items, ...group }) => ({ ...group, items: [...items] })),
    search: { provider: 'local' },
    outline: [2, 3],
  },
});
