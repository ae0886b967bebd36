/**
 * The environment variables of a function: names and addresses, never a secret. shared/app/platform/config.ts reads
 * them.
 */
import { providerApis } from '../shared/providers/apis.ts';
import type { Config } from './config.ts';
import type { Resources } from './constructs/access.ts';
import type { FunctionSpec, QueueName } from './functions.ts';
import { METRICS_NAMESPACE, serviceName } from './names.ts';

const QUEUE_VARIABLES: Readonly<Record<QueueName, string>> = {
  notifications: 'PAYHOOKS_NOTIFICATIONS_QUEUE_URL',
  fulfilment: 'PAYHOOKS_FULFILMENT_QUEUE_URL',
};

/** Only the variables that this function uses. */
export function environmentOf(config: Config, spec: FunctionSpec, on: Resources): Record<string, string> {
  const variables: Record<string, string> = {
    PAYHOOKS_ENVIRONMENT: config.environment,
    // Metrics of two environments in one AWS account must stay apart.
    POWERTOOLS_SERVICE_NAME: serviceName(config.environment),
    POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
  };
  // A worker also needs the URL of the queue that it consumes: it delays messages by changing their visibility.
  for (const queue of [...spec.sendsTo, ...(spec.consumes === undefined ? [] : [spec.consumes])]) {
    variables[QUEUE_VARIABLES[queue]] = on.queues.queues[queue].queueUrl;
  }
  if (spec.reads.includes('edge') && config.edgeHeader !== 'off')
    variables.PAYHOOKS_EDGE_HEADER = config.edgeHeader;
  if (spec.table.length > 0) variables.PAYHOOKS_TABLE = on.tables.main.tableName;
  if (spec.evidence) variables.PAYHOOKS_EVIDENCE_DAYS = String(config.retention.evidenceDays);
  if (spec.idempotencyTable) {
    variables.PAYHOOKS_IDEMPOTENCY_TABLE = on.tables.idempotency.tableName;
    variables.PAYHOOKS_IDEMPOTENCY_DAYS = String(config.retention.idempotencyDays);
  }
  if (spec.vault && on.vault !== undefined) variables.PAYHOOKS_VAULT_TABLE = on.vault.table.tableName;
  if (spec.publicUrl) variables.PAYHOOKS_URL = on.url;
  if (spec.asks) variables.PAYHOOKS_DECISION_URLS = JSON.stringify(decisionUrls(config));
  if (spec.callsProviders)
    variables.PAYHOOKS_PROVIDER_APIS = JSON.stringify(providerBaseUrls(config.environment));
  if (spec.delivers) variables.PAYHOOKS_TARGET = JSON.stringify(targetOf(config, on));
  return variables;
}

/** Default base URLs of the providers' APIs in this environment: the documented hosts. */
const providerBaseUrls = (environment: Config['environment']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(providerApis).map(([provider, { baseUrl }]) => [provider, baseUrl[environment]]),
  );

function decisionUrls({ accounts }: Config): Readonly<Record<string, string>> {
  return Object.fromEntries(
    accounts.flatMap((account) =>
      account.decision !== undefined ? [[account.account, account.decision.url]] : [],
    ),
  );
}

function targetOf({ target }: Config, { bus }: Resources): object {
  return target.type === 'https'
    ? target
    : { type: 'eventbridge', busName: bus?.eventBusName, sign: target.sign };
}
