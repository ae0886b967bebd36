/** Runs one story against a running stack, as the provider would, and checks the result. */

import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../shared/payment/defined.ts';
import type { Status } from '../../shared/payment/types.ts';
import type { LocalAccount } from '../account.ts';
import type { LocalStack } from '../stack.ts';
import { type Signed, signFor, tampered } from './sign.ts';
import type { Step, Story, StoryPoll } from './stories.ts';

interface Row {
  readonly what: string;
  /** The status code of a request; 'ok' or 'failed' for the confirmer's run. */
  readonly answer: number | 'ok' | 'failed';
  readonly ms: number;
}

export interface StoryResult {
  readonly story: Story;
  readonly account: string;
  readonly sent: readonly Row[];
  readonly became: Status | 'nothing';
  readonly fulfils: number;
  readonly revokes: number;
  /** Empty when every result is as expected. */
  readonly problems: readonly string[];
}

interface PaymentView {
  readonly status: Status;
  readonly effects: readonly { readonly state: string }[];
  readonly holds: readonly { readonly reason: string }[];
}

const SETTLE_TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 100;
const MAX_ATTEMPTS = 4;
const RETRY_AFTER_MS = 1_000;
/** A forged message leaves no trace, and nothing shows when it would have left one: check again after this time. */
const NOTHING_AFTER_MS = 1_500;
const FINAL = new Set(['delivered', 'superseded', 'failed']);

/** The account that the story names, or the first account of its provider that can play it. */
export function accountFor(accounts: readonly LocalAccount[], story: Story): LocalAccount | undefined {
  return accounts.find((account) => {
    if (account.provider !== story.provider) return false;
    if (story.account !== undefined) return account.account === story.account;
    if (account.provider === 'paymentwall') {
      return account.api === 'digital_goods' && account.sourceAddresses === 'any';
    }
    return account.provider !== 'trustly-europe' || account.credentials.demo !== undefined;
  });
}

/** Without the providers' APIs and the schedules, a stage cannot poll for amounts. */
export type Stage = Pick<LocalStack, 'baseUrl'> & Partial<Pick<LocalStack, 'providers' | 'runSchedule'>>;

export async function runStory(stage: Stage, account: LocalAccount, story: Story): Promise<StoryResult> {
  const { baseUrl } = stage;
  const key = `${story.provider}:${account.account}:${story.payment}`;
  const readPayment = () => read<PaymentView>(`${baseUrl}/_local/api/payments/${encodeURIComponent(key)}`);
  const problems: string[] = [];
  const sent: Row[] = [];
  const signed = new Map<Step['send'], Signed>();

  if (story.poll !== undefined) await prepare(pollingStage(stage), account, story, story.poll);
  for (const step of story.steps) {
    const made = (step.again ? signed.get(step.send) : undefined) ?? signFor(account, step.send);
    signed.set(step.send, made);
    const startedAt = performance.now();
    const { status, body } = await sendAsProvider(made, step);
    sent.push({ what: step.what, answer: status, ms: Math.round(performance.now() - startedAt) });
    if (status !== step.answer) problems.push(`${step.what}: answered ${status} instead of ${step.answer}`);
    const refused = step.answer === 200 ? made.problemWith(status, body) : undefined;
    if (refused !== undefined)
      problems.push(`${step.what}: the provider would not take the answer: ${refused}`);
    const { waitFor } = step;
    if (waitFor !== undefined) await until(readPayment, (payment) => isSettled(payment, waitFor));
  }

  if (story.poll !== undefined) sent.push(await poll(pollingStage(stage), story.poll));
  const { becomes } = story;
  if (becomes === 'nothing') await sleep(NOTHING_AFTER_MS);
  else await until(readPayment, (payment) => isSettled(payment, becomes));
  const payment = await readPayment();
  const became = payment?.status ?? 'nothing';
  if (became !== story.becomes) problems.push(`became ${became} instead of ${story.becomes}`);
  const held = (payment?.holds ?? []).map(({ reason }) => reason).join(', ');
  if (held !== (story.held ?? '')) problems.push(`held for "${held}" instead of "${story.held ?? ''}"`);
  const received = await read<{ payment: string; type: string }[]>(`${baseUrl}/_local/api/fulfilments`);
  const count = (type: string): number =>
    (received ?? []).filter((event) => event.payment === key && event.type === type).length;
  const [fulfils, revokes] = [count('fulfil'), count('revoke')];
  if (fulfils !== story.fulfils) problems.push(`fulfilled ${fulfils} times instead of ${story.fulfils}`);
  if (revokes !== story.revokes) problems.push(`revoked ${revokes} times instead of ${story.revokes}`);
  return { story, account: account.account, sent, became, fulfils, revokes, problems };
}

type PollingStage = Required<Stage>;

function pollingStage({ baseUrl, providers, runSchedule }: Stage): PollingStage {
  if (providers === undefined || runSchedule === undefined)
    throw new Error('this stack polls no provider for amounts');
  return { baseUrl, providers, runSchedule };
}

/** Registers the order as the merchant, and tells the provider's fake API the amount that was paid. */
async function prepare(
  { baseUrl, providers }: PollingStage,
  { provider, account }: LocalAccount,
  { payment }: Story,
  { order: { amount, ...order }, known }: StoryPoll,
): Promise<void> {
  const response = await fetch(`${baseUrl}/checkout/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...order, provider, account, amounts: [{ currency: 'USD', exact: amount }] }),
  });
  if (!response.ok) throw new Error(`the order was not taken: ${response.status}`);
  if (provider === 'trustly-americas') {
    providers.trustlyAmericas.did({ transactionId: payment, amount: known, currency: 'USD' });
  } else providers.paymentwall.did({ id: payment, amount: known, currency: 'USD' });
}

/** Runs the confirmer's schedule now instead of within a minute. */
async function poll({ runSchedule }: PollingStage, { known }: StoryPoll): Promise<Row> {
  const startedAt = performance.now();
  const runs = await runSchedule('confirmer');
  const answer = runs.length > 0 && runs.every(({ ok }) => ok) ? 'ok' : 'failed';
  return { what: `polled: ${known} USD`, answer, ms: Math.round(performance.now() - startedAt) };
}

/** The payment has the status, and the shop got every event that follows from it. */
const isSettled = ({ status, effects }: PaymentView, wanted: Status): boolean =>
  status === wanted && effects.every(({ state }) => FINAL.has(state));

/** Repeats after a 503, as every provider does; a busy computer may answer the first attempt with one. */
async function sendAsProvider(made: Signed, step: Step): Promise<{ status: number; body: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(made, step);
    if (answer.status !== 503 || attempt === MAX_ATTEMPTS) return answer;
    await sleep(RETRY_AFTER_MS);
  }
}

async function send({ request }: Signed, step: Step): Promise<{ status: number; body: string }> {
  const { method, url, headers, body } = step.tamper === undefined ? request : tampered(request, step.tamper);
  const response = await fetch(url, { method, headers, ...defined({ body }) });
  return { status: response.status, body: await response.text() };
}

async function read<T>(url: string): Promise<T | undefined> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

/** Gives up silently: the caller compares the last value and reports it. */
async function until<T>(
  readPayment: () => Promise<T | undefined>,
  done: (value: T) => boolean,
): Promise<void> {
  const giveUpAt = performance.now() + SETTLE_TIMEOUT_MS;
  while (performance.now() < giveUpAt) {
    const value = await readPayment();
    if (value !== undefined && done(value)) return;
    await sleep(LOOK_EVERY_MS);
  }
}
