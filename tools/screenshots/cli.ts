/**
 * The pictures of the console in README and docs/console.md: `npm run screenshots`. They use the fixture, so that they
 * change only with the page.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, noBrowser } from '../../test/console/browser.ts';
import { serveFixture } from '../../test/console/fixture-server.ts';

const folder = join(import.meta.dirname, '../../docs/images');
const DESK = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 844 };
const MOST_BYTES = 160_000;
const LOOK_MS = 50;

const PICTURES = [
  { name: 'overview-light', view: '#/overview', size: DESK, scheme: 'light' },
  {
    name: 'payment-dark',
    view: '#/payments/trustly-americas%3Ashop%3A1000000003',
    size: DESK,
    scheme: 'dark',
  },
  { name: 'refused-light', view: '#/requests/request-4', size: DESK, scheme: 'light' },
  {
    name: 'conflict-light',
    view: '#/holds/paymentwall%3Agoods%3A1000000503',
    size: DESK,
    scheme: 'light',
  },
  { name: 'overview-phone-dark', view: '#/overview', size: PHONE, scheme: 'dark' },
  { name: 'payments-phone-light', view: '#/payments', size: PHONE, scheme: 'light' },
] as const;

async function main(): Promise<number> {
  if (noBrowser !== undefined) {
    process.stderr.write(`No pictures are made here: ${noBrowser}.\n`);
    return 1;
  }
  mkdirSync(folder, { recursive: true });
  const [server, browser] = await Promise.all([serveFixture({ payments: 1_000 }), launchBrowser()]);
  try {
    for (const { name, view, size, scheme } of PICTURES) {
      const context = await browser.newContext({ viewport: size, colorScheme: scheme });
      const page = await context.newPage();
      await page.goto(server.url + view);
      await page.locator('main :is(h1, h2):visible').first().waitFor();
      // The page's content security policy forbids evaluating scripts, so a locator asks the browser.
      while ((await page.locator('.loading:visible').count()) > 0) await sleep(LOOK_MS);
      const path = join(folder, `console-${name}.png`);
      await page.screenshot({ path });
      await context.close();
      const { size: bytes } = statSync(path);
      process.stdout.write(`${path} ${bytes} bytes\n`);
      if (bytes > MOST_BYTES) throw new Error(`${path} has ${bytes} bytes, allowed: ${MOST_BYTES}`);
    }
    return 0;
  } finally {
    await browser.close();
    await server.close();
  }
}

process.exit(await main());
