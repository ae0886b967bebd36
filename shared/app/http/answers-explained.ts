/** What each reason of a refusal and of a failure means, in plain sentences: for the console and the page of errors. */
import { isProviderName, providers } from '../../providers/index.ts';
import { type Refusals, SHARED_REFUSALS } from '../../providers/refusals.ts';
import type { EdgeFault } from '../platform/edge.ts';
import type { FailureReason } from './intake-http.ts';
import type { RedirectRefusal } from './redirect.ts';

interface Row {
  readonly status: string;
  readonly means: string;
}
type Rows = Readonly<Record<string, Row>>;

/** The part of a provider's folder that is read here. */
interface Folder {
  readonly method: string;
  readonly config: { readonly title: string; readonly refusals: Refusals };
}

const EDGE: Readonly<Record<EdgeFault, string>> = {
  no_edge_header: 'It did not come through CloudFront, which adds the header (`edgeHeader`).',
  wrong_edge_header: 'Its header is neither the current nor the previous value of the secret `edge`.',
};

const ADDRESS = {
  unknown_account: 'The address names no account of the configuration.',
  unknown_path: 'The address of an account with a wrong end.',
};

const REDIRECT: Readonly<Record<Exclude<RedirectRefusal, keyof typeof SHARED_REFUSALS>, string>> = {
  too_long: 'The query of the redirect is longer than any documented one.',
  unreadable: 'A signed redirect without its required parameters.',
  unknown_session: 'The address of the redirect belongs to no attempt.',
  foreign_reference: 'A redirect of another attempt.',
  session_used: 'Another redirect already ended this attempt.',
  foreign_transaction: 'The transaction belongs to another attempt.',
};

const withStatus = (status: string, meanings: Readonly<Record<string, string>>): Rows =>
  Object.fromEntries(Object.entries(meanings).map(([reason, means]) => [reason, { status, means }]));

const rowsOf = (refusals: Refusals): Rows =>
  Object.fromEntries(
    Object.entries(refusals).map(([reason, { status, means }]) => [
      reason,
      { status: String(status), means },
    ]),
  );

const wrongMethod = (folders: readonly Folder[]): Rows => ({
  wrong_method: {
    status: '405',
    means: `${folders.map(({ method, config }) => `${config.title} sends ${method}`).join(', ')}.`,
  },
});

/** Refusals of the intake, the edge and the redirect themselves, and those that several providers share. */
export const generalRefusals = (folders: readonly Folder[]): Rows => ({
  ...rowsOf(SHARED_REFUSALS),
  ...withStatus('401 (redirect)', REDIRECT),
  ...withStatus('403', EDGE),
  ...withStatus('404 (403 around CloudFront)', ADDRESS),
  ...wrongMethod(folders),
});

/** Refusals of a provider's verification. The provider's own sentence about a reason replaces the shared one. */
export const refusalsOf = (folder: Folder): Rows => ({
  ...rowsOf(SHARED_REFUSALS),
  ...wrongMethod([folder]),
  ...rowsOf(folder.config.refusals),
});

/** Every refusal. A reason that two folders explain differently has two rows. */
export function everyRefusal(folders: readonly Folder[]): readonly (Row & { readonly reason: string })[] {
  const tables = [generalRefusals(folders), ...folders.map(({ config }) => rowsOf(config.refusals))];
  const all = tables.flatMap((rows) => Object.entries(rows).map(([reason, row]) => ({ reason, ...row })));
  return [...new Map(all.map((row) => [JSON.stringify(row), row])).values()];
}

/** Our own failures, answered 503: the provider sends again. */
export const FAILURES_EXPLAINED: Readonly<Record<FailureReason, string>> = {
  deadline: 'The answer was not ready 2.5 s after the gateway took the request.',
  secret_unusable: 'The secret of the account is not set, or its form is wrong.',
  secret_unavailable: 'Secrets Manager did not answer, and no key is cached.',
  queue_unavailable: 'SQS did not accept the message.',
  quarantine_full:
    'The notification must be quarantined, and the account’s quarantine is full for this month.',
  store_unavailable: 'A question: DynamoDB did not answer.',
  order_unknown: 'A question: no order is registered for it.',
  not_asked: 'A question: your decision hook could not be asked in time.',
  no_answer: 'A question: your decision hook gave no answer in time.',
  decision_not_stored: 'A question: the answer could not be stored, so it is not given.',
  internal: 'A fault of this software. The log has its stack.',
};

const GENERAL = generalRefusals(Object.values(providers));

/**
 * The meaning of a reason as plain text; undefined for a reason that is neither a refusal's nor a failure's.
 * @param provider whose account the request was for
 */
export function meaningOf(reason: string, provider: string): string | undefined {
  const own = isProviderName(provider) ? refusalsOf(providers[provider]) : {};
  const means: Readonly<Record<string, string>> = {
    ...FAILURES_EXPLAINED,
    ...meaningsIn(GENERAL),
    ...meaningsIn(own),
  };
  return Object.hasOwn(means, reason) ? means[reason]?.replaceAll('`', '') : undefined;
}

const meaningsIn = (rows: Rows): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(rows).map(([reason, { means }]) => [reason, means]));
