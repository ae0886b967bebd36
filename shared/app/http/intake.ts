/**
 * From an HTTP request to an accepted message, within one deadline: find the account, verify the request, seal it, send
 * it to the queue, and only then answer in the form that the provider requires.
 */

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { defined } from '../../payment/defined.ts';
import type { Environment } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import {
  type IntakeProvider,
  NOT_A_NOTIFICATION,
  UnusableSecretError,
  type Verdict,
} from '../../providers/provider.ts';
import type { QuestionAnswer } from '../../providers/question-answer.ts';
import type { Answer, ReceivedRequest } from '../../providers/received.ts';

import { findAccount } from '../platform/config.ts';
import { correlated } from '../platform/correlation.ts';
import {
  callerOfEdge,
  EDGE_HEADER,
  type EdgeFault,
  type EdgeKeys,
  type EdgeMode,
  edgeKeyIn,
  parseEdgeKeys,
} from '../platform/edge.ts';
import type { Log } from '../platform/log.ts';
import { notificationContext } from '../platform/message.ts';
import type { NotificationEnvelope } from '../platform/message-schema.ts';
import type { Dimensions, MetricName, Metrics } from '../platform/metrics.ts';
import { type EnvelopeKeys, parseEnvelopeKeys, seal, sealTo } from '../platform/seal.ts';
import {
  accountSecretName,
  edgeSecretName,
  envelopeSecretName,
  type SecretOf,
  type Secrets,
} from '../platform/secrets.ts';
import type { Clock, Queue } from '../ports.ts';
import { hashText, type Scope } from '../table/keys.ts';
import {
  type FailureReason,
  factsOf,
  type Outcome,
  type RefusalStatus,
  type RequestFacts,
  readRequest,
  respond,
  startDeadline,
} from './intake-http.ts';
import { unknownAccount } from './refusals.ts';
import { OWN_PROBE, REFUSED, SELF_TEST_ACCEPTED } from './request-log.ts';

