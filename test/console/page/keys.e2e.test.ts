/** The keyboard in a real browser, on the fixture. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from '../browser.ts';
import { type FixtureServer, serveFixture } from '../fixture-server.ts';

/** The limit only ends a test that hangs; no assertion depends on it. */
const PATIENCE_MS = 120_000;

describe.skipIf(noBrowser !== undefined)('the keys of the page', { timeout: PATIENCE_MS }, () => {
  let server: FixtureServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [server, browser] = await Promise.all([serveFixture({ payments: 20 }), launchBrowser()]);
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await page.goto('about:blank');
    await page.goto(`${server.url}#/payments`);
    await page.locator('[data-row]').first().waitFor();
  });

  const press = (...keys: readonly string[]) =>
    keys.reduce<Promise<void>>((last, key) => last.then(() => page.keyboard.press(key)), Promise.resolve());
  const hash = () => new URL(page.url()).hash;
  const rows = () => page.locator('main [data-row]');
  const focused = () => page.locator(':focus');
  const focusedKey = () => focused().getAttribute('data-key');
  const keyAt = (index: number) => rows().nth(index).getAttribute('data-key');

  it('the keys j and k move the focus from row to row and stop at the first and at the last row', async () => {
    await press('j');
    expect(await focusedKey()).toBe(await keyAt(0));
    await press('j', 'ArrowDown', 'k');
    expect(await focusedKey()).toBe(await keyAt(1));
    await press('ArrowUp', 'k', 'k');
    expect(await focusedKey()).toBe(await keyAt(0));
    const last = await keyAt((await rows().count()) - 1);
    await rows().last().focus();
    await press('j', 'ArrowDown');
    expect(await focusedKey()).toBe(last);
  });

  it('the key k focuses the last row when no row has the focus', async () => {
    await press('k');
    expect(await focusedKey()).toBe(await keyAt((await rows().count()) - 1));
  });

  it('Enter opens the focused row, j focuses the row after the open row, and Escape closes and focuses the open row', async () => {
    await press('j', 'j', 'Enter');
    await page.locator('.detail h2').waitFor();
    expect(hash()).toBe(`#/payments/${encodeURIComponent((await keyAt(1)) ?? '')}`);
    await press('j');
    expect(await focusedKey()).toBe(await keyAt(2));
    await press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached' });
    expect(hash()).toBe('#/payments');
    expect(await focusedKey()).toBe(await keyAt(1));
  });

  it('g and a letter open the view that the help names for the letter', async () => {
    await press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    const help = await dialog.locator('dl > div').allInnerTexts();
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const views = help.flatMap((row) => {
      const [, letter, does] = /^g\s*([a-z])\s+(go to .+)$/.exec(row) ?? [];
      return letter === undefined ? [] : [{ letter, does }];
    });
    expect(views.length).toBeGreaterThan(5);
    for (const { letter, does } of views) {
      await press('g', letter);
      expect(`go to ${hash().slice(2)}`).toBe(does);
    }
  });

  it('a letter that does not directly follow g opens no view', async () => {
    await press('o', 'g', 'j', 'x');
    expect(hash()).toBe('#/payments');
  });

  it('the key / focuses the search field, where letters are text, and Escape leaves the field', async () => {
    await press('/');
    expect(await focused().getAttribute('type')).toBe('search');
    await press('g', 'h', 'j', '?');
    expect(await page.locator('[data-search]').inputValue()).toBe('ghj?');
    expect(hash()).toMatch(/^#\/payments/);
    await press('Escape');
    expect(await page.locator('[data-search]:focus').count()).toBe(0);
  });

  it('the key / opens the payments in a view without a search field', async () => {
    await press('g', 'h');
    await page.getByRole('heading', { level: 1, name: 'Holds' }).waitFor();
    await press('/');
    await page.locator('[data-search]:focus').waitFor();
    expect(hash()).toBe('#/payments');
  });

  it('the key ? opens the list of keys, and g h opens no view while this dialog is open', async () => {
    await press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    await press('g', 'h');
    expect(hash()).toBe('#/payments');
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('a key with Control or Alt moves no focus', async () => {
    await press('Control+j', 'Alt+j');
    expect(await page.locator('[data-row]:focus').count()).toBe(0);
  });
});
