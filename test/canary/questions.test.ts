/**
 * The intake that asks the merchant: no sink contains the address or the secret of the decision hook, or personal data.
 * Only the question contains personal data, and only data that the question is about. The row of the answer contains
 * none.
 */

import { describe, expect, it } from 'vitest';
import { RECOVERY_MS } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { Message } from '../fuzz/wire.ts';
import { leaksIn } from './marks.ts';
import { ACCOUNTS, DECISION_URL, debit, HOOK_NOTE, kyc, MARKS, SECRETS, WITHDRAWAL } from './scenes.ts';
import { createWorld, type World } from './world.ts';

const HOOK_NAME = 'payhooks/sandbox/decision/asks';
const EVERYTHING = MARKS.map(({ text }) => `${text}\n    at ${text} (${text}:1:1)`).join('\n');
const throwMarks = (): never => {
  throw new Error(EVERYTHING, { cause: new Error(EVERYTHING) });
};
type Endpoint = (question: { readonly id: string }) => Response | Promise<Response>;
const says =
  (reply: object, init?: ResponseInit): Endpoint =>
  ({ id }) =>
    new Response(JSON.stringify({ id, ...reply }), init);
const timeout: Endpoint = () => {
  throw new DOMException(`${EVERYTHING} timed out`, 'TimeoutError');
};

interface Scene {
  readonly world: World;
  readonly hook: { answer: Endpoint };
  /** Requests to the decision hook: headers and body. */
  readonly questions: string[];
}

async function scene(answer: Endpoint, secrets: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const hook = { answer };
  const questions: string[] = [];
  const world = createWorld({
    accounts: ACCOUNTS,
    secrets: { ...SECRETS, ...secrets },
    decisions: {
      urls: { asks: DECISION_URL },
      fetch: async (_url, init) => {
        questions.push(JSON.stringify([init?.headers, init?.body]));
        return hook.answer(JSON.parse(String(init?.body)) as { readonly id: string });
      },
    },
  });
  await registerOrder(world.store, world.notifications, parseOrder(WITHDRAWAL, new Date().toISOString()));
  return { world, hook, questions };
}

const leaks = (world: World): string[] =>
  Object.entries(world.sinks()).flatMap(([sink, text]) =>
    leaksIn(text, MARKS).map(({ mark, form }) => `${sink}: ${mark} as ${form}`),
  );
const marksIn = (text: string): string[] => [...new Set(leaksIn(text, MARKS).map(({ mark }) => mark))].sort();
/** What the last answer to the provider says. */
const lastReply = ({ answers }: World): unknown => {
  const { body } = JSON.parse(answers.at(-1) ?? '{}') as { readonly body?: string };
  return JSON.parse(body ?? '{}').result?.data;
};
const decisionRows = ({ store }: World) => store.all().filter(({ sk }) => sk === 'decision');

async function isSilent({ world }: Scene): Promise<void> {
  await world.workAll();
  expect(leaks(world)).toEqual([]);
  expect(marksIn(JSON.stringify(decisionRows(world)))).toEqual([]);
  // The order and its payment have the end user's id.
  expect(marksIn(JSON.stringify(world.store.all())).filter((mark) => mark !== 'e-mail')).toEqual([]);
}

const ASKED: readonly (readonly [string, () => Message, object, object])[] = [
  ['debit', debit, { status: 'OK' }, { status: 'FAILED' }],
  ['kyc', kyc, { status: 'CONTINUE', limit: '10.00' }, { status: 'FINISH' }],
];

