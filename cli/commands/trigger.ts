import { setTimeout as sleep } from 'node:timers/promises';
import { suggestion } from '../../infra/suggestion.ts';
import { type Attempt, RETRY_PAUSES, sendByTheSchedule } from '../../local/demo/retries.ts';
import type { SignedRequest } from '../../local/demo/samples.ts';
import { curlLines } from '../../local/demo/samples.ts';
import { filled, type Scenario, scenarios } from '../../local/demo/scenarios/scenarios.ts';
import { signFor, tampered } from '../../local/demo/sign.ts';
import { orderKey } from '../../shared/app/table/keys.ts';
import { defined } from '../../shared/payment/defined.ts';
import { paymentKey } from '../../shared/payment/index.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { newId } from '../names.ts';
import { switchOption, textOption } from '../options.ts';
import type { Line, Report } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { refuseUnlessLocalSandbox, signingAccount } from '../signing-accounts.ts';

const MAX_REPEAT = 1_000;
const DEFAULT_SPEED = 1_000;
const MAX_SPEED = 10_000_000;

export const triggerCommand: Command = {
  details: [
    'Signs the notifications of a story (payhooks stories) with the demo key of an account of the running npm start, and',
    'sends them in their order. Never sends to a deployed stack or for a live environment.',
  ],
  options: {
    account: textOption('NAME', "default: the provider's first account"),
    order: textOption('REFERENCE', 'the order; default: a new one'),
    id: textOption('ID', "the provider's id of the payment; default: a new one"),
    set: textOption('FIELDS', 'fields to change, such as "amount=12.00,enduserid=u1"'),
    tamper: switchOption('change each notification after it was signed'),
    repeat: textOption('N', 'send each N times without a change (default 1)'),
    'retry-schedule': switchOption(
      'send each again until the provider would accept the answer, with the documented pauses',
    ),
    speed: textOption('N', `divide the pauses by N (default ${DEFAULT_SPEED})`),
    curl: switchOption('print curl commands instead of sending'),
  },
  run: trigger,
};

async function trigger(typed: Request): Promise<Report> {
  const {
    args: [wanted = ''],
    flags,
    world,
  } = typed;
  const scenario = scenarioOf(wanted);
  const repeat = flags.limit('repeat', 1, MAX_REPEAT);
  const set = fieldsSet(flags);
  if (flags.is('retry-schedule') && (flags.is('tamper') || repeat > 1)) {
    throw Problem.usage('--retry-schedule cannot be used with --tamper or --repeat.');
  }
  const connection = await world.connect();
  const chosen = accountNamed(connection, scenario, flags.text('account'));
  const account = await signingAccount(connection, chosen);
  const id = flags.text('id') ?? newId();
  const order = flags.text('order') ?? `order-${id}`;
  const messages = scenario.send.map((fields): Message => {
    const notification = newId();
    const sent = filled(scenario.provider, fields, set, { id, order, notification, now: world.now() });
    const { request, problemWith } = signFor(account, sent);
    const isTampered = flags.is('tamper');
    const sentAs = isTampered ? tampered(request, [id, altered(id)]) : request;
    return { request: sentAs, original: request, problemWith };
  });
  if (flags.is('curl')) {
    const requests = messages.map(({ request }) => request);
    return { json: requests, lines: requests.flatMap(curlLines) };
  }
  const answers: (Attempt & { readonly message: number })[] = [];
  for (const [index, message] of messages.entries()) {
    for (const attempt of await sendMessage(message, scenario.provider, repeat, typed)) {
      answers.push({ ...attempt, message: index + 1 });
    }
  }
  // Only a named order is looked up: a new reference cannot be registered.
  const named = flags.text('order');
  const isRegistered = named === undefined || (await connection.store.get(orderKey(named))) !== undefined;
  const isDone = isRight(answers, messages.length, flags);
  const payment = messages.flatMap(({ original }) => paymentIn(original, chosen) ?? [])[0];
  const lines: Line[] = answers.map(
    ({ status, ms, message }) => `${status}  ${ms} ms  ${scenario.name} ${message}/${messages.length}`,
  );
  return {
    json: {
      ...{ story: scenario.name, stack: connection.label, account: account.account, id, order },
      ...defined({ payment }),
      answers: answers.map(({ status, ms, message }) => ({ status, ms, message })),
    },
    lines: [
      ...lines,
      '',
      `${payment === undefined ? `Id ${id}` : `Payment ${payment}`}, order ${order}, ${connection.label}.`,
      isDone && !flags.is('tamper') && payment !== undefined
        ? `See the payment: payhooks payments show ${payment}`
        : 'See the reason of each answer: payhooks requests',
      ...added(Object.keys(set), scenario),
      ...(isRegistered
        ? []
        : [
            `Order ${order} is not registered, so events have no orderReference. To register it: payhooks orders register FILE`,
          ]),
    ],
    code: isDone ? EXIT.done : EXIT.failed,
  };
}

