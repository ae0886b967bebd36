/** The dependencies of an intake function in AWS. Loading this file makes no connection. */

import type { IntakeDeps } from '../../app/http/intake.ts';
import { config } from '../../app/platform/config.ts';
import { createSecrets } from '../../app/platform/secrets.ts';
import { environmentCredentials } from '../environment-credentials.ts';
import { jsonClient } from '../json/client.ts';
import { jsonQueue, jsonSecrets, readQuarantineFull } from '../json/services.ts';
import { REQUEST_PATIENCE } from '../patience.ts';
import { secretProblem, telemetry } from './telemetry.ts';

export function intakeRuntime(): IntakeDeps {
  const { log, metrics, clock } = telemetry();
  const call = jsonClient({
    endpoints: config.endpoints,
    credentials: environmentCredentials,
    patience: REQUEST_PATIENCE,
    clock,
    trace: () => config.trace,
  });
  return {
    accounts: config.accounts,
    environment: config.environment,
    edge: config.edge,
    queue: jsonQueue(call, config.notificationsQueueUrl),
    secrets: createSecrets({ fetch: jsonSecrets(call), clock, report: secretProblem({ log, metrics }) }),
    quarantineIsFull: readQuarantineFull(call, config.table),
    clock,
    log,
    metrics,
  };
}
