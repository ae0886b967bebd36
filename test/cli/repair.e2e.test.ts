/** Dead letters, quarantine, secrets and the doctor against the whole stack on this computer. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../cli/connect.ts';
import { EXIT } from '../../cli/problem.ts';
import { queueUrl } from '../../local/aws/sqs.ts';
import type { LocalStack } from '../../local/stack.ts';
import type { QuarantineRow } from '../../shared/app/table/rows.ts';
import { paymentOf } from '../local/client.ts';
import { newRef, pingback, settled, startStack, WAIT } from './stack.ts';
import { announce, type Desk, deskAt } from './terminal.ts';

let stack: LocalStack;
let folder: string;
let desk: Desk;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-repair-'));
  stack = await startStack();
  announce(folder, stack);
  desk = deskAt(folder);
});
afterEach(() => stack.setFault('sqs', undefined));
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

interface Letters {
  readonly letters: readonly { readonly id: string; readonly from: string; readonly reason: string }[];
}
const letters = async () => (await desk.json<Letters>(['dlq', 'list'])).letters;

const NOTIFICATIONS = queueUrl('payhooks-sandbox-notifications');

/** A genuine notification that the test takes off the queue before a worker receives it. */
async function intercepted(ref: string): Promise<string> {
  await desk.json(['pause']);
  expect((await pingback(stack, { ref })).status).toBe(200);
  const from = NOTIFICATIONS;
  const { Messages } = await stack.sqs.call('ReceiveMessage', { QueueUrl: from, WaitTimeSeconds: 2 });
  const [message] = Messages as readonly { Body: string; ReceiptHandle: string }[];
  if (message === undefined) throw new Error('nothing was queued');
  await stack.sqs.call('DeleteMessage', { QueueUrl: from, ReceiptHandle: message.ReceiptHandle });
  await desk.json(['resume']);
  return message.Body;
}

/** A notification in the dead-letter queue. */
async function deadLetter(ref: string): Promise<string> {
  const body = await intercepted(ref);
  const to = queueUrl('payhooks-sandbox-notifications-dlq');
  await stack.sqs.call('SendMessage', { QueueUrl: to, MessageBody: body });
  return body;
}

const rowsOf = async (pk: string) => {
  const { store } = await connect({ stack: undefined, config: undefined, runningFolder: folder });
  return store.query(pk, { limit: 100 });
};

describe('dead letters', () => {
  it('dlq list and dlq show print nothing sealed of a dead letter, and after dlq redrive the payment is paid', async () => {
    const ref = newRef();
    const body = JSON.parse(await deadLetter(ref)) as { sealed: string; digest: string };
    const [letter] = await letters();
    if (letter === undefined) throw new Error('not listed');
    expect(letter).toMatchObject({ from: 'dead-letter queue', reason: 'received too often' });

    for (const words of [
      ['dlq', 'list'],
      ['dlq', 'show', letter.id],
      ['dlq', 'show', letter.id, '--json'],
    ]) {
      const { out, code } = await desk.run(words);
      expect(code).toBe(EXIT.done);
      expect(out).toContain(letter.id);
      expect(out).not.toContain(body.sealed);
      expect(out).not.toContain(ref);
    }
    expect(await paymentOf(stack, `paymentwall:goods:${ref}`)).toBeUndefined();

    await desk.json(['dlq', 'redrive', letter.id, '--by', 'ada', '--note', 'the outage is over']);
    await settled(stack, `paymentwall:goods:${ref}`);
    const [entry, ...more] = await rowsOf('sent-back#notifications');
    expect(more).toEqual([]);
    expect(entry?.data).toEqual({
      ...{ what: 'redrive', where: 'notifications', id: letter.id, at: expect.any(String) },
      correlationId: expect.any(String),
      ...{ by: 'ada', note: 'the outage is over' },
    });
    expect((await paymentOf(stack, `paymentwall:goods:${ref}`))?.status).toBe('paid');
    expect(await letters()).toEqual([]);
  });

  it('dlq show and dlq redrive of an unknown id end as notFound', async () => {
    expect((await desk.run(['dlq', 'show', 'none'])).code).toBe(EXIT.notFound);
    const { code, out } = await desk.run(['dlq', 'redrive', 'none']);
    expect(code).toBe(EXIT.notFound);
    expect(out).toContain('There is no message "none".');
    expect((await desk.run(['dlq', 'redrive'])).code).toBe(EXIT.usage);
  });

  it('a parked message is sent back by dlq redrive, and an unreadable message is parked again', async () => {
    const parked = async () => (await letters()).filter(({ from }) => from === 'parked');
    await stack.sqs.call('SendMessage', {
      QueueUrl: NOTIFICATIONS,
      MessageBody: 'neither JSON nor ours',
    });
    await expect.poll(async () => (await parked()).length, WAIT).toBe(1);
    const [row] = await parked();
    expect(row?.reason).toBe('unreadable_message');
    expect(await desk.json<object>(['dlq', 'redrive', row?.id ?? ''])).toMatchObject({
      outcomes: [{ outcome: 'sent', from: 'parked' }],
      missing: [],
    });
    // The same content has a new row, with the time of the new message.
    await expect.poll(async () => (await parked()).length, WAIT).toBe(1);
    const other = await desk.run(['dlq', 'redrive', row?.id ?? '', '--queue', 'fulfilment']);
    expect(other.code).toBe(EXIT.notFound);
  });
});

