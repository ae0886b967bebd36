/**
 * The console in a real browser: actions on the whole local stack, views on the fixture. No test depends on time: each
 * step waits for the state that the step needs.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RequestsView } from '../../console/contract.ts';
import { parseConfig } from '../../infra/config.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { pingback } from '../cli/stack.ts';
import { type Desk, deskAt } from '../cli/terminal.ts';
import { launchBrowser, noBrowser } from './browser.ts';
import { type CloudWatchFake, cloudWatchFake } from './cloudwatch-fake.ts';
import { adviceFor, keyOf } from './fixture.ts';
import { type FixtureServer, serveFixture } from './fixture-server.ts';

/** The limit only ends a test that hangs; no assertion depends on it. */
const PATIENCE_MS = 120_000;
const CONFIG = {
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  policy: { amountCheck: 'when-present', unknownOrder: 'trust' },
  accounts: [
    { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
    { provider: 'trustly-europe', account: 'strict', policy: { unknownOrder: 'hold' } },
  ],
};

const DESK = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 844 };
/**
 * The first fifteen rows contain each status, and the other rows look alike. To examine all rows would triple the time.
 */
const FIRST_ROWS = { exclude: [['tbody tr:nth-child(n+16)']] };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

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
  '#/docs/runbooks%2Fheld-payments.md',
] as const;
/**
 * The views of a deployed stack. The views of single rows are left out, since the fixture's rows are not in the stack.
 */
