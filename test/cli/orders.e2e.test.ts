/**
 * Orders are registered, shown, closed, reopened and changed from the command line, against the whole stack on this
 * computer.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXIT } from '../../cli/problem.ts';
import type { LocalStack } from '../../local/stack.ts';
import { copies, newRef, paid, settled, startStack } from './stack.ts';
import { announce, type Desk, deskAt } from './terminal.ts';

let stack: LocalStack;
let folder: string;
let desk: Desk;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-orders-'));
  stack = await startStack();
  announce(folder, stack);
  desk = deskAt(folder);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

const OPERATOR_NOTE = ['--by', 'on-call'];

it('a payment of a closed order is fulfilled only after orders reopen, and a paid order cannot be closed', async () => {
  const reference = `order-${newRef()}`;
  const order = JSON.stringify({ reference, amounts: [{ currency: 'EUR', exact: '12.50' }] });
  const registered = await desk.run(['orders', 'register', '-'], order);
  expect(registered).toMatchObject({
    code: EXIT.done,
    err: expect.stringMatching(/^(?:Stack: local :.*\n)?$/),
  });
  expect(registered.out).toContain(`${reference}: registered.`);
  expect(await desk.json(['orders', 'register', '-'], order)).toMatchObject({ created: false });

  const close = ['orders', 'close', reference, '--note', 'cart abandoned', ...OPERATOR_NOTE];
  expect(await desk.json(close)).toMatchObject({ changed: true, state: 'closed', version: 2 });
  const key = await paid(stack, { ref: newRef(), account: 'strict', goods: reference });
  expect(copies(stack, `${key}#1#fulfil`)).toBe(0);
  const shown = await desk.run(['orders', 'show', reference]);
  expect(shown.out).toContain('closed');
  expect(shown.out).toContain(key);
  expect(shown.out).toMatch(/close +on-call +cart abandoned/);

  await desk.json(['orders', 'reopen', reference, '--note', 'the shopper came back', ...OPERATOR_NOTE]);
  await expect.poll(() => copies(stack, `${key}#1#fulfil`), { timeout: 300_000 }).toBe(1);
  await settled(stack, key);
  expect(await desk.json(['orders', 'show', reference])).toMatchObject({
    order: { reference, state: 'claimed', paidBy: key },
    standing: [],
    ledger: [{ what: 'close' }, { what: 'reopen', by: 'on-call', note: 'the shopper came back' }],
  });
  const late = await desk.run(['orders', 'close', reference, '--note', 'too late']);
  expect(late).toMatchObject({ code: EXIT.refused, out: '' });
  expect(late.err).toContain(`is paid by ${key}`);
});

it('orders change sets the amount and the end, and refuses an invalid amount, currency or version', async () => {
  const reference = `order-${newRef()}`;
  const validUntil = new Date(Date.now() + 3_600_000).toISOString();
  const amounts = [{ currency: 'EUR', exact: '100' }];
  await desk.json(['orders', 'register', '-'], JSON.stringify({ reference, validUntil, amounts }));
  const later = '2099-01-31T12:00:00Z';
  const changed = await desk.run([
    ...[
      'orders',
      'change',
      reference,
      '--valid-until',
      later,
      '--amount',
      '60.00 EUR',
      '--note',
      'one item less',
    ],
    ...OPERATOR_NOTE,
  ]);
  expect(changed).toMatchObject({ code: EXIT.done, err: expect.stringMatching(/^(?:Stack: local :.*\n)?$/) });
  expect(await desk.json(['orders', 'show', reference])).toMatchObject({
    order: {
      amounts: [{ currency: 'EUR', exact: '60.00' }],
      validUntil: '2099-01-31T12:00:00.000Z',
      version: 2,
    },
  });
  const refused = async (...words: string[]) => {
    const { code, err } = await desk.run(['orders', 'change', reference, '--note', 'why', ...words]);
    return { code, err };
  };
  expect(await refused('--amount', '10.005 EUR')).toMatchObject({
    code: EXIT.refused,
    err: expect.stringContaining('EUR has 2 decimals'),
  });
  expect(await refused('--amount', '10 EUX')).toMatchObject({ err: expect.stringContaining('found "EUX"') });
  expect(await refused('--amount', '10 EUR', '--version', '1')).toMatchObject({
    code: EXIT.refused,
    err: expect.stringContaining('has version 2, not 1'),
  });
  expect((await desk.run(['orders', 'close', reference])).err).toContain('--note is missing');
  expect((await desk.run(['orders', 'show', 'none'])).code).toBe(EXIT.notFound);
  expect((await desk.run(['orders', 'close', 'none', '--note', 'why'])).code).toBe(EXIT.notFound);
});
