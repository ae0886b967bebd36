/**
 * One run: makes a request from a seed, sends it to the real intake handler and judges the result. Every run has its
 * own seed (from the campaign's seed and the run's number), so that each run can be repeated alone.
 *
 * Properties of every request:
 * - The handler answers with a status of the decision table, never with a 5xx.
 * - One message is queued if the answer is 2xx, otherwise none. The size of the message is bounded by the request's
 *   size.
 * - A 2xx needs a genuine signature, which a second implementation verifies.
 * - An accepted message that is not quarantined has the meaning of a genuine message: its NormalizedEvent is equal, or
 *   it   differs in a way that the documents name as open.
 */

import {
  createIntake,
  type IntakeDeps,
  type IntakeHandler,
  type Questions,
} from '../../shared/app/http/intake.ts';
import { createLog } from '../../shared/app/platform/log.ts';
import { notificationContext } from '../../shared/app/platform/message.ts';
import type { NotificationEnvelope } from '../../shared/app/platform/message-schema.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { open, parseEnvelopeKeys } from '../../shared/app/platform/seal.ts';
import { createSecrets } from '../../shared/app/platform/secrets.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import type { Account, RegisteredProvider } from '../../shared/providers/index.ts';
import { Random } from '../simulation/random.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { forged, rawBytes, signed } from './generators.ts';
import { OPERATORS } from './operators.ts';
import { differences, meaningOf, type Target } from './target.ts';
import { contentOf, type Message, toEvent } from './wire.ts';

export const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const ENVELOPE = { current: 'e'.repeat(64) };
const envelopeKeys = parseEnvelopeKeys(ENVELOPE);
/** Statuses of the decision table that a sender can bring about. */
const STATUSES: ReadonlySet<number> = new Set([200, 400, 401, 404, 405, 413, 415]);
/** The largest queue message for a request of this size: sealing, base64 and the fields of the envelope. */
const queueLimit = (size: number): number => 2 * size + 2_000;

export interface Bench {
  readonly target: Target;
  /** The provider that reads genuine messages; the target's own provider, unless that provider is weakened. */
  readonly reference: RegisteredProvider;
  readonly handle: IntakeHandler;
  readonly queue: MemoryQueue;
  readonly lines: string[];
  /** A further property of a request: returns a finding if it fails. With this property, 503 is a possible answer. */
  readonly alsoHolds?: (message: Message, status: number, body: string) => Promise<string | undefined>;
}

type Asking = (base: Pick<IntakeDeps, 'clock' | 'log' | 'metrics'>) => Questions<unknown, unknown, Account>;

export function benchOf(
  target: Target,
  reference: RegisteredProvider = target.provider,
  questions?: Asking,
): Bench {
  const queue = new MemoryQueue();
  const lines: string[] = [];
  const sink = (line: string) => void lines.push(line);
  const clock = () => NOW;
  const log = createLog({ service: 'fuzz', functionName: 'fuzz', clock, sink });
  const texts = new Map(
    Object.entries(target.secrets).map(([account, secret]) => [
      `payhooks/sandbox/${target.provider.name}/${account}`,
      JSON.stringify(secret),
    ]),
  );
  texts.set('payhooks/sandbox/envelope-key', JSON.stringify(ENVELOPE));
  const secrets = createSecrets({
    fetch: async (name) => texts.get(name) ?? '',
    clock,
    report: (sentence, error) => log.error('secret problem', { sentence, error }),
  });
  const metrics = createMetrics({ namespace: 'Fuzz', service: 'fuzz', clock, sink });
  const { accounts } = target;
  const base = { clock, log, metrics };
  const deps = { ...base, accounts, environment: 'sandbox' as const, queue, secrets };
  const handle = createIntake(target.provider, deps, questions?.(base));
  return { target, reference, handle, queue, lines };
}

type Verdict = 'refused' | 'quarantined' | 'same meaning' | 'signed nonsense' | 'open';

export interface Judgement {
  readonly status: number;
  readonly verdict: Verdict;
  /** The name of the open class, or the reason of the quarantine. */
  readonly detail?: string;
  /** The property that failed. */
  readonly finding?: string;
}

/** The genuine messages from which the request was made. Without a genuine message, no request may be accepted. */
export interface Origin {
  readonly genuine: readonly Message[];
  /** The accepted reading of a hostile message (`Hostile` in target.ts). */
  readonly spelled?: Message;
  /** Whether the request was signed after it was generated, so that every reading is genuine. */
  readonly isSigned: boolean;
}

export async function judge(bench: Bench, message: Message, origin: Origin): Promise<Judgement> {
  const { queue, lines, target } = bench;
  queue.sent.length = 0;
  lines.length = 0;
  let status: number;
  let broken: string | undefined;
  try {
    const answer = await bench.handle(toEvent(message, NOW));
    status = answer.statusCode ?? 0;
    broken = await bench.alsoHolds?.(message, status, answer.body ?? '');
  } catch (error) {
    return { status: 0, verdict: 'refused', finding: `the handler threw ${String(error)}` };
  }
  const found = (finding: string, verdict: Verdict = 'refused'): Judgement => ({ status, verdict, finding });
  if (broken !== undefined) return found(broken);
  const judged = bench.alsoHolds !== undefined && status === 503;
  if (!STATUSES.has(status) && !judged) return found(`answered ${status}`);
  if (status !== 200)
    return queue.sent.length === 0 ? { status, verdict: 'refused' } : found('refused, yet queued');
  if (queue.sent.length !== 1) return found(`answered 200 with ${queue.sent.length} messages on the queue`);

  const body = queue.sent[0]?.body ?? '';
  if (body.length > queueLimit(contentOf(message).length)) return found(`${body.length} bytes on the queue`);
  const account = target.accounts.find((each) => each.account === message.account);
  if (account === undefined) return found('accepted for an account that does not exist');
  if (!isSigned(target, message, account)) return found('accepted without a genuine signature');
  return read(bench, JSON.parse(body) as NotificationEnvelope, origin, account, status);
}