/**
 * Whether the answers are as expected. Tampered: each is refused; with the retry schedule: the last attempt of each is
 * accepted; otherwise: each is 200.
 */
function isRight(
  answers: readonly (Attempt & { readonly message: number })[],
  messages: number,
  flags: Flags,
): boolean {
  if (!flags.is('retry-schedule')) {
    return answers.every(({ status }) => (status === 200) !== flags.is('tamper'));
  }
  const last = new Map(answers.map(({ message, problem }) => [message, problem]));
  return last.size === messages && [...last.values()].every((problem) => problem === undefined);
}

type Message = ReturnType<typeof signFor> & {
  /** The request before tampering. */
  readonly original: SignedRequest;
};

/**
 * The name of the message's payment in the command line; undefined when it is about none, or deliberately ambiguous.
 */
function paymentIn({ url, body }: SignedRequest, account: Account): string | undefined {
  const { parse, normalize } = providers[account.provider];
  try {
    const subject = normalize(parse(body ?? new URL(url).search.slice(1), account), account).subject;
    return subject && paymentKey({ provider: account.provider, account: account.account, id: subject.id });
  } catch {
    return undefined;
  }
}

/** Warns about a field that the story lacks: a mistyped name would seem to change nothing. */
const added = (names: readonly string[], { send }: Scenario): readonly string[] =>
  names
    .filter((name) => !send.some((fields) => Object.hasOwn(fields, name)))
    .map((name) => `"${name}" is no field of this story; it was sent in addition to the others.`);

async function sendMessage(
  { request, problemWith }: Message,
  provider: Account['provider'],
  repeat: number,
  { flags, world }: Request,
): Promise<readonly Attempt[]> {
  const once = async (): Promise<Attempt> => {
    const { body, ...answer } = await send(request, world.fetch);
    return { ...answer, problem: problemWith(answer.status, body) };
  };
  if (!flags.is('retry-schedule')) {
    const answers: Attempt[] = [];
    for (let time = 0; time < repeat; time += 1) answers.push(await once());
    return answers;
  }
  const speed = flags.limit('speed', DEFAULT_SPEED, MAX_SPEED);
  const stopping = world.stopping();
  return sendByTheSchedule(RETRY_PAUSES[provider], once, async (seconds) => {
    world.notice(
      `not accepted; sent again after ${seconds} s, here ${Math.round((seconds * 1_000) / speed)} ms`,
    );
    await sleep((seconds * 1_000) / speed, undefined, { signal: stopping }).catch(() => {});
    return !stopping.aborted;
  });
}

/** Another id of the same length. */
const altered = (id: string): string => id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');

async function send({ method, url, headers, body }: SignedRequest, get: typeof fetch) {
  const startedAt = performance.now();
  const response = await get(url, { method, headers, ...defined({ body }) });
  const text = await response.text();
  return { status: response.status, body: text, ms: Math.round(performance.now() - startedAt) };
}

/** A scenario by its name, or by the end of its name if that is unique. @throws Problem */
function scenarioOf(wanted: string): Scenario {
  const exact = scenarios.filter(({ name }) => name === wanted);
  const found = exact.length > 0 ? exact : scenarios.filter(({ name }) => name.endsWith(`/${wanted}`));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const message =
    only === undefined
      ? `There is no story "${wanted}".`
      : `"${wanted}" is ambiguous: ${found.map(({ name }) => name).join(', ')}.`;
  const near = only === undefined ? nearest(wanted) : undefined;
  const meant = near === undefined ? '' : `Did you mean "${near}"? `;
  throw Problem.notFound(message, `${meant}See payhooks stories.`);
}

/** The most similar whole name or name end, in the form that was typed. */
const nearest = (wanted: string): string | undefined =>
  suggestion(
    wanted,
    scenarios.map(({ name }) => (wanted.includes('/') ? name : name.slice(name.indexOf('/') + 1))),
  );

function fieldsSet(flags: Flags): Readonly<Record<string, string>> {
  const pairs = flags.text('set')?.split(',') ?? [];
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw Problem.usage(`--set "${pair}": allowed is name=value, or several with commas between them.`);
    }),
  );
}

/** @throws Problem */
function accountNamed(connection: Connection, { provider }: Scenario, name: string | undefined): Account {
  refuseUnlessLocalSandbox(connection, 'trigger');
  const ofProvider = connection.config.accounts.filter((account) => account.provider === provider);
  const account = ofProvider.find((each) => name === undefined || each.account === name);
  if (account === undefined) {
    const known = ofProvider.map((each) => each.account).join(', ') || 'none';
    throw Problem.notFound(
      name === undefined
        ? `This stack has no account of ${provider}.`
        : `This stack has no account "${name}" of ${provider}; it has ${known}.`,
      `Add one to the configuration${ofProvider.length === 0 ? '' : ', or name another: --account NAME'}.`,
    );
  }
  return account;
}
