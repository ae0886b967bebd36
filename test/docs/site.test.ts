/**
 * The site (site/): its sidebar has every page once, and no link on the site is dead. A job of the workflow builds the
 * site.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { siteText } from '../../site/links.ts';
import { addressOf, FILES, IMAGES, PAGES, sidebar } from '../../site/pages.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const addresses = new Set(PAGES.map(addressOf));
const asLink = (path: string) => `/${addressOf(path).replace(/(?:^|(?<=\/))index\.md$|\.md$/, '')}`;

describe('the sidebar', () => {
  const links = sidebar().flatMap(({ items }) => items.map(({ link }) => link));

  it('the sidebar lists every page once', () => {
    expect([...links].sort()).toEqual(PAGES.map(asLink).sort());
    expect(new Set(links).size).toBe(links.length);
  });

  it('the sidebar begins with /, and every group and every entry has a title', () => {
    expect(links[0]).toBe('/');
    for (const { text, items } of sidebar()) {
      expect(text).not.toBe('');
      for (const item of items) expect(item.text).not.toMatch(/^$|\.md$/);
    }
  });
});

describe('links on the site', () => {
  it.each(PAGES)('every link of %s leads to a page, a picture or a file of the site', (page) => {
    const prose = siteText(page, read(page))
      .replace(/^```.*?^```/gms, '')
      .replace(/`[^`\n]*`/g, '');
    for (const [, link = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:|^#/.test(link)) continue;
      const [path = ''] = link.split('#');
      const target = path.startsWith('/')
        ? path.slice(1)
        : posix.normalize(posix.join(posix.dirname(addressOf(page)), path));
      const isThere = addresses.has(target) || IMAGES.includes(target) || FILES.includes(target);
      expect(isThere, `${page}: ${link}`).toBe(true);
    }
  });

  it.each([
    ['[a](../README.md#map)', '[a](../index.md#map)'],
    ['[a](holds.md)', '[a](./holds.md)'],
    ['[`a`](runbooks/)', '[`a`](./runbooks/index.md)'],
    ['![a](images/console-overview-light.png)', '![a](images/console-overview-light.png)'],
    ['[a](go-live-report.html)', '[a](/docs/go-live-report.html){target="_self"}'],
    ['[a](../infra/names.ts)', 'a'],
    ['[a](https://example.com/x)', '[a](https://example.com/x)'],
    ['<!-- kept\nback -->\na', 'a'],
    ['`[a](b.ts)`', '`[a](b.ts)`'],
    ['```\n[a](b.ts)\n```', '```\n[a](b.ts)\n```'],
  ])('siteText turns %j into %j', (text, expected) => {
    expect(siteText('docs/orders.md', text)).toBe(expected);
  });

  it('every file and every image of the site exists', () => {
    for (const path of [...FILES, ...IMAGES]) expect(existsSync(join(root, path)), path).toBe(true);
  });
});

describe('the build of the site', () => {
  const config = read('site/.vitepress/config.ts');
  const { devDependencies, overrides } = JSON.parse(read('site/package.json'));

  it('the build fails at a dead link, searches in the browser, and renders no HTML of a page', () => {
    expect(config).toContain('ignoreDeadLinks: false');
    expect(config).toContain("search: { provider: 'local' }");
    expect(config).toContain('markdown: { html: false }');
  });

  it('the build has exact versions, and its lockfile names no registry', () => {
    const version = /^\d+\.\d+\.\d+$/;
    for (const each of Object.values({ ...devDependencies, ...overrides })) expect(each).toMatch(version);
    expect(read('site/package-lock.json')).not.toMatch(/"resolved"/);
  });

  it('the build has the same version of esbuild as the root', () => {
    const { dependencies: ofRoot } = JSON.parse(read('package.json'));
    expect(overrides.esbuild).toBe(ofRoot.esbuild);
  });
});
