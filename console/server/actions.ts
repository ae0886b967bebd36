/** Actions: each runs a command of the command line in this process, with its refusals and its report. */
import { Flags, type Values } from '../../cli/flags.ts';
import { type Report, render } from '../../cli/output.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import type { Key } from '../../shared/app/ports.ts';
import { orderKey, paymentKeyOf } from '../../shared/app/table/keys.ts';
import type { ActionName, ActionResult, SentAnswer, SentResult } from '../contract.ts';
import type { Backend } from './backend.ts';
import { Body } from './body.ts';
import { type CommandName, loadCommand } from './commands.ts';
import { doneSays } from './done.ts';
import { whatCame } from './sent.ts';

interface Call {
  /** Name of the command in the command line. */
  readonly command: CommandName;
  readonly args: readonly string[];
  readonly flags: Values;
}

type Own = (body: Body, backend: Backend) => Promise<ActionResult>;

const CALLS: Readonly<Partial<Record<ActionName, (body: Body) => Call>>> = {
  release: calls('holds release', textsOf('payment', 'reason', 'digest')),
  reject: calls('holds reject', textsOf('payment', 'reason', 'digest')),
  confirm: calls('payments confirm', textsOf('payment', 'digest'), (body) => ({
    ...noteOf(body),
    paid: body.text('paid'),
    returned: body.optional('returned'),
  })),
  'reject-payment': calls('payments reject', textsOf('payment', 'digest')),
  redeliver: calls('redeliver', textsOf('event')),
  'redeliver-failed': calls('redeliver', textsOf(), (body) => ({ ...noteOf(body), failed: true })),
  redrive: calls('dlq redrive', (body) => body.texts('ids')),
  'discard-parked': calls('dlq discard', textsOf('id')),
  rederive: calls(
    'rederive',
    (body) => body.texts('payments'),
    (body) => (body.is('apply') ? { ...noteOf(body), apply: true } : optionalsOf(body, 'note', 'by')),
  ),
  'quarantine-apply': calls('quarantine apply', (body) => body.texts('ids')),
  'quarantine-discard': calls('quarantine discard', textsOf('id')),
  'close-order': calls('orders close', textsOf('reference'), changeOf),
  'reopen-order': calls('orders reopen', textsOf('reference'), changeOf),
  reconcile: calls('reconcile', textsOf(), (body) => ({
    'dry-run': body.is('dryRun'),
    since: body.optional('since'),
  })),
  trigger: calls('trigger', textsOf('story'), (body) => ({
    ...optionalsOf(body, 'account', 'order', 'repeat'),
    tamper: body.is('tamper'),
  })),
};

/** How an action becomes a command; each part throws a Problem when the body does not match the contract. */
function calls(
  command: CommandName,
  args: (body: Body) => readonly string[],
  flags: (body: Body) => Values = noteOf,
): (body: Body) => Call {
  return (body) => ({ command, args: args(body), flags: flags(body) });
}

function textsOf(...names: readonly string[]): (body: Body) => readonly string[] {
  return (body) => names.map((name) => body.text(name));
}

const optionalsOf = (body: Body, ...names: readonly string[]): Values =>
  Object.fromEntries(names.map((name) => [name, body.optional(name)]));

function noteOf(body: Body): Values {
  return { note: body.text('note'), by: body.optional('by') };
}

function changeOf(body: Body): Values {
  return { ...noteOf(body), version: body.optional('version') };
}

const OWN: Readonly<Partial<Record<ActionName, Own>>> = {
  'send-again': async (body, backend) =>
    sentResult(await localOf(backend).sendAgain(body.text('correlationId'), undefined)),
  'send-changed': async (body, backend) => {
    const change = { field: body.text('field'), value: body.given('value') };
    return sentResult(await localOf(backend).sendAgain(body.text('correlationId'), change), change.field);
  },
  fault: async (body, backend) => {
    const [service, fault] = [body.text('service'), body.optional('fault') ?? null];
    localOf(backend).setFault(service, fault);
    const line = fault === null ? `${service} works again.` : `${service} is ${fault}.`;
    return { done: true, lines: [line], result: localOf(backend).faults() };
  },
};

function sentResult(answer: SentAnswer, field?: string): ActionResult {
  const came = whatCame(answer, field);
  return { done: true, lines: [came.says], result: { answers: [answer], ...came } satisfies SentResult };
}

/** Actions of a local stack only. */
const LOCAL: readonly string[] = ['trigger', 'send-again', 'send-changed', 'fault'];

function localOf({ local, connection }: Backend): NonNullable<Backend['local']> {
  if (local !== undefined) return local;
  throw new Problem(EXIT.refused, `Only the local stack does that, not ${connection.label}.`);
}

/** @throws Problem, or what the command threw */
export async function act(backend: Backend, name: string, json: unknown): Promise<ActionResult> {
  const call = CALLS[name as ActionName];
  const own = OWN[name as ActionName];
  if (!Object.hasOwn(CALLS, name) && !Object.hasOwn(OWN, name)) {
    throw new Problem(EXIT.notFound, `There is no action "${name.slice(0, 100)}".`);
  }
  if (LOCAL.includes(name)) localOf(backend);
  const body = new Body(json);
  const result = call === undefined ? await own?.(body, backend) : await run(backend, call(body));
  const says = doneSays(name as ActionName, result?.result, body.is('tamper'));
  backend.tables.touch(rowsNamedIn(body));
  backend.quarantined.forget();
  backend.live.bump();
  return { ...(result as ActionResult), ...(says.length === 0 ? {} : { says }) };
}

/** Keys of the payments and orders that an action names: they are read again at once. */
function rowsNamedIn(body: Body): readonly Key[] {
  const payments = [
    ...body.every('payments'),
    ...body.every('payment'),
    ...body.every('event').map((id) => id.split('#', 1)[0] ?? ''),
  ];
  return [...payments.map(paymentKeyOf), ...body.every('reference').map(orderKey)];
}

/** The option's name without dashes, which is also the name of the dialog's field. */
const FLAG = /^--([a-z-]+)(?=[ :])/;
const withoutDashes = (message: string): string =>
  message.replace(FLAG, (_, name: string) => name.charAt(0).toUpperCase() + name.slice(1));

async function run(backend: Backend, { command: name, args, flags }: Call): Promise<ActionResult> {
  const command = await loadCommand(name);
  const request = {
    args,
    flags: new Flags(flags),
    world: {
      connect: async () => backend.connection,
      now: backend.now,
      stdin: async () => '',
      input: async function* () {},
      user: backend.user,
      fetch: backend.fetch,
      notice: () => {},
      print: () => {},
      stopping: () => new AbortController().signal,
    },
  };
  let report: Report;
  try {
    report = await command.run(request);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, withoutDashes(error.message), error.next);
  }
  const lines = render(report.lines, false).split('\n').slice(0, -1);
  return { done: (report.code ?? EXIT.done) === EXIT.done, lines, result: report.json };
}