describe('quarantine', () => {
  interface Kept {
    readonly messages: readonly { readonly id: string; readonly today: string; readonly digest: string }[];
  }
  const kept = async (...words: string[]) =>
    (await desk.json<Kept>(['quarantine', 'list', ...words])).messages;
  const oneKept = async () => {
    await expect.poll(async () => (await kept()).length, WAIT).toBe(1);
    const [message] = await kept();
    if (message === undefined) throw new Error('not listed');
    return message;
  };
  const waitingInQueue = async () => (await stack.queues())['payhooks-sandbox-notifications']?.visible;

  it('an ambiguous pingback stays in quarantine, is never sent to the worker, and can be discarded with a note', async () => {
    const ref = newRef();
    // The signature is also valid for goodsid "gold" and is_test "1": the pingback is genuine and ambiguous.
    expect((await pingback(stack, { ref, goods: 'goldis_test=1' })).status).toBe(200);
    const { id, today, digest } = await oneKept();
    expect(today).toBe('unreadable');
    const row = (await rowsOf('quarantine#paymentwall#goods')).find(({ sk }) => sk.startsWith(id));
    const sealed = (row?.data as Partial<QuarantineRow> | undefined)?.sealed ?? '';
    expect(sealed.length).toBeGreaterThan(100);
    const list = await desk.run(['quarantine', 'list']);
    const asJson = await desk.run(['quarantine', 'list', '--json']);
    const doctor = await desk.run(['doctor', '--quiet']);
    expect(list.out).toMatch(new RegExp(`paymentwall/goods +${id} +ambiguous +still refused`));
    expect(list.out).toContain(`payhooks quarantine discard ID`);
    expect(list.out).not.toContain('quarantine apply');
    expect(doctor.out).toContain('1 notification in quarantine and not applied: paymentwall/goods 1');
    expect(doctor.out).toContain('queues, quarantine: npx payhooks quarantine list');

    await desk.json(['pause']);
    const applied = await desk.run(['quarantine', 'apply', id]);
    expect(applied.code).toBe(EXIT.refused);
    expect(applied.out).toContain('0 messages sent to the worker, 1 kept.');
    const all = { outcomes: [], missing: [], left: 0 };
    expect(await desk.json(['quarantine', 'apply', '--all'])).toMatchObject(all);
    expect(await waitingInQueue()).toBe(0);
    await desk.json(['resume']);

    expect((await desk.run(['quarantine', 'discard', id])).code).toBe(EXIT.usage);
    const discarded = await desk.run([
      'quarantine',
      'discard',
      id,
      '--by',
      'ada',
      '--note',
      'a test of ours',
    ]);
    expect(discarded.code).toBe(EXIT.done);
    expect(discarded.out).toBe(`${id} (paymentwall/goods, ambiguous) is discarded, by ada.\n`);
    expect(await kept('--all')).toEqual([]);
    expect((await desk.run(['quarantine', 'list'])).out).toContain('no message is in quarantine.');
    const [entry] = await rowsOf('discarded#quarantine#paymentwall#goods');
    expect(entry?.data).toMatchObject({ by: 'ada', note: 'a test of ours', reason: 'ambiguous', digest });
    expect((await desk.run(['quarantine', 'discard', id, '--note', 'again'])).code).toBe(EXIT.notFound);
    for (const { out } of [list, asJson, doctor, applied, discarded]) {
      expect(out).not.toContain(ref);
      expect(out).not.toContain(sealed);
    }
    expect(JSON.stringify(entry)).not.toContain(sealed);
    expect(await paymentOf(stack, `paymentwall:goods:${ref}`)).toBeUndefined();
  });

  it('quarantine apply sends the readable messages to the worker, the oldest first, and the payments are paid', async () => {
    const refs = [newRef(), newRef()] as const;
    const [first, second] = [`paymentwall:goods:${refs[0]}`, `paymentwall:goods:${refs[1]}`];
    // The worker of an earlier version put these notifications in quarantine, since it could not read them.
    for (const ref of refs) {
      const envelope = { ...JSON.parse(await intercepted(ref)), quarantine: 'test' };
      await stack.sqs.call('SendMessage', { QueueUrl: NOTIFICATIONS, MessageBody: JSON.stringify(envelope) });
    }
    await expect.poll(async () => (await kept()).length, WAIT).toBe(2);
    const [id = '', other = ''] = (await kept()).map((message) => message.id);
    const list = await desk.run(['quarantine', 'list']);
    expect(list.out).toMatch(new RegExp(`${id} +test +can be applied`));
    expect(list.out).toContain('Next, when this version is deployed: npx payhooks quarantine apply --all');
    expect(await paymentOf(stack, first)).toBeUndefined();
    const discard = await desk.run(['quarantine', 'discard', id, '--note', 'away with it']);
    expect(discard.code).toBe(EXIT.refused);
    expect(discard.err).toContain(`npx payhooks quarantine apply ${id}`);

    const one = await desk.run(['quarantine', 'apply', '--all', '--limit', '1']);
    expect(one.code).toBe(EXIT.done);
    expect(one.out).toContain('1 message sent to the worker, 1 left (--limit).');
    await settled(stack, first);
    expect((await paymentOf(stack, first))?.status).toBe('paid');
    expect(await kept()).toMatchObject([{ id: other }]);
    const outcome = { id: other, account: 'paymentwall/goods', sent: true, why: '' };
    const rest = { outcomes: [outcome], missing: [], left: 0 };
    expect(await desk.json(['quarantine', 'apply', '--all'])).toMatchObject(rest);
    await settled(stack, second);
    expect((await paymentOf(stack, second))?.status).toBe('paid');
    expect(await kept()).toEqual([]);
    const none = await desk.run(['quarantine', 'list']);
    expect(none.out).toContain('no message is in quarantine that is not already applied.');
    const since = await desk.run(['quarantine', 'list', '--all']);
    for (const each of [id, other]) expect(since.out).toMatch(new RegExp(`${each} .* already applied`));
    const again = await desk.run(['quarantine', 'apply', id]);
    expect(again.code).toBe(EXIT.refused);
    expect(again.out).toContain('it is already applied');
  });

  it('quarantine apply and discard end as notFound for an unknown id, and as wrong usage without an id or note', async () => {
    const none = await desk.run(['quarantine', 'apply', 'none']);
    expect(none.code).toBe(EXIT.notFound);
    expect(none.out).toContain('There is no message "none" in quarantine.');
    expect((await desk.run(['quarantine', 'discard', 'none', '--note', 'x'])).code).toBe(EXIT.notFound);
    for (const words of [['apply'], ['apply', 'none', '--all'], ['discard'], ['discard', 'none']]) {
      expect((await desk.run(['quarantine', ...words])).code, words.join(' ')).toBe(EXIT.usage);
    }
  });
});

