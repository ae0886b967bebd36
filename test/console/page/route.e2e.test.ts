/** The page's address in a real browser, on the fixture. Reading and writing of addresses: address.test.ts. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from '../browser.ts';
import { type FixtureServer, serveFixture } from '../fixture-server.ts';

/** The limit only ends a test that hangs; no assertion depends on it. */
const PATIENCE_MS = 120_000;

describe.skipIf(noBrowser !== undefined)('the address of the page', { timeout: PATIENCE_MS }, () => {
  let server: FixtureServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [server, browser] = await Promise.all([serveFixture({ payments: 200 }), launchBrowser()]);
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await page?.close();
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${server.url}#/payments`);
    await row().waitFor();
  });

  const row = () => page.locator('main [data-row]').first();
  const hash = () => new URL(page.url()).hash;
  const isAt = (expected: string | RegExp) =>
    vi.waitFor(() => expect(hash()).toMatch(expected), { timeout: PATIENCE_MS });
  const titled = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

  it('an opened item is an entry of the history: back closes it, forward opens it', async () => {
    await row().click();
    await page.locator('.detail').waitFor();
    const opened = hash();
    await page.goBack();
    await page.locator('.detail').waitFor({ state: 'detached' });
    expect(hash()).toBe('#/payments');
    await page.goForward();
    await page.locator('.detail').waitFor();
    expect(hash()).toBe(opened);
  });

  it('a change of filters makes no entry of the history: back leaves the list', async () => {
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await titled('Orders');
    await page.getByRole('button', { name: 'Held', exact: true }).click();
    await isAt(/^#\/orders\?held=1$/);
    await page.getByRole('button', { name: 'Undelivered', exact: true }).click();
    await isAt(/^#\/orders\?held=1&undelivered=1$/);
    await page.goBack();
    await titled('Payments');
    expect(hash()).toBe('#/payments');
  });

  it('another filter leads to the first page, and a filter that is switched off leaves the address', async () => {
    await page.getByRole('button', { name: 'Older' }).click();
    await isAt(/^#\/payments\?cursor=/);
    await page.getByRole('button', { name: 'Held', exact: true }).click();
    await isAt(/^#\/payments\?held=1$/);
    await page.getByRole('button', { name: 'Held', exact: true }).click();
    await isAt(/^#\/payments$/);
  });

  it('a filter keeps the open item, and a reload restores the item and the filter', async () => {
    await row().click();
    await page.locator('.detail').waitFor();
    const opened = hash();
    await page.getByRole('button', { name: 'Held', exact: true }).click();
    await isAt(/\?held=1$/);
    expect(hash()).toBe(`${opened}?held=1`);
    await page.reload();
    await page.locator('.detail').waitFor();
    await page.getByRole('button', { name: 'Held', exact: true, pressed: true }).waitFor();
  });
});
