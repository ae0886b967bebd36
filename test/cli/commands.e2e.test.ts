/** Every command against the whole stack on this computer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../cli/connect.ts';
import { EXIT } from '../../cli/problem.ts';
import { signNotification } from '../../local/demo/senders/trustly-americas.ts';
import type { LocalStack } from '../../local/stack.ts';
import { parkedContext } from '../../shared/app/platform/message.ts';
import { parseEnvelopeKeys, seal } from '../../shared/app/platform/seal.ts';
import { envelopeSecretName } from '../../shared/app/platform/secrets.ts';
import {
  accountOnFileKey,
  hashText,
  parkedKey,
  paymentKeyOf,
  vaultKey,
} from '../../shared/app/table/keys.ts';
import { parkedItem, paymentOf as paymentOfRow } from '../../shared/app/table/rows.ts';
import { sessionItem } from '../../shared/app/transition/sessions.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { accountOf, paymentOf, send } from '../local/client.ts';
import { paymentRow } from '../support/payment-row.ts';
import {
  copies,
  failFulfil,
  newRef,
  paid,
  pingback,
  requestsOf,
  settled,
  startStack,
  WAIT,
} from './stack.ts';
import { announce, type Desk, deskAt } from './terminal.ts';

let stack: LocalStack;
let folder: string;
let desk: Desk;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-desk-'));
  stack = await startStack();
  announce(folder, stack);
  desk = deskAt(folder);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

/** A held payment of the account `strict`: no order is registered for the payment. */
const paidAndHeld = () => paid(stack, { ref: newRef(), account: 'strict', goods: `order-${newRef()}` });

interface Shown {
  readonly payment: {
    readonly status: string;
    readonly holds: readonly { readonly reason: string; readonly digest: string }[];
    readonly grant: { readonly state: string };
    /** The number of end users: their ids are not printed. */
    readonly endUsers: number;
  };
  readonly timeline: readonly { readonly what: string; readonly by?: string; readonly note?: string }[];
}
const shown = (key: string): Promise<Shown> => desk.json(['payments', 'show', key]);

async function holdOf(key: string): Promise<{ readonly reason: string; readonly digest: string }> {
  const [hold] = (await shown(key)).payment.holds;
  if (hold === undefined) throw new Error(`${key} is not held`);
  return hold;
}

describe('payhooks requests', () => {
  it('requests --by-source names the address of a refused request, and not of an accepted request', async () => {
    const ref = newRef();
    const from = (address: string, sent: Parameters<typeof pingback>[1]) =>
      pingback(stack, sent, { from: address });
    expect((await from('203.0.113.9', { ref, secretKey: 'wrong' })).status).toBe(401);
    expect((await from('198.51.100.4', { ref })).status).toBe(200);
    const { sources } = await desk.json<{ readonly sources: readonly { readonly address: string }[] }>([
      ...['requests', '--by-source', '--status', '401'],
    ]);
    const addresses = sources.map(({ address }) => address);
    expect(addresses).toContain('203.0.113.9');
    expect(addresses).not.toContain('198.51.100.4');
    const { out } = await desk.run(['requests', '--blocks']);
    expect(out.split('\n')).toContain('203.0.113.9/32');
  });
});

describe('payhooks payments', () => {
  it('payments list names the open payments, and with --all every payment', async () => {
    const [open, settledOne] = [await paidAndHeld(), await paid(stack, { ref: newRef() })];
    const keys = async (...words: string[]) =>
      (await desk.json<{ items: { payment: string }[] }>(['payments', 'list', ...words])).items.map(
        ({ payment }) => payment,
      );
    expect(await keys()).toContain(open);
    expect(await keys()).not.toContain(settledOne);
    expect(await keys('--all')).toEqual(expect.arrayContaining([open, settledOne]));
    expect(await keys('--all', '--limit', '1')).toHaveLength(1);
    expect(await keys('--all', '--status', 'denied')).toEqual([]);
    const typo = await desk.run(['payments', 'list', '--status', 'payed']);
    expect(typo.code).toBe(EXIT.usage);
    expect(typo.err).toMatch(/--status "payed": allowed are .*\bpaid\b/);
    const { out } = await desk.run(['payments', 'list', '--status', 'denied']);
    expect(out).toContain('No payment of status denied is open.');
  });

  it('payments show begins with the notification, lists the effects and does not print the end user', async () => {
    const key = await paid(stack, { ref: newRef() });
    const { timeline } = await shown(key);
    expect(timeline[0]).toMatchObject({ what: 'notification', keyId: 'current' });
    expect(timeline.map(({ what }) => what)).toContain('effect');
    const { out, code } = await desk.run(['payments', 'show', key]);
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/event {9}fulfil/);
    expect(out).not.toContain('shopper-7');
  });

  it('payments show of an unknown payment ends as notFound and names payments list --all', async () => {
    const { code, err, out } = await desk.run(['payments', 'show', 'paymentwall:goods:none']);
    expect({ code, out }).toEqual({ code: EXIT.notFound, out: '' });
    expect(err).toMatch(/There is no payment "paymentwall:goods:none" in local :\d+ \(sandbox\)\./);
    expect(err).toContain('payhooks payments list --all');
  });
});