const VIEWS_OF_STACK = VIEWS.filter((view) => !/^#\/(?:try|shop|.+\/)/.test(view));

describe.skipIf(noBrowser !== undefined)(
  `the console in a browser${noBrowser === undefined ? '' : `: ${noBrowser}`}`,
  () => {
    let browser: Browser;
    const problems: string[] = [];
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ viewport: DESK, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(`${message.text()} ${message.location().url}`);
      });
      page.on('pageerror', (error) => problems.push(String(error)));
      await page.goto(url);
      return page;
    }

    const noProblem = () => expect(problems.splice(0)).toEqual([]);

    const settled = async (page: Page) => {
      await page.locator('main :is(h1, h2):visible').first().waitFor();
      await expect.poll(() => page.locator('.loading:visible').count(), { timeout: PATIENCE_MS }).toBe(0);
    };

    describe('the console of the local stack', () => {
      let stack: LocalStack;
      let page: Page;
      const at = (view: string) => `${stack.baseUrl}/_local/${view}`;
      beforeAll(async () => {
        stack = await startLocalStack({ config: parseConfig(CONFIG) });
        page = await open(at(''));
      });
      afterAll(async () => {
        await page?.context().close();
        await stack?.stop();
      });

      const go = (view: string) => page.goto(at(view));
      const dialog = () => page.getByRole('dialog');

      async function answer(label: string): Promise<void> {
        await dialog().getByLabel('Your name').fill('ann');
        await dialog().getByLabel('Why').fill('checked at the provider');
        await dialog().getByRole('button', { name: label, exact: true }).click();
        await dialog().getByText('Done.').waitFor();
        await dialog().getByRole('button', { name: 'Close' }).last().click();
      }

      it('the overview says "Nothing is stuck." and begins its picture in the upper half of a phone’s screen', async () => {
        await page.getByText('Nothing is stuck.').waitFor();
        await page.setViewportSize(PHONE);
        // An empty list takes one line, so the picture begins on the first screen.
        const picture = await page.getByRole('region', { name: 'From provider to shop' }).boundingBox();
        expect(picture?.y).toBeLessThan(PHONE.height / 2);
        await page.setViewportSize(DESK);
        noProblem();
      });

      it('a triggered story appears in the payments and is fulfilled without a reload', async () => {
        await go('#/try');
        // The result of the story is visible without scrolling, wherever the story is on the page.
        const story = page.locator('.story').filter({ hasText: 'sent and accepted.' });
        await page.getByRole('button', { name: 'Trigger paymentwall/regular' }).click();
        await expect
          .poll(
            async () => {
              const box = await story.locator('.note').boundingBox();
              return box !== null && box.y >= 0 && box.y + box.height <= DESK.height;
            },
            { timeout: PATIENCE_MS },
          )
          .toBe(true);
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

      it('a tampered request is refused, and its page says why', async () => {
        await go('#/try');
        await page.getByRole('button', { name: 'Tamper with paymentwall/regular' }).click();
        await go('#/requests?status=4xx');
        await page.locator('tbody tr').first().click();
        await page.getByRole('heading', { name: 'Why it was refused' }).waitFor();
        await page.getByText('payhooks secrets set paymentwall/goods').waitFor();
        await page
          .locator('.callout')
          .getByText(/signature/i)
          .first()
          .waitFor();
        noProblem();
      });

      it('a request sent again is a duplicate, and is refused with 401 once a field is changed', async () => {
        await go('#/requests?status=2xx');
        await page.locator('tbody tr').first().click();
        await page.getByRole('button', { name: 'Send again' }).click();
        await dialog().getByRole('button', { name: 'Send again' }).click();
        await dialog().getByText('recognised as a duplicate, and nothing was applied again').waitFor();
        await dialog().getByRole('button', { name: 'Close' }).last().click();
        await page.getByRole('row', { name: 'ref' }).getByRole('button', { name: 'Change' }).click();
        await dialog().getByLabel('New value').fill('forged');
        await dialog().getByRole('button', { name: 'Change and send' }).click();
        await dialog().getByText('Refused, as it should be: 401, reason wrong_signature.').waitFor();
        await dialog().getByRole('link', { name: 'Open the new request' }).click();
        await page.getByText('Not verified: anybody may have written it').waitFor();
        expect(await dialog().count()).toBe(0);
        noProblem();
      });

      it('a held payment that is released gets its fulfil, and its timeline names operator and note', async () => {
        await go('#/try');
        await page.getByRole('button', { name: 'Trigger trustly-europe/credit' }).click();
        await go('#/holds');
        await page.locator('tbody tr').first().click();
        await page.getByRole('button', { name: 'Release' }).click();
        await answer('Release');
        // The dialog of the next action proposes the name of the last operator.
        await page.getByRole('link', { name: 'Open the payment' }).click();
        await page.getByRole('button', { name: 'Redeliver' }).first().click();
        expect(await dialog().getByLabel('Your name').inputValue()).toBe('ann');
        await page.keyboard.press('Escape');
        await page.goBack();
        await page.getByText('This payment is not held any more').waitFor();
        await page.getByRole('link', { name: 'Open the payment' }).click();
        await page.getByText('The shop received fulfil').waitFor();
        await page
          .locator('.moment')
          .filter({ hasText: 'Released by ann' })
          .getByText('checked at the provider')
          .waitFor();
        noProblem();
      });

      it('a dead letter is redriven, parked, and listed under Sent back with the note', async () => {
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
        // The worker parked the message at once. The sum of both queues is then unchanged, but the list shows the
        // difference.
        await letter.first().waitFor({ state: 'detached' });
        await page.locator('tbody tr').filter({ hasText: 'Parked' }).first().waitFor();
        // The view still shows the operator note of the redrive.
        await page.getByRole('region', { name: 'Sent back' }).getByText('checked at the provider').waitFor();
        noProblem();
      });

      it('a fault of the shop is switched on and off on the page', async () => {
        await go('#/try');
        const shop = page.locator('.plain-list li').filter({ has: page.getByLabel('Fault of shop') });
        await page.getByLabel('Fault of shop').selectOption('down');
        await shop.locator('.badge.bad').getByText('Down').waitFor();
        await page.getByLabel('Fault of shop').selectOption('');
        await shop.locator('.badge').waitFor({ state: 'detached' });
        noProblem();
      });

      it('text that a shopper may write is shown as text and runs no script', async () => {
        const hostile = '<img src=x onerror="window.ran=1"><svg onload="window.ran=1">';
        const uid = '"><script>window.ran=1</script>';
        // The pingback is genuine and goes to quarantine: such a text may hide a parameter.
        expect((await pingback(stack, { ref: 'b1234567890', uid, goods: hostile })).status).toBe(200);
        const hostileRef = `javascript:window.ran=1//${hostile}`;
        expect((await pingback(stack, { ref: hostileRef, secretKey: 'wrong' })).status).toBe(401);
        for (const status of ['2xx', '4xx']) {
          const answer = await fetch(at(`api/v1/requests?status=${status}&limit=1`));
          const [newest] = ((await answer.json()) as RequestsView).requests;
          await go(`#/requests/${newest?.correlationId}`);
          await page.locator('.detail').getByText('onerror=').first().waitFor();
        }
        for (const view of ['quarantine', 'overview', `payments?q=${encodeURIComponent(hostile)}`]) {
          await go(`#/${view}`);
          await page.locator('main :is(h1, h2):visible').first().waitFor();
        }
        expect(await page.evaluate('window.ran')).toBeUndefined();
        // If the browser had taken a text as an element, the content security policy would have blocked it and reported
        // an error.
        noProblem();
      });

      describe('the console of a deployed stack', () => {
        let fake: CloudWatchFake;
        let folder: string;
        let desk: Desk;
        beforeAll(async () => {
          fake = await cloudWatchFake(stack);
          folder = mkdtempSync(join(tmpdir(), 'payhooks-console-'));
          writeFileSync(join(folder, 'sandbox.json'), JSON.stringify(CONFIG));
          desk = deskAt(folder);
          for (const service of ['CLOUDFORMATION', 'CLOUDWATCH', 'CLOUDWATCH_LOGS'])
            vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, fake.url);
          vi.stubEnv('AWS_ENDPOINT_URL', stack.awsEndpoint);
          vi.stubEnv('AWS_REGION', 'us-east-1');
          vi.stubEnv('AWS_ACCESS_KEY_ID', stack.awsCredentials.accessKeyId);
          vi.stubEnv('AWS_SECRET_ACCESS_KEY', stack.awsCredentials.secretAccessKey);
        });
        afterAll(async () => {
          vi.unstubAllEnvs();
          await fake?.close();
          rmSync(folder, { recursive: true, force: true });
        });

        async function served(...flags: readonly string[]) {
          const words = ['console', '--stack', 'PayhooksSandbox', '--config', join(folder, 'sandbox.json')];
          const running = desk.start([...words, ...flags]);
          const url = () => /http:\S+/.exec(running.printed.out)?.[0] ?? running.printed.err;
          await expect.poll(url, { timeout: PATIENCE_MS }).toMatch(/^http:/);
          const opened = await open(url());
          const close = async () => {
            await opened.context().close();
            expect((await running.stop()).code).toBe(0);
          };
          return { page: opened, close };
        }

        it('every view of a deployed stack loads read-only, with the metrics of CloudWatch', async () => {
          const { page: own, close } = await served();
          await own.getByText('PayhooksSandbox (sandbox)').first().waitFor();
          await own.getByText('Read only').first().waitFor();
          for (const view of VIEWS_OF_STACK) {
            await own.evaluate(`location.hash = ${JSON.stringify(view)}`);
            await settled(own);
            expect(await own.locator('[role=alert]').allTextContents(), view).toEqual([]);
          }
          await own.evaluate(`location.hash = '#/requests?status=4xx'`);
          await own.locator('tbody tr').first().click();
          await own.getByRole('heading', { name: 'Why it was refused' }).waitFor();
          await own.evaluate(`location.hash = '#/payments'`);
          await own.locator('tbody tr').filter({ hasText: 'Paid' }).first().click();
          await own.getByRole('heading', { name: 'Timeline' }).waitFor();
          const buttons = own.locator('.detail button').filter({ hasText: /Rederive|Redeliver|Send again/ });
          expect(await buttons.count()).toBeGreaterThan(0);
          for (const button of await buttons.all()) expect(await button.isDisabled()).toBe(true);
          await own.evaluate(`location.hash = '#/metrics/payhooks-sandbox-engineering'`);
          await own
            .locator('.widget')
            .filter({ hasText: 'Alarms' })
            .getByText('Alarm', { exact: true })
            .first()
            .waitFor();
          await own.getByRole('navigation').getByText('Try it').waitFor({ state: 'detached' });
          await close();
          const calls = [
            'DescribeAlarms',
            'DescribeStacks',
            'FilterLogEvents',
            'GetDashboard',
            'GetMetricData',
          ];
          expect([...fake.called].sort()).toEqual(calls);
          noProblem();
        });

        it('a view that AWS denies shows a sentence, and the other views work', async () => {
          for (const operation of ['FilterLogEvents', 'GetMetricData', 'DescribeAlarms'])
            fake.denied.add(operation);
          const { page: own, close } = await served();
          await own.evaluate(`location.hash = '#/requests'`);
          await own.getByRole('alert').getByText('AWS does not allow this call').first().waitFor();
          await own.evaluate(`location.hash = '#/payments'`);
          await own.locator('tbody tr').filter({ hasText: 'Paid' }).first().click();
          await own.getByRole('heading', { name: 'Timeline' }).waitFor();
          await close();
          fake.denied.clear();
          // The browser logs every answer with an error status as a problem.
          problems.length = 0;
        });

        it('a held payment is rejected with name and note when the console runs with --allow-actions', async () => {
          await go('#/try');
          await page.getByRole('button', { name: 'Trigger trustly-europe/credit' }).click();
          await page.getByText('sent and accepted.').waitFor();
          const { page: own, close } = await served('--allow-actions');
          await own.evaluate(`location.hash = '#/holds'`);
          await own.locator('tbody tr').first().click();
          await own.getByRole('button', { name: 'Reject' }).click();
          const form = own.getByRole('dialog');
          await form.getByLabel('Your name').fill('ann');
          await form.getByLabel('Why').fill('nobody ordered it');
          await form.getByRole('button', { name: 'Reject', exact: true }).click();
          await form.getByText('Done.').waitFor();
          await close();
          noProblem();
        });
      });

      it('a page of another origin can neither read the API nor act', async () => {
        const foreign = createServer((_, response) =>
          response.setHeader('content-type', 'text/html').end('<p>shop'),
        );
        await new Promise<void>((done) => foreign.listen(0, '127.0.0.1', done));
        const { port } = foreign.address() as AddressInfo;
        const other = await open(`http://127.0.0.1:${port}/`);
        const api = JSON.stringify(at('api/v1/'));
        const resultOf = (call: string) =>
          other.evaluate(`${call}.then(({ status, type }) => type + ' ' + status, () => 'blocked')`);
        expect(await resultOf(`fetch(${api} + 'capabilities')`)).toBe('blocked');
        expect(
          await resultOf(
            `fetch(${api} + 'actions/fault', { method: 'POST', headers: { 'content-type': 'application/json', 'x-payhooks-token': 'guess' }, body: '{"service":"shop","fault":"down"}' })`,
          ),
        ).toBe('blocked');
        // The browser sends this request without a preflight and hides the answer from the page; the server refuses the
        // request.
        expect(
          await resultOf(
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

    describe('the console on the fixture', () => {
      let server: FixtureServer;
      beforeAll(async () => {
        server = await serveFixture({ payments: 10_000 });
      });
      afterAll(() => server?.close());

      describe('every view', () => {
        let few: FixtureServer;
        let page: Page;
        beforeAll(async () => {
          // 1,000 payments include twenty held payments, which are enough to examine.
          few = await serveFixture({ payments: 1_000 });
          page = await open(few.url);
          await page.evaluate(axe.source);
        });
        afterAll(async () => {
          await page?.context().close();
          await few?.close();
        });

        async function violations(options: object): Promise<readonly string[]> {
          const { violations: found } = (await page.evaluate(
            `axe.run(${JSON.stringify(FIRST_ROWS)}, ${JSON.stringify({ ...options, resultTypes: ['violations'] })})`,
          )) as {
            violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
          };
          return found
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
        }

        it.each(VIEWS)(
          'the view %s has no axe-core violation, light or dark, and fits the width of a phone',
          async (view) => {
            await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
            await settled(page);
            expect(await violations({ runOnly: RULES })).toEqual([]);
            // Only the columns scroll. A document that is longer than the window would scroll the columns out of view.
            const height = () => page.evaluate('document.scrollingElement.scrollHeight');
            expect(await height()).toBe(DESK.height);
            // In the dark scheme only the colours differ.
            await page.emulateMedia({ colorScheme: 'dark' });
            expect(await violations({ runOnly: ['color-contrast', 'link-in-text-block'] })).toEqual([]);
            await page.emulateMedia({ colorScheme: 'light' });
            await page.setViewportSize(PHONE);
            // The page draws a plot again after a change of its width.
            const wider = () =>
              page.evaluate(
                `[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.closest('pre, .visually-hidden') === null).map((each) => each.outerHTML.slice(0, 120))`,
              );
            await expect.poll(wider, { timeout: PATIENCE_MS }).toEqual([]);
            expect(await height()).toBe(PHONE.height);
            expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
              PHONE.width,
            );
            await page.setViewportSize(DESK);
            noProblem();
          },
        );
      });

      it('a hold order_already_paid advises reject, repeats the amounts in its dialog, and links its runbook', async () => {
        const page = await open(`${server.url}#/holds/${encodeURIComponent(keyOf(303))}`);
        const card = page.locator('.callout').filter({ hasText: 'Order already paid' });
        await card.getByText('Advised: reject.').waitFor();
        expect(await card.locator('.button.primary').allTextContents()).toEqual(['Reject']);
        await card.getByRole('link', { name: '1000000304' }).waitFor();
        await card.getByRole('button', { name: 'Release' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText('Advised is to reject.').waitFor();
        for (const fact of ['order-1000000303', 'The order expects', 'Came from the shopper'])
          await dialog.getByText(fact).waitFor();
        expect(await dialog.locator('.name-values dd').allTextContents()).toEqual([
          ...[keyOf(303), 'order-1000000303', '43.10 EUR', '43.10 EUR'],
        ]);
        await page.keyboard.press('Escape');
        await card.getByRole('link', { name: 'Held payments' }).click();
        await page.getByRole('heading', { name: 'Held payments' }).waitFor();
        await page.getByText('npx payhooks holds list').waitFor();
        // The commands of the runbook name the payment and the hold, and the buttons are there as well.
        const { digest } = adviceFor(303);
        await page
          .getByText(`npx payhooks holds release ${keyOf(303)} order_already_paid ${digest}`)
          .waitFor();
        await page.getByRole('button', { name: 'Reject' }).click();
        await dialog.getByText('order-1000000303').waitFor();
        await page.keyboard.press('Escape');
        await page.context().close();
        noProblem();
      });

      it('a conflicting duplicate is shown beside an open panel and on a phone, and links to its hold', async () => {
        const page = await open(`${server.url}#/requests/request-6`);
        const row = page.locator('tbody tr').filter({ has: page.locator('[data-key="request-6"]') });
        await row.getByText('Conflicting duplicate').waitFor();
        const detail = page.locator('.detail');
        await detail.getByText('Ask the provider which of the two contents is right.').waitFor();
        const link = (name: string) => detail.getByRole('link', { name }).getAttribute('href');
        expect(await link('The hold of payment')).toBe(`#/holds/${encodeURIComponent(keyOf(6))}`);
        expect(await link('order-')).toMatch(/^#\/orders\/order-/);
        await page.setViewportSize(PHONE);
        await page.evaluate(`location.hash = '#/requests'`);
        await row.getByText('Conflicting duplicate').waitFor();
        expect(await page.locator('tbody').getByText('Applied', { exact: true }).first().isVisible()).toBe(
          false,
        );
        await page.context().close();
        noProblem();
      });

      it('a payment can be found, opened, released and closed with the keyboard alone', async () => {
        const page = await open(server.url);
        await page.getByText('Money is stuck.').waitFor();
        const press = async (...keys: readonly string[]) => {
          for (const key of keys) await page.keyboard.press(key);
        };
        // "/" opens the payments on a view without a search field.
        await press('/');
        await page.locator('[data-search]:focus').waitFor();
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
        await page.getByRole('dialog').getByText('Done.', { exact: true }).waitFor();
        // The form and its button are removed, and the focus moves to the button Close.
        expect(await page.evaluate('document.activeElement.textContent')).toBe('Close');
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

      it('a change on the server keeps the focus, the scroll position and the selected text of the list', async () => {
        const page = await open(`${server.url}#/payments`);
        const row = page.locator('[data-row]').nth(20);
        await row.focus();
        await page.evaluate('window.kept = document.activeElement');
        await page.evaluate(`getSelection().selectAllChildren(document.querySelector('tbody td'))`);
        const place = () =>
          page.evaluate(
            `[document.activeElement === window.kept, document.querySelector('.master').scrollTop, String(getSelection())]`,
          );
        const before = await place();
        const refreshed = page.waitForResponse(/payments\?/);
        server.change();
        await (await refreshed).finished();
        await page.evaluate(
          'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
        );
        expect(await place()).toEqual(before);
        expect(before).toEqual([true, expect.any(Number), expect.stringMatching(/\w/)]);
        await page.context().close();
        noProblem();
      });

      it.each(['payments', 'requests'])(
        'the list of ten thousand %s shows 50 rows, and an update without a change touches no node of the list',
        async (view) => {
          const page = await open(`${server.url}#/${view}`);
          await settled(page);
          expect(await page.locator('tbody tr').count()).toBe(50);
          expect(await page.locator('*').count()).toBeLessThan(2_500);
          await page.evaluate(`
            window.touched = [];
            new MutationObserver((all) => {
              for (const { type, target } of all) {
                // The library replaces empty texts, which nobody can see or select.
                if (type !== 'characterData' || target.data !== '') window.touched.push(target.nodeName);
              }
            }).observe(document.querySelector('table.list'), {
              ...{ subtree: true, childList: true, attributes: true, characterData: true },
            });`);
          for (let times = 0; times < 3; times++) {
            const answered = page.waitForResponse((response) => response.url().includes(`api/v1/${view}?`));
            server.change();
            await (await answered).finished();
          }
          await settled(page);
          expect(await page.evaluate('window.touched')).toEqual([]);
          await page.context().close();
        },
      );

      it('the page says that the console is disconnected, and what to do, when the server ends', async () => {
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
