/** The page's requests in a real browser: the test answers and counts the requests. */
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from '../browser.ts';
import { type FixtureServer, serveFixture } from '../fixture-server.ts';

/** The limit only ends a test that hangs; no assertion depends on it. */
const PATIENCE_MS = 120_000;

describe.skipIf(noBrowser !== undefined)('requests of the page', { timeout: PATIENCE_MS }, () => {
  let server: FixtureServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    [server, browser] = await Promise.all([serveFixture({ payments: 20 }), launchBrowser()]);
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Each request of a view, with the ETag that the page sends. */
  let requests: { readonly path: string; readonly etag: string | undefined }[] = [];
  /** Answers the requests of the view `holds`. */
  let holds: (route: Route) => Promise<void>;
  const countOf = (path: string) => requests.filter((each) => each.path === path).length;
  const held = (etag: string) => (route: Route) =>
    route.fulfill({ json: { held: [], more: false }, headers: { etag } });

  beforeEach(async () => {
    requests = [];
    holds = held('"one"');
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.route('**/api/v1/**', (route) => {
      const request = route.request();
      const path = request.url().split('/api/v1/')[1] ?? '';
      if (path === 'live') return route.continue();
      requests.push({ path, etag: request.headers()['if-none-match'] });
      return path === 'holds' ? holds(route) : route.continue();
    });
  });
  afterEach(() => context?.close());

  const open = async (view: string) => {
    await page.goto(server.url + view);
    await page.locator('main h1').waitFor();
  };
  /** Announces a change, and waits until the page has requested the view again. */
  async function change(path = 'holds'): Promise<void> {
    const before = countOf(path);
    server.change();
    await vi.waitUntil(() => countOf(path) > before, { timeout: PATIENCE_MS });
  }

  it('the page asks for a view again with the ETag of its last answer, and keeps the view at 304', async () => {
    await open('#/holds');
    await page.getByText('Nothing is held').waitFor();
    holds = (route) => route.fulfill({ status: 304 });
    await change();
    expect(requests.filter(({ path }) => path === 'holds').at(-1)?.etag).toBe('"one"');
    await page.getByText('Nothing is held').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('the page shows a failure and its next step beside the old data, until the next good answer', async () => {
    await open('#/holds');
    await page.getByText('Nothing is held').waitFor();
    holds = (route) => route.fulfill({ status: 502, json: { error: 'AWS failed.', next: 'Wait a moment.' } });
    await change();
    await page.getByText('AWS failed.').waitFor();
    await page.getByText('Wait a moment.').waitFor();
    await page.getByText('Nothing is held').waitFor();
    holds = held('"two"');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('AWS failed.').waitFor({ state: 'detached' });
  });

  it('the page removes the old data of a view that is answered 404', async () => {
    await open('#/holds');
    await page.getByText('Nothing is held').waitFor();
    holds = (route) => route.fulfill({ status: 404, json: { error: 'There is none.' } });
    await change();
    await page.getByText('There is none.').waitFor();
    await page.getByText('Nothing is held').waitFor({ state: 'detached' });
  });

  it('the page shows an answer that is not JSON as a failure with the status 500', async () => {
    holds = (route) => route.fulfill({ status: 500, body: '<h1>no JSON</h1>' });
    await open('#/holds');
    await page.getByText("The console's server answered 500.").waitFor();
  });

  it('the page reads dead letters again after Refresh or an action, but not after each change', async () => {
    await open('#/queues/b6d5c3f0-0000-4000-8000-000000000001');
    await page.getByRole('button', { name: 'Redrive', exact: true }).waitFor();
    await change('queues');
    await change('queues');
    expect(countOf('dead-letters')).toBe(1);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await vi.waitUntil(() => countOf('dead-letters') === 2, { timeout: PATIENCE_MS });
    await page.getByRole('button', { name: 'Redrive', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('the cause is gone');
    await dialog.getByLabel('Your name').fill('ann');
    await dialog.getByRole('button', { name: 'Redrive', exact: true }).click();
    await dialog.getByText('Done.', { exact: true }).waitFor();
    await vi.waitUntil(() => countOf('dead-letters') === 3, { timeout: PATIENCE_MS });
  });

  it('the page does not ask for a view that is not shown', async () => {
    await open('#/holds');
    await page.getByText('Nothing is held').waitFor();
    await page.goto(`${server.url}#/queues`);
    await page.getByRole('heading', { level: 1, name: 'Queues' }).waitFor();
    // The first event of the live connection may have requested the holds while they were shown. Requests are counted
    // in their order, so that one is counted before the request that follows this change.
    await change('queues');
    await change('queues');
    const before = countOf('holds');
    await change('queues');
    await change('queues');
    expect(countOf('holds')).toBe(before);
  });

  it('an action sends the token, and its refusal is shown in the dialog', async () => {
    const posted: (string | undefined)[] = [];
    await page.route('**/api/v1/actions/**', (route) => {
      posted.push(route.request().headers()['x-payhooks-token']);
      return route.fulfill({ status: 409, json: { error: 'It has changed: nothing was done.' } });
    });
    await open('#/reconciliation');
    await page.getByRole('button', { name: 'Reconcile now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('dialog').getByText('It has changed: nothing was done.').waitFor();
    const { token } = server.fixture.get('api/v1/capabilities').body as { readonly token: string };
    expect(posted).toEqual([token]);
  });

  it('the page keeps old data without an alert when a request gets no answer, and asks again at the next change', async () => {
    await open('#/holds');
    await page.getByText('Nothing is held').waitFor();
    holds = (route) => route.abort();
    await change();
    // Only the end of the stream of changes makes the frame say that the page is disconnected.
    await page.getByText('Nothing is held').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    holds = held('"three"');
    await change();
    await page.getByText('Nothing is held').waitFor();
  });
});
