/** What the console's views and actions work on: a local or deployed stack, and the parts that only a local one has. */
import type { Connection } from '../../cli/connect.ts';
import type { Answered } from '../../cli/requests/answers.ts';
import type { LoggedDuplicate, LoggedOutcome } from '../../shared/app/http/request-log.ts';
import type { ContentDeps } from '../../shared/app/operator/kept-notifications.ts';
import type { QuarantinedMessage } from '../../shared/app/operator/quarantine-review.ts';
import type { Account } from '../../shared/providers/index.ts';
import type {
  FaultsView,
  Received,
  RequestDetail,
  RequestSummary,
  SentAnswer,
  StoriesView,
} from '../contract.ts';
import type { Cached } from './cached.ts';
import type { DashboardSource } from './dashboard-source.ts';
import type { Live } from './live.ts';
import type { TableSnapshots } from './table-snapshot.ts';

/** Content of a request's text, verified or not. */
export type TextSummary = Omit<RequestSummary, 'verified'>;

export interface Duplicates {
  readonly absorbed: readonly LoggedDuplicate[];
  /** Milliseconds since 1970; nothing is known about earlier times. */
  readonly since: number;
}

export interface Backend {
  readonly connection: Connection;
  /** "local", or the stack's name as it was typed. */
  readonly name: string;
  readonly actionsAllowed: boolean;
  readonly token: string;
  /** The name that the ledger gets when an action has no `by`. */
  readonly user: string;
  readonly live: Live;
  readonly tables: TableSnapshots;
  /** Quarantined messages, each opened and read by this version; on AWS they are not read on each request. */
  readonly quarantined: Cached<readonly QuarantinedMessage[]>;
  readonly fetch: typeof fetch;
  now(): number;
  /** Requests whose notification was already known, as far as the log was read. */
  duplicates(): Promise<Duplicates>;
  /** Requests since a time (milliseconds since 1970), oldest first. */
  answers(since: number): Promise<readonly Answered[]>;
  /** What the worker did with requests since a time, if `answers` does not contain it. */
  settled(since: number): Promise<readonly LoggedOutcome[]>;
  readonly dashboards: DashboardSource;
  /** Opens sealed notifications, to show contents that contradict each other. */
  readonly contents: ContentDeps;
  readonly local?: LocalParts;
}

/** Parts that only the local stack has. */
export interface LocalParts {
  stories(): StoriesView;
  faults(): FaultsView;
  /** @throws Problem when the service or the fault does not exist */
  setFault(service: string, fault: string | null): void;
  /** What the shop received, oldest first. */
  received(): readonly Received[];
  /** An unchanged request; undefined when it is not, or no longer, stored. */
  content(correlationId: string): RequestDetail['content'];
  /** Content of the request's text, verified or not; undefined when it is not stored, or cannot be read. */
  summary(correlationId: string, account: Account): TextSummary | undefined;
  /** @throws Problem when it is not stored, or has no such field */
  sendAgain(
    correlationId: string,
    change: { readonly field: string; readonly value: string } | undefined,
  ): Promise<SentAnswer>;
}
