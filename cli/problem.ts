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
}

interface AwsProblem {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
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
    'docs/configuration.md explains the keys; docs/construct.md lists each with its default and what is allowed.',
  UnusableSecretError: 'payhooks secrets check says of every secret whether it can be used.',
  NewerRowError: 'Use the checkout of the version that is deployed: payhooks --version.',
};

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

/** Any error as a problem; undefined for our own mistakes, which need a stack trace. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (REFUSALS.has(name)) return new Problem(EXIT.refused, message);
  if (name === DISK_FULL_CODE) return new Problem(EXIT.failed, DISK_FULL_SENTENCE, DISK_FULL_NEXT);
  if (name === 'StoreBusyError') {
    return new Problem(
      EXIT.failed,
      `The table is busy: ${message}.`,
      'Repeat the command: it writes what was not written, and nothing a second time.',
    );
  }
  if (name === 'UnusableSecretError' && 'secret' in error) {
    const short = String(error.secret).split('/').slice(2).join('/');
    return new Problem(EXIT.failed, `${short} ${message}.`, `payhooks secrets set ${short} --file FILE`);
  }
  if (Object.hasOwn(SENTENCES, name)) return new Problem(EXIT.failed, message, SENTENCES[name]);
  if (NO_CREDENTIALS.has(name)) {
    return new Problem(
      EXIT.unreachable,
      `AWS does not know who you are: ${message}`,
      'Set AWS_PROFILE, or sign in again (aws sso login), and repeat the command.',
    );
  }
  if (message.includes('Region is missing')) {
    return new Problem(EXIT.usage, 'No AWS region is chosen.', 'Set AWS_REGION to the region of the stack.');
  }
  if (isDenied(error)) {
    return new Problem(
      EXIT.failed,
      `AWS does not allow you this: ${callOf(error)}${message}`,
      'Ask for the action that the message names; docs/tables/commands.md lists what each command calls.',
    );
  }
  if (UNREACHABLE.has(code) || UNREACHABLE.has(name)) {
    return new Problem(
      EXIT.unreachable,
      `No answer: ${callOf(error)}${name === 'TimeoutError' ? 'the call timed out' : message || code || name}`,
      'Is the stack there? For the local one: npm start. Deployed: this computer’s network, or the AWS Health Dashboard of the region.',
    );
  }
  const { $metadata } = error as unknown as AwsProblem;
  if ($metadata === undefined) return undefined;
  const isTheirs = ($metadata.httpStatusCode ?? 0) >= 500;
  const next = isTheirs
    ? 'AWS failed, not this command: repeat it. If it fails again, look at the AWS Health Dashboard of the region.'
    : /Throttl|TooManyRequests|LimitExceeded|ProvisionedThroughput/.test(name)
      ? 'Too many requests for the moment: repeat the command in a minute.'
      : 'Check account and region (AWS_PROFILE, AWS_REGION). docs/tables/commands.md lists what each command calls.';
  return new Problem(EXIT.failed, `${callOf(error)}${name}: ${message}`, next);
}