describe.each(ASKED)('%s', (_method, message, yes, no) => {
  it.each([
    ['yes', yes],
    ['no', no],
  ])(
    'the answer %s of the decision hook is stored for a copy and leaks no secret or personal data',
    async (_what, reply) => {
      const here = await scene(says({ ...reply, note: HOOK_NOTE }));
      expect(await here.world.send(message())).toBe(200);
      expect(lastReply(here.world)).toEqual(reply);
      here.hook.answer = throwMarks;
      expect(await here.world.send(message())).toBe(200);
      expect(lastReply(here.world)).toEqual(reply);
      expect(here.questions).toHaveLength(1);
      await isSilent(here);
    },
  );

  it.each<[string, Endpoint]>([
    ['a timeout', timeout],
    ['an unreachable endpoint', throwMarks],
    ['status 500', says({ status: 'OK', note: EVERYTHING }, { status: 500 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: DECISION_URL } })],
    ['another id', says({ id: HOOK_NOTE, status: 'OK' })],
    ['an unknown status', says({ status: HOOK_NOTE })],
    ['a malformed limit', says({ status: 'CONTINUE', limit: HOOK_NOTE })],
    ['a text that is no JSON', () => new Response(EVERYTHING.slice(0, 4_000))],
    ['an answer that is too long', () => new Response(EVERYTHING.repeat(9))],
  ])(
    'a question without answer gets 503, later the answer no, and leaks no secret or personal data: %s',
    async (_what, answer) => {
      const here = await scene(answer);
      expect(await here.world.send(message())).toBe(503);
      expect(here.world.lines.join()).toContain('no_answer');
      await isSilent(here);
      here.world.time.aheadMs = RECOVERY_MS + 1;
      expect(await here.world.send(message())).toBe(200);
      expect(lastReply(here.world)).toEqual(no);
      await isSilent(here);
    },
  );

  it('a failing table gives 503, before a question is asked and when the answer is stored, without a leak', async () => {
    const here = await scene(says(yes));
    const { get } = here.world.store;
    here.world.store.get = async () => throwMarks();
    expect(await here.world.send(message())).toBe(503);
    here.world.store.get = get;
    here.world.store.beforeWrite = (writes) => {
      const storesAnswer = writes.some(
        (write) => 'put' in write && JSON.stringify(write.put).includes('"decided"'),
      );
      return storesAnswer ? throwMarks() : undefined;
    };
    expect(await here.world.send(message())).toBe(503);
    here.world.store.beforeWrite = undefined;
    expect(here.questions).toHaveLength(1);
    expect(here.world.lines.join()).toMatch(/store_unavailable.*decision_not_stored/);
    await isSilent(here);
  });

  it('a failing queue after the answer gives 503, and the retry gets the stored answer without asking again', async () => {
    const here = await scene(says(yes));
    here.world.notifications.fails = throwMarks;
    expect(await here.world.send(message())).toBe(503);
    here.world.notifications.fails = undefined;
    expect(await here.world.send(message())).toBe(200);
    expect(lastReply(here.world)).toEqual(yes);
    expect(here.questions).toHaveLength(1);
    await isSilent(here);
  });

  it.each([
    ['a text that is no JSON', EVERYTHING],
    ['half-filled', JSON.stringify({ current: `whsec_${HOOK_NOTE}`.slice(0, 20) })],
    ['under another name', JSON.stringify({ now: EVERYTHING })],
  ])(
    'an unusable hook secret gives 503, asks nothing and leaks no secret or personal data: %s',
    async (_what, text) => {
      const here = await scene(says(yes), { [HOOK_NAME]: text });
      expect(await here.world.send(message())).toBe(503);
      expect(here.questions).toEqual([]);
      expect(here.world.lines.join()).toContain(HOOK_NAME);
      await isSilent(here);
    },
  );

  it('an unusable next hook secret is named, and the question is asked with the current hook secret', async () => {
    const next = JSON.stringify({ ...JSON.parse(SECRETS[HOOK_NAME] ?? ''), next: EVERYTHING });
    const here = await scene(says(yes), { [HOOK_NAME]: next });
    expect(await here.world.send(message())).toBe(200);
    expect(here.questions).toHaveLength(1);
    expect(here.world.lines.join()).toContain(HOOK_NAME);
    await isSilent(here);
  });

  it('a forged question is answered 401, and the decision hook is not asked', async () => {
    const here = await scene(says(yes));
    const genuine = message();
    const body = Buffer.from(genuine.body.toString().replace(/orderid":"12/, 'orderid":"13'));
    expect(await here.world.send({ ...genuine, body })).toBe(401);
    expect(here.questions).toEqual([]);
    await isSilent(here);
  });
});

it('a debit with an unknown order, another amount or another end user never reaches the decision hook', async () => {
  const here = await scene(says({ status: 'OK' }));
  const unknown = debit({ messageid: 'nobody-knows', notificationid: '1' });
  expect(await here.world.send(unknown)).toBe(503);
  expect(here.world.lines.join()).toContain('order_unknown');
  here.world.time.aheadMs = RECOVERY_MS + 1;
  for (const message of [
    unknown,
    debit({ amount: '9.00', notificationid: '2' }),
    debit({ enduserid: HOOK_NOTE, notificationid: '3' }),
  ]) {
    expect(await here.world.send(message)).toBe(200);
  }
  expect(here.questions).toEqual([]);
  await here.world.workAll();
  expect(leaks(here.world)).toEqual([]);
});

it('other content under an answered id and an aborted kyc are not asked and leak no secret or personal data', async () => {
  const here = await scene(says({ status: 'OK' }));
  expect(await here.world.send(debit())).toBe(200);
  expect(await here.world.send(debit({ amount: '9.00' }))).toBe(200);
  expect(await here.world.send(kyc({ abort: '1', abortmessage: HOOK_NOTE }))).toBe(200);
  expect(here.questions).toHaveLength(1);
  await isSilent(here);
});

it('the decision hook gets only the personal data that the question is about, and no key', async () => {
  const here = await scene(says({ status: 'OK' }));
  await here.world.send(debit());
  here.hook.answer = says({ status: 'CONTINUE' });
  await here.world.send(kyc());
  expect(here.questions.map(marksIn)).toEqual([
    ['e-mail'],
    ['bank', 'bank account', 'free text', 'name', 'person id'],
  ]);
});

it('the canary test finds a log line that quotes the question, and a row that holds the person', async () => {
  const here = await scene(says({ status: 'CONTINUE' }));
  await here.world.send(kyc());
  here.world.lines.push(here.questions.join());
  expect(leaks(here.world).join()).toMatch(/logs and metrics: person id as/);
  const [row] = decisionRows(here.world);
  expect(marksIn(JSON.stringify({ ...row, question: here.questions }))).toContain('person id');
});
