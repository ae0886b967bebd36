/** What an intake function runs on in AWS. Nothing here touches the network when it is loaded. */

import type { IntakeDeps } from '../../app/http/intake.ts';
import { config } from '../../app/platform/config.ts';
import { createSecrets } from '../../app/platform/secrets.ts';
import { REQUEST_PATIENCE, secretsClient, sqsClient } from '../clients.ts';
import { quarantineRoom } from '../quarantine-room.ts';
import { secretsManager } from '../secrets-manager.ts';
import { sqsQueue } from '../sqs-queue.ts';
import { secretProblem, telemetry } from './telemetry.ts';

export function intakeRuntime(): IntakeDeps {
  const { log, metrics, clock } = telemetry();
  const sqs = sqsClient(REQUEST_PATIENCE);
  return {
    accounts: config.accounts,
    environment: config.environment,
    queue: sqsQueue(sqs, config.notificationsQueueUrl),
    secrets: createSecrets({
      fetch: secretsManager(secretsClient(REQUEST_PATIENCE)),
      clock,
      report: secretProblem({ log, metrics }),
    }),
    quarantineIsFull: quarantineRoom({
      signing: sqs.config,
      table: config.table,
      endpoint: config.tableEndpoint,
    }),
    clock,
    log,
    metrics,
  };
}
