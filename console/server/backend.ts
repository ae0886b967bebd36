/** What the console's views and actions work on: a stack, here or on AWS, and what only a local one knows. */
import type { Connection } from '../../cli/connect.ts';
import type { Answered } from '../../cli/requests/answers.ts';
import type { Absorbed } from '../../shared/app/http/request-log.ts';
import type { ContentDeps } from '../../shared/app/operator/kept-notifications.ts';
import type { KeptAside } from '../../shared/app/operator/quarantine-review.ts';
import type { FaultsView, Received, RequestDetail, SentResult, StoriesView } from '../contract.ts';
import type { Cached } from './cached.ts';
import type { DashboardSource } from './dashboard-source.ts';
import type { Live } from './live.ts';
import type { TableSnapshots } from './table-snapshot.ts';

export interface Duplicates {
  readonly absorbed: readonly Absorbed[];
  /** Of what came before nothing is known. Milliseconds since 1970. */
  readonly since: number;
}

export interface Backend {
  readonly connection: Connection;
  /** "local", or the stack's name as it was given. */
  readonly name: string;
  readonly actionsAllowed: boolean;
  readonly token: string;
  /** Who acts when an action names nobody. */
  readonly user: string;
  readonly live: Live;
  readonly tables: TableSnapshots;
  /** What lies in quarantine, each message opened and read by this version: on AWS not at every look. */
  readonly quarantined: Cached<readonly KeptAside[]>;
  readonly fetch: typeof fetch;
  now(): number;
  /** Requests whose notification was known already, as far as the log was read. */
  duplicates(): Promise<Duplicates>;
  /** Requests since a time (milliseconds since 1970), oldest first. */
  answers(since: number): Promise<readonly Answered[]>;
  readonly dashboards: DashboardSource;
  /** Opens what is sealed, for contents that contradict each other. */
  readonly contents: ContentDeps;
  readonly local?: LocalParts;
}

/** Only the local stack has it. */
export interface LocalParts {
  stories(): StoriesView;
  faults(): FaultsView;
  /** @throws Problem when the service or the fault does not exist */
  setFault(service: string, fault: string | null): void;
  /** What the shop received, oldest first. */
  received(): readonly Received[];
  /** A request that is kept as it came; undefined: it is not, any more. */
  content(correlationId: string): RequestDetail['content'];
  /** @throws Problem when it is not kept, or has no such field */
  sendAgain(
    correlationId: string,
    change: { readonly field: string; readonly value: string } | undefined,
  ): Promise<SentResult>;
}
