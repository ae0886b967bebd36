/** What an intake function runs on in AWS. Nothing here touches the network when it is loaded. */
import { REQUEST_PATIENCE, secretsClient, sqsClient } from '../clients.ts';
import { config } from '../config.ts';
import type { IntakeDeps } from '../intake.ts';
import { sqsQueue } from '../queue.ts';
import { createSecrets, secretsManager } from '../secrets.ts';
import { secretProblem, telemetry } from './telemetry.ts';

export function intakeRuntime(): IntakeDeps {
  const { log, metrics, clock } = telemetry();
  return {
    accounts: config.accounts,
    environment: config.environment,
    queue: sqsQueue(sqsClient(REQUEST_PATIENCE), config.notificationsQueueUrl),
    secrets: createSecrets({
      fetch: secretsManager(secretsClient(REQUEST_PATIENCE)),
      clock,
      report: secretProblem({ log, metrics }),
    }),
    clock,
    log,
    metrics,
  };
}