describe('payhooks holds', () => {
  it('holds release by reason and digest sends the fulfil once, also when the command is repeated', async () => {
    const key = await paidAndHeld();
    const { reason, digest } = await holdOf(key);
    const list = await desk.json<{ held: { payment: string }[] }>(['holds', 'list']);
    expect(list.held.map(({ payment }) => payment)).toContain(key);
    expect(copies(stack, `${key}#1#fulfil`)).toBe(0);

    const words = ['holds', 'release', key, reason, digest, '--by', 'on-call', '--note', 'seen in the bank'];
    expect(await desk.json(words)).toMatchObject({ verdict: 'released', repeated: false, holds: [] });
    await settled(stack, key);
    expect(copies(stack, `${key}#1#fulfil`)).toBe(1);
    expect((await shown(key)).timeline).toContainEqual(
      expect.objectContaining({ what: 'release', by: 'on-call', note: 'seen in the bank' }),
    );
    expect(await desk.json(words)).toMatchObject({ repeated: true });
    expect(copies(stack, `${key}#1#fulfil`)).toBe(1);
  });

  it('holds reject sends payment.rejected and no fulfil', async () => {
    const key = await paidAndHeld();
    const { reason, digest } = await holdOf(key);
    await desk.json(['holds', 'reject', key, reason, digest, '--note', 'nobody knows it']);
    await settled(stack, key);
    const types = stack.shop.list().filter(({ payment }) => payment === key);
    expect(types.map(({ type }) => type)).toContain('payment.rejected');
    expect(copies(stack, `${key}#1#fulfil`)).toBe(0);
  });

  it('holds release with another digest is refused, and the hold stays', async () => {
    const key = await paidAndHeld();
    const { reason, digest } = await holdOf(key);
    const other = digest.replace(/^./, (first) => (first === '0' ? '1' : '0'));
    const { code, err } = await desk.run(['holds', 'release', key, reason, other, '--note', 'why']);
    expect(code).toBe(EXIT.refused);
    expect(err).toContain(`Open holds: ${reason} ${digest}.`);
    expect((await holdOf(key)).digest).toBe(digest);
    expect(copies(stack, `${key}#1#fulfil`)).toBe(0);
  });

  it.each([
    ['no note', ['unknown_order', 'x'], EXIT.usage, '--note is missing'],
    [
      'a reason that does not exist',
      ['nonsense', 'x', '--note', 'n'],
      EXIT.refused,
      'reason: found "nonsense"',
    ],
  ])('holds release with %s is refused', async (_, rest, code, sentence) => {
    const key = await paidAndHeld();
    const result = await desk.run(['holds', 'release', key, ...rest]);
    expect(result.code).toBe(code);
    expect(result.err).toContain(sentence);
  });
});

describe('payhooks redeliver', () => {
  it('redeliver sends an event once more under the same id', async () => {
    const key = await paid(stack, { ref: newRef() });
    const id = `${key}#1#fulfil`;
    expect(copies(stack, id)).toBe(1);
    const answer = await desk.json(['redeliver', id, '--note', 'lost by the shop']);
    expect(answer).toMatchObject({ effect: id, underWay: false, redeliveries: 1 });
    await expect.poll(() => copies(stack, id), WAIT).toBe(2);
  });

  it('redeliver of an unknown event names the events of the payment', async () => {
    const key = await paid(stack, { ref: newRef() });
    const { code, err } = await desk.run(['redeliver', `${key}#9#fulfil`, '--note', 'n']);
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain(`"${key}#1#fulfil"`);
  });
});

