/**
 * A story of the demo is sent as its provider would send it, and each difference from the expected result is reported.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { LocalAccount } from '../../../local/account.ts';
import { accountFor, runStory } from '../../../local/demo/run-story.ts';
import { type Story, stories } from '../../../local/demo/stories.ts';

const [story = expect.unreachable()] = stories(10_203_040).filter(({ becomes }) => becomes === 'paid');
const KEY = `trustly-americas:demo:${story.payment}`;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Answers {
  /** Statuses of the answers to notifications; the last status repeats. */
  readonly statuses?: readonly number[];
  readonly holds?: readonly { readonly reason: string }[];
  readonly events?: readonly { readonly payment: string; readonly type: string }[];
}

/** A stack with the answers of the test. */
async function stackWith({
  statuses = [200],
  holds = [],
  events = [{ payment: KEY, type: 'fulfil' }],
}: Answers) {
  const sent: string[] = [];
  const left = [...statuses];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (request.method === 'POST') {
      sent.push(body);
      const [status = 200] = left.length > 1 ? left.splice(0, 1) : left;
      return response.writeHead(status).end();
    }
    const payment = { status: 'paid', effects: [{ state: 'delivered' }], holds };
    const isPayment = request.url === `/_local/api/payments/${encodeURIComponent(KEY)}`;
    response.end(JSON.stringify(isPayment ? payment : events));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = {
    ...{ provider: 'trustly-americas', account: 'demo', method: 'POST', url: `${baseUrl}/events` },
    credentials: { current: { accessId: 'id', accessKey: 'key' } },
  } as unknown as LocalAccount;
  return { sent, run: (of: Story = story) => runStory({ baseUrl }, account, of) };
}

describe('a story of the demo', () => {
  it('a story that goes as expected sends every step and reports no problem', async () => {
    const { sent, run } = await stackWith({});
    expect(await run()).toMatchObject({ became: 'paid', fulfils: 1, revokes: 0, problems: [] });
    expect(sent).toHaveLength(story.steps.length);
  });

  it.each<[string, Answers, string]>([
    ['an unexpected answer', { statuses: [401, 200] }, 'answered 401 instead of 200'],
    ['an unexpected hold', { holds: [{ reason: 'amount_differs' }] }, 'held for "amount_differs"'],
    [
      'a second fulfil',
      { events: Array(2).fill({ payment: KEY, type: 'fulfil' }) },
      'fulfilled 2 times instead of 1',
    ],
    [
      'a fulfil of another payment',
      { events: [{ payment: 'x', type: 'fulfil' }] },
      'fulfilled 0 times instead of 1',
    ],
    [
      'goods taken back',
      { events: ['fulfil', 'revoke'].map((type) => ({ payment: KEY, type })) },
      'revoked 1 times instead of 0',
    ],
  ])('a story with %s reports a problem', async (_, answers, problem) => {
    const { problems } = await (await stackWith(answers)).run();
    expect(problems).toContainEqual(expect.stringContaining(problem));
  });

  it('a step with again repeats the same bytes, and a step with tamper changes the signed request', async () => {
    const [step = expect.unreachable()] = story.steps;
    const { sent, run } = await stackWith({});
    const again = { ...step, again: true };
    const forged = { ...step, tamper: ['status=4', 'status=5'] as const };
    await run({ ...story, steps: [step, again, forged] });
    expect(sent[1]).toBe(sent[0]);
    expect(sent[2]).toBe(sent[0]?.replace('status=4', 'status=5'));
  });

  it('a story that needs an amount from a provider is refused by a stack that polls no provider', async () => {
    const poll = { order: { reference: 'o', amount: '1.00' }, known: '1.00' };
    const { run } = await stackWith({});
    await expect(run({ ...story, poll })).rejects.toThrow('polls no provider');
  });
});

describe('the account of a story', () => {
  const account = (name: string, of: object) => ({ account: name, ...of }) as unknown as LocalAccount;
  const goods = { provider: 'paymentwall', api: 'digital_goods', sourceAddresses: 'any' };
  const accounts = [
    account('given', { provider: 'trustly-europe', credentials: {} }),
    account('demo', { provider: 'trustly-europe', credentials: { demo: { trustlyPrivateKey: 'k' } } }),
    account('checked', { ...goods, sourceAddresses: 'check' }),
    account('coins', { ...goods, api: 'virtual_currency' }),
    account('goods', goods),
    account('demo-confirmed', goods),
  ];
  const nameFor = (of: Partial<Story>) => accountFor(accounts, { ...story, ...of })?.account;

  it('a story uses the account that it names, or else the first account with a signing key and sourceAddresses any', () => {
    expect(nameFor({ provider: 'paymentwall', account: 'demo-confirmed' })).toBe('demo-confirmed');
    expect(nameFor({ provider: 'paymentwall' })).toBe('goods');
    expect(nameFor({ provider: 'trustly-europe' })).toBe('demo');
    expect(nameFor({ provider: 'trustly-americas' })).toBeUndefined();
  });
});
