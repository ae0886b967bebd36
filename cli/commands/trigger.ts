import { randomInt } from 'node:crypto';
import { curlOf } from '../../local/demo/samples.ts';
import { filled, type Scenario, scenarios } from '../../local/demo/scenarios/scenarios.ts';
import { type Request as Signed, signFor, tampered } from '../../local/demo/sign.ts';
import type { LocalAccount } from '../../local/stack.ts';
import type { Credential } from '../../local/template/credentials.ts';
import { accountSecretName } from '../../shared/app/platform/secrets.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import type { Line, Report } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { fieldsOf, readSecret } from '../secret-store.ts';

const MAX_REPEAT = 1_000;

export const triggerCommand: Command = {
  details: [
    'Signs the notifications of a story (payhooks stories) with the demo key of an account of the running npm start and',
    'sends them in their order. It never sends to a deployed stack, nor for a live environment.',
  ],
  arity: [1, 1],
  options: {
    account: { type: 'string', value: 'NAME', help: "default: the provider's first account" },
    order: { type: 'string', value: 'REFERENCE', help: 'your order; default: a new one' },
    id: { type: 'string', value: 'ID', help: "the provider's id of the payment; default: a new one" },
    set: { type: 'string', value: 'FIELDS', help: 'other fields, e.g. "amount=12.00,enduserid=u1"' },
    tamper: { type: 'boolean', help: 'change each notification after it was signed' },
    repeat: { type: 'string', value: 'N', help: 'send each so often, the very same bytes (default 1)' },
    curl: { type: 'boolean', help: 'print commands instead of sending' },
  },
  run: trigger,
};

async function trigger({ args: [asked = ''], flags, world }: Request): Promise<Report> {
  const scenario = scenarioOf(asked);
  const repeat = flags.limit('repeat', 1, MAX_REPEAT);
  const set = fieldsSet(flags);
  const connection = await world.connect();
  const account = await accountOf(connection, scenario, flags.text('account'));
  const id = flags.text('id') ?? String(randomInt(1_000_000_000, 9_999_999_999));
  const order = flags.text('order') ?? `order-${id}`;
  const requests = scenario.send.map((fields) => {
    const notification = String(randomInt(1_000_000_000, 9_999_999_999));
    const sent = filled(scenario.provider, fields, set, { id, order, notification, now: world.now() });
    const { request } = signFor(account, sent);
    return flags.is('tamper') ? tampered(request, [id, altered(id)]) : request;
  });
  if (flags.is('curl')) return { json: requests, lines: requests.map(curlOf) };
  const answers: { readonly status: number; readonly ms: number }[] = [];
  for (const request of requests) {
    for (let time = 0; time < repeat; time += 1) answers.push(await send(request, world.fetch));
  }
  const lines: Line[] = answers.map(
    ({ status, ms }, at) =>
      `${status}  ${ms} ms  ${scenario.name} ${Math.floor(at / repeat) + 1}/${requests.length}`,
  );
  const isRight = answers.every(({ status }) => (status === 200) !== flags.is('tamper'));
  return {
    json: { story: scenario.name, account: account.account, id, order, answers },
    lines: [...lines, '', `Payment ${id}, order ${order}. Why it was answered so: payhooks requests`],
    code: isRight ? EXIT.done : EXIT.failed,
  };
}

/** Another id of the same length. */
const altered = (id: string): string => id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');

async function send({ method, url, headers, body }: Signed, get: typeof fetch) {
  const startedAt = performance.now();
  const response = await get(url, { method, headers, ...(body === undefined ? {} : { body }) });
  await response.body?.cancel();
  return { status: response.status, ms: Math.round(performance.now() - startedAt) };
}

/** By its name, or its end where one alone has it. @throws Problem */
function scenarioOf(asked: string): Scenario {
  const exact = scenarios.filter(({ name }) => name === asked);
  const found = exact.length > 0 ? exact : scenarios.filter(({ name }) => name.endsWith(`/${asked}`));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const message =
    only === undefined
      ? `"${asked}" is no story.`
      : `"${asked}" is ambiguous: ${found.map(({ name }) => name).join(', ')}.`;
  throw new Problem(EXIT.notFound, message, 'payhooks stories lists them.');
}

function fieldsSet(flags: Flags): Readonly<Record<string, string>> {
  const pairs = flags.text('set')?.split(',') ?? [];
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new Problem(EXIT.usage, `--set "${pair}": allowed is name=value, several with commas between.`);
    }),
  );
}

/** With its keys, as the sender of the demo needs them. @throws Problem */
async function accountOf(
  connection: Connection,
  { provider }: Scenario,
  name: string | undefined,
): Promise<LocalAccount> {
  if (connection.kind !== 'local' || connection.environment === 'live') {
    throw new Problem(
      EXIT.refused,
      `trigger sends to a local sandbox stack alone, not to ${connection.label}.`,
    );
  }
  const ofProvider = connection.config.accounts.filter((account) => account.provider === provider);
  const account = ofProvider.find((each) => name === undefined || each.account === name);
  if (account === undefined) {
    const known = ofProvider.map((each) => each.account).join(', ') || 'none';
    throw new Problem(EXIT.notFound, `No account ${name ?? ''} of ${provider}; there are ${known}.`);
  }
  const key = `${provider}/${account.account}`;
  const demo = connection.demoKeys?.[key];
  const { publicKeySignature, config } = providers[provider];
  if (publicKeySignature !== undefined && demo === undefined) {
    const sentence = `Only ${config.title} can sign for ${key}: its keys were given to npm start.`;
    throw new Problem(EXIT.refused, sentence);
  }
  const secret = fieldsOf(await readSecret(connection, accountSecretName(connection.environment, account)));
  const credentials: Credential = {
    ...secret,
    ...(demo === undefined ? {} : { demo: { trustlyPrivateKey: demo } }),
  };
  const { policy: _, ...rest } = account;
  return {
    ...rest,
    method: providers[provider].method,
    url: connection.intakeUrl(account) ?? '',
    credentials,
  } as LocalAccount;
}