describe('events that were given up', () => {
  /** Writes the state `failed` that the worker writes after its last attempt. */
  async function writeFailedEffect(): Promise<string> {
    const key = await paid(stack, { ref: newRef() });
    const { store } = await connect({ stack: undefined, config: undefined, runningFolder: folder });
    return failFulfil(store, key);
  }

  it('payments list --failed names each given-up event by its id, and redeliver sends one event or all again', async () => {
    const [first, second, third] = [
      await writeFailedEffect(),
      await writeFailedEffect(),
      await writeFailedEffect(),
    ];
    const { out } = await desk.run(['payments', 'list', '--failed']);
    for (const id of [first, second, third]) expect(out).toMatch(new RegExp(`^${id} +56 `, 'm'));
    expect(out).toContain('3 events. Next, when the target works again: npx payhooks redeliver "EVENT"');
    expect((await desk.run(['payments', 'list'])).out).toContain('fulfil (given up after 56 attempts)');

    await desk.json(['redeliver', first, '--note', 'the shop is back']);
    await expect.poll(() => copies(stack, first), WAIT).toBe(2);
    const one = ['redeliver', '--failed', '--limit', '1', '--note', 'the shop is back'];
    expect((await desk.run(one)).out).toContain('1 event sent again, 0 refused, 1 left (--limit).');
    await desk.json(['redeliver', '--failed', '--note', 'the shop is back']);
    for (const id of [second, third]) await expect.poll(() => copies(stack, id), WAIT).toBe(2);
    expect((await desk.run(['payments', 'list', '--failed'])).out).toContain('No event was given up.');
  });

  it('redeliver takes either an event or --failed, and payments list takes either --failed or --all', async () => {
    for (const words of [[], ['a#1#fulfil', '--failed']])
      expect((await desk.run(['redeliver', ...words, '--note', 'n'])).code).toBe(EXIT.usage);
    expect((await desk.run(['payments', 'list', '--failed', '--all'])).code).toBe(EXIT.usage);
  });
});

it('an error with --json is one JSON object on standard error', async () => {
  const { code, out, err } = await desk.run(['reconcile', '--json']);
  expect({ code, out }).toEqual({ code: EXIT.notFound, out: '' });
  expect(JSON.parse(err)).toMatchObject({
    code: EXIT.notFound,
    error: expect.stringContaining('reconciler'),
  });
});