export interface IntakeDeps {
  readonly accounts: readonly Account[];
  readonly environment: Environment;
  /** What happens to a request that did not come through CloudFront. Absent: not checked. */
  readonly edge?: EdgeMode | undefined;
  readonly queue: Queue;
  /**
   * Whether the account's quarantine accepts no more messages in this month. Called only for a message that must be
   * quarantined. Absent: only the worker enforces the limit, and parks messages beyond it.
   */
  readonly quarantineIsFull?: (scope: Scope, month: string, signal: AbortSignal) => Promise<boolean>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * The reply to the provider (for a question with the answer that it rests on), or no reply yet, so that the provider
 * sends the notification again.
 */
export type QuestionOutcome =
  | {
      readonly type: 'reply';
      readonly reply: Pick<QuestionAnswer, 'status' | 'limit'>;
      /** The answer to the question, which travels to the worker. Absent: there was no question. */
      readonly questionAnswer?: QuestionAnswer;
    }
  | { readonly type: 'retry'; readonly reason: FailureReason; readonly error?: unknown };

interface Unanswered<N, A extends Account> extends Deadline {
  readonly notification: N;
  /** The message as received. */
  readonly message: string;
  readonly account: A;
}

/**
 * Answers the questions of a provider that asks them: the answer is found and stored before the message is queued
 * (withdrawal-kyc-answers.ts).
 */
export interface Questions<N, K, A extends Account> {
  /** Undefined: there is no question, and the provider's own answer is sent. */
  answerQuestion(unanswered: Unanswered<N, A>): Promise<QuestionOutcome | undefined>;
  answer(notification: N, reply: Pick<QuestionAnswer, 'status' | 'limit'>, account: A, keys: K): Answer;
}

type Authentic<N> = Extract<Verdict<N>, { authentic: true }>;

export type IntakeHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** How long a ready answer may wait for the refresh of a secret. */
const REFRESH_WAIT_MS = 250;

/** An error that names the step that failed. */
class StepError extends Error {
  override readonly name = 'StepError';
  readonly reason: FailureReason;
  constructor(reason: FailureReason, cause: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** One intake function: its provider, its dependencies, and how questions are answered. */
interface Intake<N, K, A extends Account> {
  readonly provider: IntakeProvider<N, K, A>;
  readonly deps: IntakeDeps;
  readonly questions: Questions<N, K, A> | undefined;
  readonly keysOf: (account: A) => SecretOf<K>;
  readonly envelopeSecret: SecretOf<EnvelopeKeys>;
}

/** When the request must be answered, in milliseconds since 1970. The signal aborts calls that still run then. */
interface Deadline {
  readonly endsAt: number;
  readonly signal: AbortSignal;
}

/**
 * The key and variant that verified the request, for its metrics. Set once it is verified, also if a later step fails.
 */
interface Verification {
  by?: Pick<Authentic<unknown>, 'keyId' | 'variant'>;
}

/**
 * Creates the handler of one intake function.
 * @example export const handler = createIntake(paymentwall, deps);
 */
export function createIntake<N, K, A extends Account>(
  provider: IntakeProvider<N, K, A>,
  deps: IntakeDeps,
  questions?: Questions<N, K, A>,
): IntakeHandler {
  const { clock, environment } = deps;
  const intake = {
    ...{ provider, deps, questions },
    keysOf: keySecrets(provider, environment),
    envelopeSecret: envelopeSecret(environment),
  };
  const answer = async (
    event: APIGatewayProxyEventV2,
    request: RequestFacts,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const endsAt = clock() + request.budgetMs;
    const deadline = startDeadline(request.budgetMs);
    const verified: Verification = {};
    const followed = { ...request, verified };
    let outcome: Outcome;
    try {
      const working = work(intake, event, followed, { endsAt, signal: deadline.signal });
      outcome = await Promise.race([working, deadline.expired]);
    } catch (error) {
      outcome = failure(error);
    }
    // A running refresh must not be frozen with the environment, nor delay a ready answer for long.
    await Promise.race([deps.secrets.waitForRefreshes(REFRESH_WAIT_MS), deadline.expired]);
    deadline.stop();
    record(deps, provider.name, followed, outcome);
    return respond(outcome, provider.method);
  };
  return (event) => {
    const request = factsOf(event, clock());
    return correlated(request.correlationId, () => answer(event, request));
  };
}

type IntakeRequest = RequestFacts & { readonly verified: Verification };

/** Finds the account and verifies the request. An authentic request continues with `accept`. */
async function work<N, K, A extends Account>(
  intake: Intake<N, K, A>,
  event: APIGatewayProxyEventV2,
  request: IntakeRequest,
  deadline: Deadline,
): Promise<Outcome> {
  const { provider, deps, keysOf } = intake;
  const account = findAccount(deps.accounts, provider.name, request.account) as A | undefined;
  const leads = request.isElsewhere ? 'unknown_path' : account === undefined ? 'unknown_account' : 'account';
  const edge = await throughEdge(event, leads, deps, deadline.signal);
  if (typeof edge !== 'string') return edge;
  if (request.isElsewhere) return refused(404, 'unknown_path');
  if (account === undefined) {
    const sentence = unknownAccount(request.account, deps.accounts, provider.name);
    return refused(404, 'unknown_account', sentence);
  }
  const { method } = event.requestContext.http;
  if (method !== provider.method) {
    const reason = provider.otherProduct?.(event.headers) ?? 'wrong_method';
    return refused(405, reason, `the provider sends ${provider.method}`);
  }
  const received = readRequest(event, edge);
  if (received === undefined) return refused(413, 'too_large');

  const { signal } = deadline;
  const secret = keysOf(account);
  const [keys, envelopeKeys] = await step('secret_unavailable', () =>
    Promise.all([deps.secrets.read(secret, signal), deps.secrets.read(intake.envelopeSecret, signal)]),
  );
  const { verdict, used } = await verifyTwice(provider, { request: received, account, keys }, () =>
    deps.secrets.reread(secret, signal),
  );
  if (!verdict.authentic) {
    if (verdict.status === 401 && provider.probe?.isForged(received, account)) {
      return refused(401, OWN_PROBE, 'forged by this stack or by payhooks doctor, to see that it is refused');
    }
    const isUnverified = verdict.status === 401 && verdict.reason !== NOT_A_NOTIFICATION;
    const sentence = isUnverified ? provider.explain?.(received, account, used) : undefined;
    return refused(verdict.status, verdict.reason, sentence);
  }
  return accept(intake, { account, verdict, request, keys: used, envelopeKeys }, deadline);
}

/**
 * Checks that the request came through CloudFront, before anything else of the request is read. The result is the
 * sender's address, or a refusal. Without the header, no secret is read. With a wrong header, the secret is read again
 * at most once a minute.
 */
async function throughEdge(
  { headers, requestContext: { http } }: APIGatewayProxyEventV2,
  leads: 'account' | 'unknown_account' | 'unknown_path',
  deps: IntakeDeps,
  signal: AbortSignal,
): Promise<string | Outcome> {
  if (deps.edge === undefined) return http.sourceIp;
  const given = headers[EDGE_HEADER];
  const key = given === undefined ? undefined : await edgeKeyOf(given, deps, signal);
  if (key !== undefined) {
    // CloudFront still sends the previous value. Do not remove it yet.
    if (key === 'previous') deps.metrics.emit({ Remarks: 1 }, { reason: 'previous_edge_header' });
    return callerOfEdge(headers['x-forwarded-for'], http.sourceIp) ?? http.sourceIp;
  }
  const fault: EdgeFault = given === undefined ? 'no_edge_header' : 'wrong_edge_header';
  // A request for an unknown path or account is not from a provider that still uses the API's own address. It keeps
  // that reason, and another alarm counts it.
  const reason = leads === 'account' ? fault : leads;
  if (deps.edge === 'require') return refused(403, reason, EDGE_SENTENCES[fault]);
  if (leads === 'account') deps.metrics.emit({ Remarks: 1 }, { reason });
  return http.sourceIp;
}

/**
 * Which key the header is. A header that fits none may be newer than the cached secret: the secret is read again once.
 */
async function edgeKeyOf(given: string, { environment, edge, secrets }: IntakeDeps, signal: AbortSignal) {
  const secret = edgeSecret(environment);
  try {
    const key = edgeKeyIn(given, await secrets.read(secret, signal));
    if (key !== undefined) return key;
    const fresh = await secrets.reread(secret, signal);
    return fresh === undefined ? undefined : edgeKeyIn(given, fresh);
  } catch (error) {
    // In mode `count` a failure must not refuse the request. The read error is already logged.
    if (edge === 'count') return undefined;
    throw new StepError(
      error instanceof UnusableSecretError ? 'secret_unusable' : 'secret_unavailable',
      error,
    );
  }
}

const EDGE_SENTENCES: Readonly<Record<EdgeFault, string>> = {
  no_edge_header:
    "the request did not pass CloudFront (setting `edgeHeader`): the sender uses the API's own address",
  wrong_edge_header: `its ${EDGE_HEADER} is neither the current nor the previous value of the secret "edge"`,
};

interface Verified<N, K, A extends Account> {
  readonly account: A;
  readonly verdict: Authentic<N>;
  readonly request: IntakeRequest;
  readonly keys: K;
  readonly envelopeKeys: EnvelopeKeys;
}

/**
 * Processes an authentic request: a question is answered first, then the message is queued, and only then the provider
 * is answered.
 */
async function accept<N, K, A extends Account>(
  { provider, deps, questions }: Intake<N, K, A>,
  { account, verdict, request, keys, envelopeKeys }: Verified<N, K, A>,
  { endsAt, signal }: Deadline,
): Promise<Outcome> {
  const { metrics } = deps;
  const dimensions = dimensionsOf(account);
  if (provider.probe?.isSigned(verdict.message, account)) {
    const envelope = {
      ...sealed({ account, verdict, request, decided: undefined }, envelopeKeys),
      probe: true,
    };
    await enqueue(envelope, deps, signal);
    return { type: 'probe', answer: provider.accept(verdict.notification, account, keys) };
  }
  request.verified.by = verdict;
  for (const remark of verdict.remarks) metrics.emit({ Remarks: 1 }, { ...dimensions, reason: remark });

  if (verdict.quarantine !== undefined && (await isFull(account, signal, deps))) {
    metrics.emit({ QuarantineOverflow: 1 }, dimensions);
    return { type: 'failed', status: 503, reason: 'quarantine_full' };
  }
  const { notification, message } = verdict;
  const questionOutcome =
    notification === undefined
      ? undefined
      : await questions?.answerQuestion({ notification, message, account, endsAt, signal });
  if (questionOutcome?.type === 'retry') return { ...questionOutcome, type: 'failed', status: 503 };

  const envelope = sealed(
    { account, verdict, request, decided: questionOutcome?.questionAnswer },
    envelopeKeys,
  );
  if (verdict.splitToken !== undefined && envelope.splitToken === undefined) {
    metrics.emit({ Remarks: 1 }, { ...dimensions, reason: 'split_token_dropped' });
  }
  const sending = enqueue(envelope, deps, signal);
  // The answer is computed (for Europe: an RSA signature) while SQS takes the message. The answer leaves only when both
  // are done.
  const answering = requestsWritten().then(() =>
    questions === undefined || questionOutcome === undefined || notification === undefined
      ? provider.accept(notification, account, keys)
      : questions.answer(notification, questionOutcome.reply, account, keys),
  );
  const [answer] = await Promise.all([answering, sending]);
  return verdict.quarantine === undefined
    ? { type: 'accepted', answer }
    : { type: 'quarantined', answer, reason: verdict.quarantine };
}

/**
 * Node writes a request that has a connection in the next tick (test/aws/json/client.test.ts holds this). Waiting for a
 * turn of the event loop would do the same, and costs about as much as sealing.
 */
const requestsWritten = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

const enqueue = (envelope: NotificationEnvelope, { queue }: IntakeDeps, signal: AbortSignal): Promise<void> =>
  step('queue_unavailable', () =>
    queue.send(JSON.stringify(envelope), { group: `${envelope.provider}.${envelope.account}`, signal }),
  );

/**
 * Whether the quarantine is full. If the row cannot be read, the message is accepted, and the worker enforces the
 * limit.
 */
async function isFull(
  { provider, account }: Account,
  signal: AbortSignal,
  { quarantineIsFull, clock, log }: IntakeDeps,
): Promise<boolean> {
  if (quarantineIsFull === undefined) return false;
  try {
    const month = new Date(clock()).toISOString().slice(0, 7);
    return await quarantineIsFull({ provider, account }, month, signal);
  } catch (error) {
    log.warn('the row that says whether the quarantine is full cannot be read', { provider, account, error });
    return false;
  }
}

/**
 * The envelope of an authentic message. A splitToken is half of a credential: it is sealed to its own key or dropped,
 * and never stored readable.
 */
function sealed(
  {
    account,
    verdict,
    request: { correlationId, receivedAt },
    decided,
  }: {
    readonly account: Account;
    readonly verdict: Authentic<unknown>;
    readonly request: RequestFacts;
    readonly decided: QuestionAnswer | undefined;
  },
  keys: EnvelopeKeys,
): NotificationEnvelope {
  const { message, quarantine, signatureDigest, splitToken } = verdict;
  const digest = hashText(message);
  const tokenKey = account.splitTokenKey;
  return {
    version: 1,
    kind: 'notification',
    correlationId,
    provider: account.provider,
    account: account.account,
    receivedAt,
    keyId: verdict.keyId,
    ...defined({ keyFingerprint: verdict.keyFingerprint }),
    variant: verdict.variant,
    sealed: seal(message, notificationContext(account.provider, account.account, digest), keys),
    digest,
    ...defined({ quarantine, signatureDigest, decided }),
    ...(splitToken === undefined || tokenKey === undefined
      ? {}
      : { splitToken: sealTo(tokenKey, splitToken) }),
  };
}

/** The secret of each account's keys: one object per account, created once. */
function keySecrets<N, K, A extends Account>(
  provider: IntakeProvider<N, K, A>,
  environment: Environment,
): (account: A) => SecretOf<K> {
  const made = new Map<string, SecretOf<K>>();
  return (account) => {
    const known = made.get(account.account);
    if (known !== undefined) return known;
    const secret: SecretOf<K> = {
      name: accountSecretName(environment, account),
      parse: (value) => provider.parseKeys(value, account),
    };
    made.set(account.account, secret);
    return secret;
  };
}

const edgeSecret = (environment: Environment): SecretOf<EdgeKeys> => ({
  name: edgeSecretName(environment),
  parse: parseEdgeKeys,
});

const envelopeSecret = (environment: Environment): SecretOf<EnvelopeKeys> => ({
  name: envelopeSecretName(environment),
  parse: parseEnvelopeKeys,
});

/**
 * A wrong signature may mean that the key was rotated: the secret is read again once, and the request verified with a
 * new key.
 */
async function verifyTwice<N, K, A extends Account>(
  provider: IntakeProvider<N, K, A>,
  { request, account, keys }: { readonly request: ReceivedRequest; readonly account: A; readonly keys: K },
  reread: () => Promise<K | undefined>,
): Promise<{ readonly verdict: Verdict<N>; readonly used: K }> {
  const verdict = provider.verify(request, account, keys);
  // Read the secret again only for a wrong signature. Where the key signed another kind of text (NOT_A_NOTIFICATION),
  // the signature is correct, and a newer key would not change the verdict.
  const isFinal = verdict.authentic || verdict.status !== 401 || verdict.reason === NOT_A_NOTIFICATION;
  if (isFinal) return { verdict, used: keys };
  const fresh = await reread();
  return fresh === undefined
    ? { verdict, used: keys }
    : { verdict: provider.verify(request, account, fresh), used: fresh };
}

const refused = (status: RefusalStatus, reason: string, sentence?: string): Outcome => ({
  ...{ type: 'refused', status, reason },
  ...defined({ sentence }),
});

async function step<T>(reason: FailureReason, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new StepError(error instanceof UnusableSecretError ? 'secret_unusable' : reason, error);
  }
}

const failure = (error: unknown): Outcome =>
  error instanceof StepError
    ? { type: 'failed', status: 503, reason: error.reason, error: error.cause }
    : { type: 'failed', status: 503, reason: 'internal', error };

const dimensionsOf = ({ provider, account }: Account): Dimensions => ({ provider, account });

function countsOf(outcome: Exclude<Outcome, { type: 'probe' }>): Partial<Record<MetricName, number>> {
  switch (outcome.type) {
    case 'refused':
      return outcome.status === 401 ? { Refused: 1, BadSignatures: 1 } : { Refused: 1 };
    case 'failed':
      return { IntakeFailures: 1 };
    default:
      return { Accepted: 1 };
  }
}

/**
 * Writes metrics and log with configured names only. Of a refused request, only the reason is written, for its
 * developer, and no content of it (request-log.ts reads these lines).
 */
function record(
  { accounts, clock, log, metrics }: IntakeDeps,
  provider: Account['provider'],
  request: IntakeRequest,
  outcome: Outcome,
): void {
  const account = findAccount(accounts, provider, request.account)?.account ?? 'unknown';
  // The probe's requests are not counted: they say nothing about a provider, and must neither end nor raise an alarm.
  if (outcome.type === 'probe') {
    const status = String(outcome.answer.status);
    log.info(SELF_TEST_ACCEPTED, { provider, account, status, reason: OWN_PROBE });
    return;
  }
  const { type, reason } = outcome;
  const { by } = request.verified;
  const dimensions = { provider, account, outcome: type, reason, keyId: by?.keyId, variant: by?.variant };
  const duration = Math.max(0, clock() - request.startedAt);
  // The workers use the same time for their metrics of this notification.
  const at = { at: request.receivedAt };
  if (reason !== OWN_PROBE)
    metrics.emit(
      {
        ...{ Notifications: 1, IntakeDuration: duration, ...countsOf(outcome) },
        ...(by === undefined ? {} : { VerifiedBy: 1 }),
      },
      dimensions,
      at,
    );
  if (outcome.type === 'refused') {
    const { status, sentence } = outcome;
    const why = defined({ sentence });
    log.info(REFUSED, { provider, account, status: String(status), reason: outcome.reason, ...why });
  }
  if (outcome.type !== 'failed') return;
  log.error('intake answered 503', { provider, account, reason: outcome.reason, error: outcome.error });
}
