/**
 * The console in a real browser: on the whole local stack what acts, and on the fixture what only looks. Nothing here
 * depends on time: each step waits for what it needs.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { launchBrowser, noBrowser } from './browser.ts';
import { type FixtureServer, serveFixture } from './fixture-server.ts';

/** Ends what hangs; never decides. */
const PATIENCE_MS = 120_000;
/** Every element of every view is looked at, twice. */
const AXE_MS = 900_000;

const VIEWS = [
  '#/overview',
  '#/requests',
  '#/requests/request-4',
  '#/payments',
  '#/payments/trustly-americas%3Ashop%3A1000000003',
  '#/orders',
  '#/orders/order-1000000004',
  '#/holds',
  '#/holds/trustly-americas%3Ashop%3A1000000003',
  '#/undelivered',
  '#/queues',
  '#/queues/b6d5c3f0-0000-4000-8000-000000000001',
  '#/quarantine',
  '#/reconciliation',
  '#/metrics',
  '#/try',
  '#/shop',
] as const;

describe.skipIf(noBrowser !== undefined)(
  `in a browser${noBrowser === undefined ? '' : `: ${noBrowser}`}`,
  () => {
    let browser: Browser;
    const problems: string[] = [];
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(String(error)));
      await page.goto(url);
      return page;
    }

    const noProblem = () => expect(problems.splice(0)).toEqual([]);

    describe('on the local stack', () => {
      let stack: LocalStack;
      let page: Page;
      const at = (view: string) => `${stack.baseUrl}/_local/${view}`;
      beforeAll(async () => {
        stack = await startLocalStack({
          config: parseConfig({
            environment: 'sandbox',
            target: { type: 'eventbridge' },
            policy: { amountCheck: 'when-present', unknownOrder: 'trust' },
            accounts: [
              { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
              { provider: 'trustly-europe', account: 'strict', policy: { unknownOrder: 'hold' } },
            ],
          }),
        });
        page = await open(at(''));
      });
      afterAll(async () => {
        await page?.context().close();
        await stack?.stop();
      });

      const go = (view: string) => page.goto(at(view));
      const dialog = () => page.getByRole('dialog');

      async function answer(label: string): Promise<void> {
        await dialog().getByLabel('Why').fill('checked at the provider');
        await dialog().getByRole('button', { name: label, exact: true }).click();
        await dialog().getByText('Done.').waitFor();
        await dialog().getByRole('button', { name: 'Close' }).last().click();
      }

      it('says that nothing is stuck while nothing is', async () => {
        await page.getByText('Nothing is stuck.').waitFor();
        noProblem();
      });

      it('a triggered story appears and is fulfilled, without a reload', async () => {
        await go('#/try');
        await page.getByRole('button', { name: 'Trigger paymentwall/regular' }).click();
        await page.getByText('is sent.').waitFor();
        await go('#/payments');
        const row = page.locator('tbody tr').filter({ hasText: 'Paid' });
        await row.first().waitFor();
        await row.first().getByText('given').waitFor();
        await row.first().click();
        await page.getByText('The shop received fulfil').waitFor();
        await page
          .locator('.moment')
          .filter({ hasText: 'fulfil' })
          .getByText('Delivered', { exact: true })
          .first()
          .waitFor();
        noProblem();
      });

      it('a tampered request is refused and says why', async () => {
        await go('#/try');
        await page.getByRole('button', { name: 'Tamper with paymentwall/regular' }).click();
        await go('#/requests?status=4xx');
        await page.locator('tbody tr').first().click();
        await page.getByRole('heading', { name: 'Why it was refused' }).waitFor();
        await page
          .locator('.callout')
          .getByText(/signature/i)
          .first()
          .waitFor();
        noProblem();
      });

      it('a request is sent again, and refused once a field is changed', async () => {
        await go('#/requests?status=2xx');
        await page.locator('tbody tr').first().click();
        await page.getByRole('button', { name: 'Send again' }).click();
        await dialog().getByRole('button', { name: 'Send again' }).click();
        await dialog().getByText(/^200 /).waitFor();
        await dialog().getByRole('button', { name: 'Close' }).last().click();
        await page.getByRole('row', { name: 'ref' }).getByRole('button', { name: 'Change' }).click();
        await dialog().getByLabel('New value').fill('forged');
        await dialog().getByRole('button', { name: 'Change and send' }).click();
        await dialog()
          .getByText(/^40\d /)
          .waitFor();
        await dialog().getByRole('button', { name: 'Close' }).last().click();
        noProblem();
      });

      it('a held payment is released and fulfilled', async () => {
        await go('#/try');
        await page.getByRole('button', { name: 'Trigger trustly-europe/credit' }).click();
        await go('#/holds');
        await page.locator('tbody tr').first().click();
        await page.getByRole('button', { name: 'Release' }).click();
        await answer('Release');
        await page.getByText('It is not held any more').waitFor();
        await page.getByRole('link', { name: 'Open the payment' }).click();
        await page.getByText('The shop received fulfil').waitFor();
        await page
          .locator('.moment')
          .filter({ hasText: 'Release by' })
          .getByText('checked at the provider')
          .waitFor();
        noProblem();
      });

      it('a dead letter is redriven', async () => {
        const sqs = new SQSClient({
          endpoint: stack.awsEndpoint,
          region: 'us-east-1',
          credentials: stack.awsCredentials,
        });
        await sqs.send(
          new SendMessageCommand({
            QueueUrl: `${stack.awsEndpoint}/000000000000/payhooks-sandbox-notifications-dlq`,
            MessageBody: '{}',
          }),
        );
        await go('#/overview');
        await page.getByText('Money is stuck.').waitFor();
        await go('#/queues');
        const letter = page.locator('tbody tr').filter({ hasText: 'Dead letter' });
        await letter.first().click();
        await page.getByRole('button', { name: 'Redrive' }).click();
        await answer('Redrive');
        await expect
          .poll(async () => (await stack.queues())['payhooks-sandbox-notifications']?.dlq?.visible, {
            timeout: PATIENCE_MS,
          })
          .toBe(0);
        noProblem();
      });

      it('a fault is switched on and off', async () => {
        await go('#/try');
        await page.getByLabel('Fault of shop').selectOption('down');
        await page
          .locator('li')
          .filter({ hasText: 'Shop' })
          .getByText('Down', { exact: true })
          .first()
          .waitFor();
        await page.getByLabel('Fault of shop').selectOption('');
        await page
          .locator('.plain-list li')
          .filter({ has: page.getByLabel('Fault of shop') })
          .locator('.badge.good')
          .waitFor();
        noProblem();
      });

      it('a page of another origin can neither read nor act', async () => {
        const foreign = createServer((_, response) =>
          response.setHeader('content-type', 'text/html').end('<p>shop'),
        );
        await new Promise<void>((done) => foreign.listen(0, '127.0.0.1', done));
        const { port } = foreign.address() as AddressInfo;
        const other = await open(`http://127.0.0.1:${port}/`);
        const api = JSON.stringify(at('api/v1/'));
        const asked = (call: string) =>
          other.evaluate(`${call}.then(({ status, type }) => type + ' ' + status, () => 'blocked')`);
        expect(await asked(`fetch(${api} + 'capabilities')`)).toBe('blocked');
        expect(
          await asked(
            `fetch(${api} + 'actions/fault', { method: 'POST', headers: { 'content-type': 'application/json', 'x-payhooks-token': 'guess' }, body: '{"service":"shop","fault":"down"}' })`,
          ),
        ).toBe('blocked');
        // Sent without a preflight, and without a way to read the answer: the server refuses it.
        expect(
          await asked(
            `fetch(${api} + 'actions/fault', { method: 'POST', mode: 'no-cors', body: '{"service":"shop","fault":"down"}' })`,
          ),
        ).toBe('opaque 0');
        const faults = (await (await fetch(at('api/v1/faults'))).json()) as {
          services: { fault: string | null }[];
        };
        expect(faults.services.every(({ fault }) => fault === null)).toBe(true);
        await other.context().close();
        foreign.close();
        foreign.closeAllConnections();
        problems.length = 0;
      });
    });

    describe('on the fixture', () => {
      let server: FixtureServer;
      beforeAll(async () => {
        server = await serveFixture({ payments: 10_000 });
      });
      afterAll(() => server?.close());

      const settled = async (page: Page) => {
        await page.locator('main :is(h1, h2):visible').first().waitFor();
        await expect.poll(() => page.locator('.loading:visible').count(), { timeout: PATIENCE_MS }).toBe(0);
      };

      it.each(['light', 'dark'] as const)(
        'axe-core finds nothing in any view, %s',
        async (colorScheme) => {
          const page = await open(server.url, { colorScheme });
          await page.evaluate(axe.source);
          for (const view of VIEWS) {
            await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
            await settled(page);
            const { violations } = (await page.evaluate(
              `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
            )) as {
              violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
            };
            const found = violations
              .filter(({ impact }) => impact === 'serious' || impact === 'critical')
              .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
            expect(found, view).toEqual([]);
          }
          await page.context().close();
          noProblem();
        },
        AXE_MS,
      );

      it('on a phone nothing is wider than the screen', async () => {
        const page = await open(server.url, { viewport: { width: 390, height: 844 } });
        for (const view of VIEWS) {
          await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
          await settled(page);
          const wider = await page.evaluate(
            `[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.closest('pre, .visually-hidden') === null).map((each) => each.outerHTML.slice(0, 120))`,
          );
          expect(wider, view).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(390);
        }
        await page.context().close();
        noProblem();
      });

      it('the keyboard alone finds a payment, opens it, releases it and comes back', async () => {
        const page = await open(server.url);
        await page.getByText('Money is stuck.').waitFor();
        const press = async (...keys: readonly string[]) => {
          for (const key of keys) await page.keyboard.press(key);
        };
        await press('g', 'p');
        await page.locator('[data-row]').first().waitFor();
        await press('/');
        await page.keyboard.type('1000000003');
        await expect.poll(() => page.locator('tbody tr').count(), { timeout: PATIENCE_MS }).toBe(1);
        await press('Escape', 'j', 'Enter');
        await page.getByRole('button', { name: 'Release' }).waitFor();
        expect(await page.evaluate('document.activeElement.textContent')).toBe('1000000003');
        await press('Tab');
        while ((await page.evaluate('document.activeElement.textContent')) !== 'Release') await press('Tab');
        await press('Enter');
        await page.getByRole('dialog').waitFor();
        await page.getByLabel('Why').focus();
        await page.keyboard.type('checked');
        await press('Enter');
        await page.getByText('release is done.').waitFor();
        expect(server.fixture.posted.at(-1)).toMatchObject({
          name: 'release',
          body: { note: 'checked', reason: 'unknown_order' },
        });
        await press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await press('Escape');
        await page.locator('.detail').waitFor({ state: 'detached' });
        expect(await page.evaluate('document.activeElement.dataset.key')).toContain('1000000003');
        await press('?');
        await page.getByRole('dialog').getByText('next row').waitFor();
        await page.context().close();
        noProblem();
      });

      it('news keeps focus, scroll and selection', async () => {
        const page = await open(`${server.url}#/payments`);
        const row = page.locator('[data-row]').nth(20);
        await row.focus();
        await page.evaluate('window.kept = document.activeElement');
        const place = () =>
          page.evaluate(
            `[document.activeElement === window.kept, document.querySelector('.master').scrollTop]`,
          );
        const before = await place();
        const asked = page.waitForResponse(/payments\?/);
        server.change();
        await (await asked).finished();
        await page.evaluate(
          'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
        );
        expect(await place()).toEqual(before);
        expect(before).toEqual([true, expect.any(Number)]);
        await page.context().close();
        noProblem();
      });

      it('says that it is disconnected, and what to do', async () => {
        const own = await serveFixture();
        const page = await open(own.url);
        await page.getByText('Live', { exact: true }).waitFor();
        await own.close();
        await page.getByText('Disconnected.').first().waitFor();
        await page
          .getByText(/still runs in its terminal/)
          .first()
          .waitFor();
        await page.context().close();
        problems.length = 0;
      });
    });
  },
);