describe('payhooks pause and payhooks resume', () => {
  it('pause keeps notifications for 14 days, and resume works off the queue without a loss', async () => {
    const paused = await desk.json<{ queues: { state: string; safeUntil: string }[] }>(['pause']);
    expect(paused.queues.map(({ state }) => state)).toEqual(['Disabled', 'Disabled']);
    const days = (Date.parse(paused.queues[0]?.safeUntil ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(13.9);
    expect(days).toBeLessThanOrEqual(14);

    const ref = newRef();
    expect((await pingback(stack, { ref })).status).toBe(200);
    const again = await desk.run(['pause', '--queue', 'notifications']);
    expect(again.out).toContain('1 waited before');
    expect(await paymentOf(stack, `paymentwall:goods:${ref}`)).toBeUndefined();

    await desk.json(['resume']);
    await settled(stack, `paymentwall:goods:${ref}`);
    expect(copies(stack, `paymentwall:goods:${ref}#1#fulfil`)).toBe(1);
  });
});

describe('payhooks import', () => {
  const file = (name: string, lines: readonly unknown[]): string => {
    const path = join(folder, name);
    writeFileSync(
      path,
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
    return path;
  };

  it('import orders stores an order that is fulfilled external once, and its payment gets no fulfil', async () => {
    const reference = `old-${newRef()}`;
    const order = {
      ...{ reference, kind: 'payment', use: 'once', fulfilled: 'external' },
      amounts: [{ currency: 'EUR', open: true }],
    };
    const path = file('orders.jsonl', [order, '']);
    expect(await desk.json(['import', 'orders', path])).toMatchObject({ created: 1, known: 0, refused: [] });
    expect(await desk.json(['import', 'orders', path])).toMatchObject({ created: 0, known: 1, refused: [] });
    const key = await paid(stack, { ref: newRef(), account: 'strict', goods: reference });
    expect(copies(stack, `${key}#1#fulfil`)).toBe(0);
  });

  it('import processed stores an id, and a late retry of the same notification creates no payment', async () => {
    const ref = newRef();
    const line = { provider: 'paymentwall', account: 'goods', key: `${ref}/0` };
    expect(await desk.json(['import', 'processed', '-'], JSON.stringify(line))).toMatchObject({ created: 1 });
    expect((await pingback(stack, { ref })).status).toBe(200);
    await expect.poll(async () => JSON.stringify(await stack.queues()), WAIT).not.toContain('"visible":1');
    expect(await paymentOf(stack, `paymentwall:goods:${ref}`)).toBeUndefined();
  });

  it('import names a line with an unknown account, and imports the other lines', async () => {
    const good = { provider: 'trustly-americas', account: 'demo', key: '1028606616' };
    const path = file('processed.jsonl', [good, { ...good, account: 'other' }]);
    const { code, out } = await desk.run(['import', 'processed', path]);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('processed: 1 new, 0 already known, 1 refused.');
    expect(out).toContain('line 2: trustly-americas/other is not a configured account');
  });

  it('import refuses a line that is no JSON or no object of the form, and imports the other lines', async () => {
    const good = { provider: 'trustly-americas', account: 'demo', key: '1028606617' };
    const path = file('broken.jsonl', [
      `\uFEFF${JSON.stringify(good)}`,
      `{"provider":${'x'.repeat(200)}`,
      '{}',
    ]);
    const { code, out } = await desk.run(['import', 'processed', path]);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('processed: 1 new, 0 already known, 2 refused.');
    expect(out).toMatch(/line 2: is not JSON: .{80}…\nline 3: is not \{"provider"/);
  });

  it('import of an empty file is refused: a wrong file must not look like a finished cut-over', async () => {
    const { code, err } = await desk.run(['import', 'orders', file('empty.jsonl', [''])]);
    expect(code).toBe(EXIT.failed);
    expect(err).toContain('is empty; nothing was imported.');
  });
});

describe('payhooks rederive', () => {
  it('rederive prints the changes and writes nothing until --apply with a note', async () => {
    const key = await paid(stack, { ref: newRef() });
    const { store } = await connect({ stack: undefined, config: undefined, runningFolder: folder });
    const row = await store.get(paymentKeyOf(key));
    if (row === undefined) throw new Error('no row');
    const payment = paymentOfRow(row);
    // The stored status of an older version of the rules.
    const older = { ...payment, status: 'processing' as const, version: payment.version + 1 };
    await store.write([{ put: paymentRow(older), when: 'always' }]);

    const dry = await desk.run(['rederive', key]);
    expect(dry.out).toContain('processing → paid');
    expect(dry.out).toContain('1 payment examined, 1 would change.');
    expect((await shown(key)).payment.status).toBe('processing');

    expect((await desk.run(['rederive', key, '--apply'])).code).toBe(EXIT.usage);
    await desk.json(['rederive', key, '--apply', '--note', 'after the update']);
    expect((await shown(key)).payment.status).toBe('paid');
    expect((await shown(key)).timeline.map(({ what }) => what)).toContain('rederive');
    await settled(stack, key);
    expect(copies(stack, `${key}#1#fulfil`)).toBe(1);
  });

  it('rederive finds nothing to change in a table that is up to date', async () => {
    const { out, code } = await desk.run(['rederive']);
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/payments examined, 0 would change\./);
  });
});

describe('payhooks erase', () => {
  it('erase --end-user removes the evidence and the id of the person, and keeps the paid payment', async () => {
    const uid = `person-${newRef()}`;
    const key = await paid(stack, { ref: newRef(), uid });
    const dry = await desk.run(['erase', '--end-user', uid]);
    expect(dry.out).toContain('would be erased');
    expect((await shown(key)).payment.endUsers).toBe(1);
    expect(JSON.stringify(await shown(key))).not.toContain(uid);

    await desk.json(['erase', '--end-user', uid, '--apply', '--note', 'asked by mail']);
    const after = await shown(key);
    expect(after.payment.endUsers).toBe(0);
    expect(after.payment.status).toBe('paid');
    expect(after.timeline.map(({ what }) => what)).not.toContain('notification');
    expect(after.timeline).toContainEqual(expect.objectContaining({ what: 'erase', note: 'asked by mail' }));
    expect(JSON.stringify(after)).not.toContain(uid);
    const { store } = await connect({ stack: undefined, config: undefined, runningFolder: folder });
    const rows = await store.query(paymentKeyOf(key).pk, { limit: 100 });
    expect(JSON.stringify(rows)).not.toContain(uid);
    expect((await desk.run(['erase', '--end-user', uid])).out).toContain('Nothing is stored under this name');
  });

  it('erase of a payment and of a held payment erases only the payment without a hold, with exit code 1', async () => {
    const [one, other] = [await paid(stack, { ref: newRef() }), await paidAndHeld()];
    const { code, out } = await desk.run(['erase', one, other, '--apply', '--note', 'asked by mail']);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('1 payment erased.');
    expect(out).toContain('release or reject it first');
    expect((await desk.run(['erase', other, '--apply', '--note', 'asked by mail'])).code).toBe(EXIT.refused);
  });

  it('a late copy of an erased notification is a duplicate: it stores no end user and causes no second fulfil', async () => {
    const ref = newRef();
    const key = await paid(stack, { ref });
    await desk.json(['erase', key, '--apply', '--note', 'asked by mail']);
    expect((await pingback(stack, { ref })).status).toBe(200);
    await settled(stack, key);
    const newest = async () => (await requestsOf(stack)).find(({ summary }) => summary?.id === ref);
    await expect.poll(async () => (await newest())?.settledAs, WAIT).toBe('duplicate');
    expect((await shown(key)).payment.endUsers).toBe(0);
    expect(copies(stack, `${key}#1#fulfil`)).toBe(1);
  });

  /** A payment whose notification has no end user, for an order with an end user. */
  async function payForOrder(uid: string): Promise<{ readonly key: string; readonly reference: string }> {
    const [id, reference] = [newRef().slice(1), `order-${newRef()}`];
    const order = {
      ...{ reference, kind: 'payment', use: 'once', endUser: uid },
      amounts: [{ currency: 'USD', open: true }],
    };
    await desk.json(['import', 'orders', '-'], JSON.stringify(order));
    const { url, credentials } = accountOf(stack, 'trustly-americas/demo');
    const { accessId = '', accessKey = '' } = credentials.current as Record<string, string>;
    const fields = {
      ...{ eventId: id, eventType: 'Complete', objectId: id, objectType: 'Transaction', status: '4' },
      ...{ transactionType: '3', paymentType: '2', merchantReference: reference, createdAt: '1701986450064' },
    };
    await send({ method: 'POST', url, ...signNotification(fields, { accessId, accessKey }) });
    const key = `trustly-americas:demo:${id}`;
    await expect.poll(async () => (await paymentOf(stack, key))?.orderReference, WAIT).toBe(reference);
    await settled(stack, key);
    return { key, reference };
  }

  it('erase --end-user finds payments and attempts to pay by the order that names the person', async () => {
    const uid = `person-${newRef()}`;
    const { key, reference } = await payForOrder(uid);
    const connection = await connect({ stack: undefined, config: undefined, runningFolder: folder });
    const { store } = connection;
    const scope = { provider: 'trustly-americas', account: 'demo' } as const;
    const session = sessionItem(
      scope,
      'n'.repeat(22),
      {
        ...{ orderReference: reference, merchantReference: `${reference}-1`, publicUrl: 'https://x.example' },
        pages: { pending: '', confirmed: '', selection: '', declined: '' },
        createdAt: new Date().toISOString(),
      },
      1,
    );
    const bank = {
      ...accountOnFileKey(scope, '77', 'return'),
      schema: 1,
      data: { orderReference: reference },
    };
    for (const put of [session, bank]) await store.write([{ put, when: 'always' }]);

    expect((await shown(key)).timeline.map(({ what }) => what)).toContain('notification');
    const byUser = await desk.json(['erase', '--end-user', uid]);
    expect(byUser).toMatchObject({ applied: false, orders: [reference], checkout: 2 });
    expect(byUser).toEqual(await desk.json(['erase', '--order', reference]));
    const erased = ['erase', '--order', reference, '--apply', '--note', 'asked by mail'];
    expect(await desk.json(erased)).toMatchObject({
      ...{ applied: true, orders: [reference], checkout: 2 },
      payments: [{ payment: key, evidence: 1 }],
    });
    expect((await shown(key)).timeline.map(({ what }) => what)).not.toContain('notification');
    for (const row of [session, bank]) expect(await store.get(row)).toBeUndefined();
    expect((await desk.run(['erase', '--end-user', uid])).out).toContain('Nothing is stored under this name');
  });

  it('erase removes a splitToken also when the configuration has no splitTokenKey', async () => {
    const { key } = await payForOrder(`person-${newRef()}`);
    const { clients, store, resource, table } = await connect({
      ...{ stack: undefined, config: undefined, runningFolder: folder },
    });
    const vault = resource('vault');
    await clients.dynamo.send(
      new CreateTableCommand({
        TableName: vault,
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const vaulted = dynamoStore({ client: clients.dynamo, table, vault });
    const at = vaultKey({ provider: 'trustly-americas', account: 'demo' }, key.split(':')[2] ?? '');
    const token = { rank: '1', sealed: 'SEALED-TOKEN', at: '2026-01-01T00:00:00.000Z' };
    await vaulted.write([
      { put: { ...at, version: 1, schema: 1, data: { token } }, when: 'always', in: 'vault' },
    ]);
    expect(stack.config.accounts.some((account) => 'splitTokenKey' in account)).toBe(false);
    const splitToken = { state: 'sealed', at: '2026-01-01T00:00:00.000Z' };
    expect(await desk.json(['payments', 'show', key])).toMatchObject({ onFile: { splitToken } });
    const { out } = await desk.run(['payments', 'show', key]);
    expect(out).toMatch(/^splitToken +sealed since 2026-01-01 00:00:00, only the capture role can open it$/m);
    expect(out).not.toContain('SEALED-TOKEN');
    await desk.json(['erase', key, '--apply', '--note', 'asked by mail']);
    expect(JSON.stringify(await vaulted.get(at, 'vault'))).not.toContain('SEALED-TOKEN');
    expect(await store.get(paymentKeyOf(key))).toBeDefined();
    await clients.dynamo.send(new DeleteTableCommand({ TableName: vault }));
  });

  it('erase --end-user is refused while a parked message names the person', async () => {
    const key = await paid(stack, { ref: newRef() });
    const { clients, store, environment } = await connect({
      ...{ stack: undefined, config: undefined, runningFolder: folder },
    });
    const { SecretString = '' } = await clients.secrets.send(
      new GetSecretValueCommand({ SecretId: envelopeSecretName(environment) }),
    );
    const body = `{"broken": "${key.split(':')[2]}", "uid": "parked-person"}`;
    const digest = hashText(body);
    const row = {
      ...{ queue: 'notifications', reason: 'unreadable_message', digest, messageId: 'm', receives: 1 },
      sealed: seal(body, parkedContext('notifications', digest), parseEnvelopeKeys(JSON.parse(SecretString))),
      at: new Date().toISOString(),
    };
    const parkedAt = parkedKey('notifications', row.at, digest, row.messageId);
    await store.write([{ put: parkedItem(parkedAt, row), when: 'always' }]);
    const { code, out } = await desk.run(['erase', '--end-user', 'parked-person']);
    expect(code).toBe(EXIT.refused);
    expect(out).toMatch(
      /a message that is parked, .* names the person. First run npx payhooks dlq redrive or npx payhooks dlq discard/,
    );
    await store.write([{ remove: parkedAt, when: 'always' }]);
  });

  it('erase refuses a held payment, because to erase would answer the hold', async () => {
    const key = await paidAndHeld();
    const { code, out } = await desk.run(['erase', key, '--apply', '--note', 'asked']);
    expect(code).toBe(EXIT.refused);
    expect(out).toContain('held for unknown_order: release or reject it first');
    expect((await shown(key)).timeline.map(({ what }) => what)).toContain('notification');
  });
});

describe('a computer without a running stack', () => {
  it.each([
    ['no stack was ever started', undefined],
    ['the stack of the running file is dead', 4_194_304],
  ])('payments list names npm start when %s', async (_, pid) => {
    const empty = mkdtempSync(join(tmpdir(), 'payhooks-none-'));
    try {
      if (pid !== undefined) {
        const { baseUrl, awsEndpoint, awsCredentials, config } = stack;
        const file = join(empty, `running-${pid}.json`);
        writeFileSync(file, JSON.stringify({ pid, baseUrl, awsEndpoint, awsCredentials, config }));
      }
      const { code, err } = await deskAt(empty).run(['payments', 'list']);
      expect(code).toBe(EXIT.unreachable);
      expect(err).toContain('npm start');
      const json = await deskAt(empty).run(['payments', 'list', '--json']);
      expect(JSON.parse(json.err)).toMatchObject({ code: EXIT.unreachable });
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});
