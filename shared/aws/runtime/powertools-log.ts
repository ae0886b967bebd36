/** The workers' log through Powertools. Intake does not use it, because of its size (docs/decisions/006-logger.md). */
import { Logger } from '@aws-lambda-powertools/logger';
import { allowedFields, type Log } from '../../app/platform/log.ts';

/** Uses the same allow-list as every log: Powertools adds level, time and service, never an event. */
export function powertoolsLog(serviceName: string): Log {
  const logger = new Logger({ serviceName });
  return {
    info: (message, fields = {}) => logger.info(message, allowedFields(fields)),
    warn: (message, fields = {}) => logger.warn(message, allowedFields(fields)),
    error: (message, fields = {}) => logger.error(message, allowedFields(fields)),
  };
}