describe('secrets', () => {
  const NAME = 'paymentwall/goods';
  const name = `payhooks/sandbox/${NAME}`;
  const stored = () => JSON.parse(String(read())) as { current: { secretKey: string }; next?: object };
  const read = () =>
    (stack.secrets.call('GetSecretValue', { SecretId: name }) as { SecretString: string }).SecretString;

  it('secrets check accepts the stored secrets and prints no key', async () => {
    const checked = await desk.run(['secrets', 'check']);
    expect(checked.code).toBe(EXIT.done);
    expect(checked.out).toContain('trustly-europe/demo');
    expect(checked.out).not.toContain(stored().current.secretKey);
  });

  it('secrets set does not store a secret of a wrong form, and the refusal quotes nothing', async () => {
    const before = read();
    const pasted = 'P4ssw0rd-that-nobody-may-see';
    for (const text of [`{"current": "${pasted}"}`, `{"secretKey": "${pasted}"}`, pasted]) {
      const { code, err, out } = await desk.run(['secrets', 'set', NAME], text);
      expect([EXIT.refused, EXIT.failed]).toContain(code);
      expect(err + out).not.toContain(pasted);
      expect(read()).toBe(before);
    }
    expect((await desk.run(['secrets', 'set', NAME], '')).code).toBe(EXIT.usage);
    expect((await desk.run(['secrets', 'set', 'paymentwall/none'], '{}')).code).toBe(EXIT.notFound);
    expect((await desk.run(['secrets', 'set', NAME, '{}'])).code).toBe(EXIT.usage);
  });

  it('secrets rotate accepts pingbacks of both keys, and --finish stores the new key alone', async () => {
    const old = stored().current;
    const secretKey = `new-${newRef()}`;
    const file = join(folder, 'new-key.json');
    writeFileSync(file, JSON.stringify({ secretKey }));
    const added = await desk.run(['secrets', 'rotate', NAME, '--file', file]);
    expect(added.code).toBe(EXIT.done);
    expect(added.out).not.toContain(secretKey);
    expect(stored()).toEqual({ current: old, next: { ...old, secretKey } });
    const again = await desk.run(['secrets', 'rotate', NAME, '--file', file]);
    expect(again.code).toBe(EXIT.refused);
    expect(again.err).toContain('a rotation is in progress');

    for (const key of [secretKey, old.secretKey]) {
      const ref = newRef();
      expect((await pingback(stack, { ref, secretKey: key })).status).toBe(200);
    }
    await desk.json(['secrets', 'rotate', NAME, '--finish']);
    expect(stored()).toEqual({ current: { ...old, secretKey } });
    expect((await desk.run(['secrets', 'rotate', NAME, '--finish'])).code).toBe(EXIT.refused);
  });

  it('secrets rotate and secrets set keep every envelope key that evidence is sealed with', async () => {
    const envelope = 'payhooks/sandbox/envelope-key';
    const value = () =>
      JSON.parse(
        (stack.secrets.call('GetSecretValue', { SecretId: envelope }) as { SecretString: string })
          .SecretString,
      ) as { current: string; next?: string; previous?: string[] };
    const before = value();
    await desk.json(['secrets', 'rotate', 'envelope-key']);
    const { next = '' } = value();
    expect(next.length).toBeGreaterThanOrEqual(64);
    const early = await desk.run(['secrets', 'rotate', 'envelope-key', '--finish']);
    expect(early.code).toBe(EXIT.refused);
    expect(early.err).toMatch(/stored \d+ s ago.+for 5 minutes/s);
    await desk.json(['secrets', 'rotate', 'envelope-key', '--finish', '--force']);
    expect(value()).toEqual({ current: next, previous: [before.current] });
    await desk.json(['secrets', 'check', 'envelope-key']);

    const fresh = 'never-used-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmn';
    for (const unreadable of [
      { current: fresh },
      { current: fresh, previous: [before.current] },
      { current: next },
    ]) {
      const { code, err } = await desk.run(['secrets', 'set', 'envelope-key'], JSON.stringify(unreadable));
      expect(code).toBe(EXIT.refused);
      expect(err).toContain('secrets rotate envelope-key');
      expect(err).not.toContain(fresh);
    }
    expect(value()).toEqual({ current: next, previous: [before.current] });
    const whole = { current: fresh, previous: [next, before.current] };
    expect((await desk.run(['secrets', 'set', 'envelope-key'], JSON.stringify(whole))).code).toBe(EXIT.done);
  });
});

