/**
 * Reads the one row that tells intake that an account's quarantine is full. A request of its own: the SDK's table client
 * would be a third of an intake's bundle (docs/decisions/004-bundles.md), for what hardly ever happens.
 */
import { SignatureV4 } from '@smithy/signature-v4';
import type { IntakeDeps } from '../app/http/intake.ts';
import { quarantineFullKey } from '../app/table/keys.ts';

/** What the SDK's clients are made with, taken from one of them. */
interface Signing {
  readonly region: () => Promise<string>;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
  readonly sha256: ConstructorParameters<typeof SignatureV4>[0]['sha256'];
}

export interface QuarantineRoomOptions {
  readonly signing: Signing;
  readonly table: string;
  /** Undefined: DynamoDB's own in the region. */
  readonly endpoint: string | undefined;
}

const PATIENCE_MS = 500;

/** @throws what fetch throws, or an error that names the status */
export function quarantineRoom({
  signing,
  table,
  endpoint,
}: QuarantineRoomOptions): NonNullable<IntakeDeps['quarantineIsFull']> {
  return async (scope, month, signal) => {
    const region = await signing.region();
    const url = new URL(endpoint ?? `https://dynamodb.${region}.amazonaws.com`);
    const { pk, sk } = quarantineFullKey(scope, month);
    const body = JSON.stringify({
      TableName: table,
      ConsistentRead: true,
      Key: { pk: { S: pk }, sk: { S: sk } },
    });
    const signer = new SignatureV4({ ...signing, region, service: 'dynamodb' });
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: '/',
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.GetItem',
      },
      query: {},
      body,
    });
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const response = await fetch(url, { method: 'POST', headers, body, signal: patience });
    if (!response.ok) throw new Error(`GetItem: ${response.status}`);
    return ((await response.json()) as { readonly Item?: unknown }).Item !== undefined;
  };
}
