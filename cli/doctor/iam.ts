/**
 * Checks with IAM whether a role may do something. Its SDK client would be one more package for a single call, so the
 * request is signed here (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */

import { createHash, createHmac } from 'node:crypto';
import { defined } from '../../shared/payment/defined.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Signable {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The header `authorization`. @param at "20150830T123600Z", as in the header `x-amz-date` */
export function authorization(
  { method, url, headers, body }: Signable,
  { accessKeyId, secretAccessKey }: AwsCredentials,
  { region, service, at }: { readonly region: string; readonly service: string; readonly at: string },
): string {
  const all = Object.entries({ ...headers, host: url.host })
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = all.map(([name]) => name).join(';');
  url.searchParams.sort();
  const canonical = [
    method,
    url.pathname,
    url.searchParams.toString(),
    ...all.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const day = at.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, day));
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

export interface RoleActions {
  readonly role: string;
  readonly actions: readonly string[];
  readonly resource: string;
}

/** IAM's errors with their code, so that a missing permission can be distinguished. */
class IamError extends Error {
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

/** IAM is one service for the whole partition, and its requests are signed for this region. */
const ENDPOINT = 'https://iam.amazonaws.com/';
const REGION = 'us-east-1';
const TIMEOUT_MS = 10_000;

/** The actions that the role does not allow. @throws IamError, or what fetch threw */
export async function refusedActions(
  { role, actions, resource }: RoleActions,
  credentials: AwsCredentials,
  { now, send = fetch }: { readonly now: number; readonly send?: typeof fetch },
): Promise<readonly string[]> {
  const url = new URL(ENDPOINT);
  const form = new URLSearchParams({
    Action: 'SimulatePrincipalPolicy',
    Version: '2010-05-08',
    PolicySourceArn: role,
    'ResourceArns.member.1': resource,
  });
  for (const [index, action] of actions.entries()) form.set(`ActionNames.member.${index + 1}`, action);
  const body = form.toString();
  const at = `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const { sessionToken } = credentials;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'x-amz-date': at,
    ...defined({ 'x-amz-security-token': sessionToken }),
  };
  const signature = authorization({ method: 'POST', url, headers, body }, credentials, {
    ...{ region: REGION, service: 'iam', at },
  });
  const response = await send(url, {
    method: 'POST',
    headers: { ...headers, authorization: signature },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new IamError(
      inside(text, 'Code') ?? 'IamError',
      inside(text, 'Message') ?? `HTTP ${response.status}`,
    );
  }
  // One result for each action; IAM chooses the order of its elements.
  const [named, decided] = [every(text, 'EvalActionName'), every(text, 'EvalDecision')];
  if (named.length !== decided.length) throw new IamError('IamError', 'an answer that cannot be read');
  const decisions = new Map(named.map((action, index) => [action, decided[index]]));
  // An action without a result counts as not allowed.
  return actions.filter((action) => decisions.get(action) !== 'allowed');
}

const every = (xml: string, tag: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, value = '']) => value);

const inside = (xml: string, tag: string): string | undefined =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
