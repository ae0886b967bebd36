/**
 * The endpoint of a call: one from the environment, the FIPS or dual-stack host, the queue's own host, or the region's.
 */
import type { Config } from '../../app/platform/config.ts';

/**
 * The settings that the SDK reads from the same variables
 * (https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html).
 */
export type EndpointSettings = Config['endpoints'];

/** Services that an intake calls, by their name in a host and in a signature. */
export type ServiceName = keyof EndpointSettings['urls'];

/**
 * @param queueUrl only for SQS: its host is the endpoint, as in the SDK, unless a setting names another one
 * @example endpointOf('sqs', { region: 'eu-west-1', fips: true, dualStack: false, urls: {} }).host
 * // 'sqs-fips.eu-west-1.amazonaws.com'
 */
export function endpointOf(
  service: ServiceName,
  { region, fips, dualStack, urls }: EndpointSettings,
  queueUrl?: string,
): URL {
  const url = urls[service];
  if (url !== undefined) return new URL(url);
  if (queueUrl !== undefined && !fips && !dualStack) return new URL(new URL(queueUrl).origin);
  // Secrets Manager supports both stacks at its ordinary host.
  const suffix = dualStack && service !== 'secretsmanager' ? 'api.aws' : 'amazonaws.com';
  return new URL(`https://${service}${fips ? '-fips' : ''}.${region}.${suffix}`);
}