describe('doctor', () => {
  interface Findings {
    readonly findings: readonly { area: string; check: string; verdict: string; next?: string }[];
  }

  it('doctor finds no failure in an intact stack, and says unknown for a check that needs AWS or the provider', async () => {
    const { findings } = JSON.parse((await desk.run(['doctor', '--json'])).out) as Findings;
    const verdict = (check: string) => findings.find((each) => each.check === check)?.verdict;
    expect(verdict('trustly-americas/demo signed')).toBe('ok');
    expect(verdict('paymentwall/strict signed')).toBe('ok');
    expect(verdict('trustly-europe/demo forged')).toBe('ok');
    expect(verdict('trustly-europe/demo signed')).toBe('unknown');
    expect(verdict('a rule that matches')).toBe('unknown');
    expect(findings.filter((each) => each.verdict === 'fail' && each.area !== 'queues')).toEqual([]);
  });

  it('requests leaves out the self-tests of doctor, and --self-tests shows them with the reason own_probe', async () => {
    await desk.run(['doctor']);
    interface Listed {
      readonly items: readonly { readonly reason?: string; readonly why?: string }[];
    }
    const args = ['requests', '--status', '401', '--limit', '4'];
    expect((await desk.run(args)).out).toMatch(/self-tests of this stack left out \(--self-tests\)/);
    const { items } = await desk.json<Listed>([...args, '--self-tests']);
    expect(items.map(({ reason }) => reason)).toEqual(Array(4).fill('own_probe'));
    expect(items[0]?.why).toContain('forged by this stack or by payhooks doctor');
  });

  it('doctor fails on an unusable secret, and names the command secrets set', async () => {
    const name = 'payhooks/sandbox/paymentwall/strict';
    const { SecretString } = stack.secrets.call('GetSecretValue', { SecretId: name }) as {
      SecretString: string;
    };
    stack.secrets.put(name, '{"current":{}}');
    try {
      const { code, out } = await desk.run(['doctor', '--quiet']);
      expect(code).toBe(EXIT.failed);
      expect(out).toContain('Next:');
      expect(out).toContain('payhooks secrets set paymentwall/strict --file FILE');
    } finally {
      stack.secrets.put(name, SecretString);
    }
  });

  it('doctor reports a paused queue, and fails when an address does not answer', async () => {
    await desk.json(['pause', '--queue', 'fulfilment']);
    try {
      const { out } = await desk.run(['doctor', '--quiet']);
      expect(out).toContain('paused (Disabled)');
      expect(out).toContain('payhooks resume');
    } finally {
      await desk.json(['resume']);
    }
    const { code, out } = await desk.run(['doctor', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('no answer from http://127.0.0.1:1/trustly/americas/demo/events');
  });

  it('doctor creates no payment with its self-tests', async () => {
    const everything = await desk.run(['payments', 'list', '--all', '--json']);
    expect(everything.out).not.toContain('payhooks-doctor');
  });
});

it('the running file holds no secret except the Trustly keys of the demo, and only its owner may read the file', async () => {
  const { credentials } = stack;
  const keys = JSON.stringify(credentials).match(/"(?:secretKey|accessKey)":"([^"]+)"/g) ?? [];
  expect(keys.length).toBeGreaterThan(2);
  const file = join(folder, `running-${process.pid}.json`);
  const { demoKeys = {}, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly demoKeys?: Readonly<Record<string, string>>;
  };
  expect(JSON.stringify(rest)).not.toMatch(/"secretKey"|"accessKey"|PRIVATE/);
  // These keys sign for this stack alone, and `payhooks trigger` sends with them.
  expect(Object.keys(demoKeys).every((name) => name.startsWith('trustly-europe/'))).toBe(true);
  expect(statSync(file).mode & 0o077).toBe(0);
});
