import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queues } from '../queues.ts';
import type { Tables } from '../tables.ts';
import type { Vault } from '../vault.ts';

/** What alarms watch; dashboards draw the same. */
export interface Watched {
  readonly apiId: string;
  readonly queues: Queues;
  readonly tables: Tables;
  /** Absent: no account has a key for splitTokens. */
  readonly vault?: Vault | undefined;
  /** All functions; `workers` are those that no provider waits for. */
  readonly functions: readonly LambdaFunction[];
  readonly workers: readonly LambdaFunction[];
  readonly sweeper: LambdaFunction;
}