/** Verifies with the second implementation. If it throws, the message has no genuine signature. */
function isSigned(target: Target, message: Message, account: Target['accounts'][number]): boolean {
  try {
    const body = message.flipBase64 ? flipped(message) : message.body;
    return target.isSigned({ ...message, body }, account);
  } catch {
    return false;
  }
}

/** The body that the function reads when the base64 flag is wrong. */
function flipped(message: Message): Buffer {
  const { body = '', isBase64Encoded } = toEvent(message, NOW);
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

function read(
  { target: { provider, openClass }, reference }: Bench,
  envelope: NotificationEnvelope,
  origin: Origin,
  account: Target['accounts'][number],
  status: number,
): Judgement {
  const { quarantine, digest, sealed } = envelope;
  if (quarantine !== undefined) return { status, verdict: 'quarantined', detail: quarantine };
  let normalized: NormalizedEvent;
  try {
    const message = open(sealed, notificationContext(provider.name, account.account, digest), envelopeKeys);
    normalized = provider.normalize(provider.parse(message, account), account);
  } catch (error) {
    return {
      status,
      verdict: 'refused',
      finding: `accepted, but the worker cannot read it: ${String(error)}`,
    };
  }
  if (origin.isSigned) return { status, verdict: 'signed nonsense' };
  const genuine = origin.genuine.map((each) => normalizedOf(reference, each, account));
  if (genuine.some((each) => each !== undefined && meaningOf(each) === meaningOf(normalized))) {
    return { status, verdict: 'same meaning' };
  }
  const spelled = origin.spelled && normalizedOf(reference, origin.spelled, account);
  if (spelled !== undefined && meaningOf(spelled) === meaningOf(normalized)) {
    return { status, verdict: 'open', detail: 'a text that spells out an absent field, read as it spells' };
  }
  for (const each of [...genuine, spelled]) {
    const name = each && openClass(each, normalized);
    if (name !== undefined) return { status, verdict: 'open', detail: name };
  }
  const differ = genuine.map((each) =>
    each === undefined ? 'no genuine message' : differences(each, normalized).join(', '),
  );
  return {
    status,
    verdict: 'refused',
    finding: `accepted with another meaning, which differs in ${differ.join(' or ')}`,
  };
}

/** The normalized event of a genuine message; undefined if the genuine message itself cannot be read. */
function normalizedOf(
  provider: Target['provider'],
  message: Message,
  account: Target['accounts'][number],
): NormalizedEvent | undefined {
  try {
    return provider.normalize(provider.parse(contentOf(message).toString('utf8'), account), account);
  } catch {
    return undefined;
  }
}

export interface Run extends Judgement {
  /** Names of the operators, or of the generator. */
  readonly how: readonly string[];
  readonly message: Message;
  readonly milliseconds: number;
}

/** @param seed the seed of this run, see `seedOf` */
export async function runOne(bench: Bench, seed: number): Promise<Run> {
  const { target } = bench;
  const random = new Random(seed);
  const { message: genuine, spelled } = random.chance(0.15)
    ? random.pick(target.hostile)
    : { message: random.pick(target.corpus), spelled: undefined };
  const donor = random.pick(target.corpus);
  const { how, message, origin } = make(target, genuine, spelled, donor, random);
  const startedAt = performance.now();
  const judgement = await judge(bench, message, origin);
  return { ...judgement, how, message, milliseconds: performance.now() - startedAt };
}

function make(
  target: Target,
  genuine: Message,
  spelled: Message | undefined,
  donor: Message,
  random: Random,
): { readonly how: readonly string[]; readonly message: Message; readonly origin: Origin } {
  const kind = random.below(20);
  if (kind === 0) {
    return {
      how: ['raw bytes'],
      message: rawBytes(genuine, random),
      origin: { genuine: [], isSigned: false },
    };
  }
  if (kind === 1) {
    return {
      how: ['forged'],
      message: forged(genuine, random),
      origin: { genuine: [genuine], isSigned: false },
    };
  }
  const nonsense = kind === 2 ? signed(target, random) : undefined;
  if (nonsense !== undefined) {
    return { how: ['signed nonsense'], message: nonsense, origin: { genuine: [], isSigned: true } };
  }
  const how: string[] = [];
  let message = genuine;
  for (let left = random.pick([1, 1, 1, 2, 2, 3, 5]); left > 0; left -= 1) {
    const { name, apply } = random.pick(OPERATORS.filter(({ suits }) => suits(message)));
    how.push(name);
    message = apply(message, { random, donor });
  }
  return {
    how,
    message,
    origin: { genuine: [genuine, donor], isSigned: false, ...(spelled && { spelled }) },
  };
}

/** The seed of the run `index` of a campaign with this seed. */
export const seedOf = (seed: number, index: number): number => (Math.imul(seed, 0x9e3779b1) + index) >>> 0;
