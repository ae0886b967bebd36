/** The errors of a command, each as one sentence and what to do next: a command to type, or a page to read. */

import { DISK_FULL_CODE, DISK_FULL_NEXT, DISK_FULL_SENTENCE } from '../local/disk.ts';

/** Documented in docs/command-line.md; scripts depend on them. */
export const EXIT = {
  done: 0,
  /** A check failed, or AWS refused. */
  failed: 1,
  /** The command line is not valid. */
  usage: 2,
  /** No such payment, effect, message or secret. */
  notFound: 3,
  /** The named item has changed or does not allow it: nothing was done. */
  refused: 4,
  /** No stack can be reached. */
  unreachable: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** `message` says what is wrong, `next` what to do about it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ExitCode;
  readonly next: string | undefined;
  constructor(code: ExitCode, message: string, next?: string) {
    super(message);
    this.code = code;
    this.next = next;
  }

  static failed = (message: string, next?: string) => new Problem(EXIT.failed, message, next);
  static usage = (message: string, next?: string) => new Problem(EXIT.usage, message, next);
  static notFound = (message: string, next?: string) => new Problem(EXIT.notFound, message, next);
  static refused = (message: string, next?: string) => new Problem(EXIT.refused, message, next);
  static unreachable = (message: string, next?: string) => new Problem(EXIT.unreachable, message, next);
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'TimeoutError',
  'AggregateError',
]);
const NO_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredTokenException',
  'ExpiredToken',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);
/** Our own errors: each message is a sentence for an operator. */
const REFUSALS = new Set([
  ...['OperatorError', 'DecisionError', 'ImportError', 'OrderError', 'OrderTakenError', 'OrderChangeError'],
]);
/** Our own errors as well, with the next step. */
const SENTENCES: Readonly<Record<string, string>> = {
  ConfigError:
    'docs/configuration.md explains the keys; docs/construct.md lists the default and the allowed values of each.',
  UnusableSecretError: 'payhooks secrets check shows whether each secret can be used.',
  NewerRowError: 'Use the checkout of the version that is deployed: payhooks --version.',
};

/** Why there was no answer: "ECONNREFUSED", the reason of `fetch` ("bad port"), else the error's name. */
export function connectionError(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.name;
}

export const isDenied = (error: unknown): boolean =>
  error instanceof Error && /AccessDenied|NotAuthorized|UnauthorizedOperation/.test(error.name);

const calls = new WeakMap<object, string>();

/** Stores the call from which an error of the SDK came. */
export function ofCall(error: unknown, service: string, operation: string): unknown {
  if (typeof error === 'object' && error !== null)
    calls.set(error, `${SERVICES[service] ?? service}, ${operation}`);
  return error;
}

const SERVICES: Readonly<Record<string, string>> = {
  CloudFormation: 'CloudFormation',
  CloudWatch: 'CloudWatch',
  DynamoDB: 'DynamoDB',
  EventBridge: 'EventBridge',
  Lambda: 'Lambda',
  SecretsManager: 'Secrets Manager',
  SNS: 'SNS',
  SQS: 'SQS',
};

/** "SQS, GetQueueAttributes: " */
const callOf = (error: Error): string => {
  const call = calls.get(error);
  return call === undefined ? '' : `${call}: `;
};

/** An error's message: that of its problem, if it is one. */
export const errorText = (error: unknown): string =>
  problemOf(error)?.message ?? (error instanceof Error ? error.message : String(error));

/** Any error as a problem; undefined for our own mistakes, which need a stack trace. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  // `fetch` throws a TypeError "fetch failed"; its cause is the error of the connection.
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const code = (error as NodeJS.ErrnoException).code ?? cause?.code ?? '';
  if (REFUSALS.has(name)) return Problem.refused(message);
  if (name === DISK_FULL_CODE) return Problem.failed(DISK_FULL_SENTENCE, DISK_FULL_NEXT);
  if (name === 'StoreBusyError') {
    return Problem.failed(
      `The table is busy: ${message}.`,
      'Repeat the command: it writes only what was not written before.',
    );
  }
  if (name === 'UnusableSecretError' && 'secret' in error) {
    const short = String(error.secret).split('/').slice(2).join('/');
    return Problem.failed(`${short} ${message}.`, `payhooks secrets set ${short} --file FILE`);
  }
  if (Object.hasOwn(SENTENCES, name)) return Problem.failed(message, SENTENCES[name]);
  if (NO_CREDENTIALS.has(name)) {
    return Problem.unreachable(
      `AWS got no valid credentials from you: ${message}`,
      'Set AWS_PROFILE, or sign in again (aws sso login), and repeat the command.',
    );
  }
  if (message.includes('Region is missing')) {
    return Problem.usage('No AWS region is set.', 'Set AWS_REGION to the region of the stack.');
  }
  if (isDenied(error)) {
    return Problem.failed(
      `AWS does not allow this call: ${callOf(error)}${message}`,
      'Ask your administrator for the action in this message; docs/tables/commands.md lists the actions of each command.',
    );
  }
  const isFetch = name === 'TypeError' && message === 'fetch failed';
  if (isFetch || UNREACHABLE.has(code) || UNREACHABLE.has(name)) {
    return Problem.unreachable(
      `No answer: ${callOf(error)}${name === 'TimeoutError' ? 'the call timed out' : cause?.message || message || code || name}`,
      'For a local stack, run npm start. For a deployed one, check the network of this computer and the AWS Health Dashboard of the region.',
    );
  }
  const { $metadata } = error as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
  if ($metadata === undefined) return undefined;
  const isTheirs = ($metadata.httpStatusCode ?? 0) >= 500;
  const next = isTheirs
    ? 'The error is in AWS: repeat the command. If it fails again, see the AWS Health Dashboard of the region.'
    : /Throttl|TooManyRequests|LimitExceeded|ProvisionedThroughput/.test(name)
      ? 'AWS got too many requests: repeat the command in a minute.'
      : 'Check account and region (AWS_PROFILE, AWS_REGION). docs/tables/commands.md lists the actions of each command.';
  return Problem.failed(`${callOf(error)}${name}: ${message}`, next);
}
