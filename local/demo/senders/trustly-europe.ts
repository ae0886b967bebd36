/**
 * Sends like Trustly Europe and checks answers as Trustly and its official clients do. Written independently, without
 * code from shared/: the same mistake must not be on both sides.
 */
import { sign, verify } from 'node:crypto';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Algorithm = 'SHA1' | 'RS256' | 'RS384' | 'RS512';

export interface Notification {
  readonly method: string;
  readonly uuid: string;
  readonly data: { readonly [name: string]: Json };
}

const HASHES: Readonly<Record<Algorithm, string>> = {
  SHA1: 'sha1',
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
};

/**
 * A notification signed with `privateKeyPem`, ready to be sent by POST. A SHA1 signature has no prefix, the others have
 * "alg=…;".
 */
export function signNotification(
  { method, uuid, data }: Notification,
  privateKeyPem: string,
  algorithm: Algorithm = 'SHA1',
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const base64 = sign(HASHES[algorithm], plainText(method, uuid, data), privateKeyPem).toString('base64');
  const signature = algorithm === 'SHA1' ? base64 : `alg=${algorithm};${base64}`;
  return {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ method, params: { signature, uuid, data }, version: '1.1' }),
  };
}

export type ReplyCheck =
  | {
      readonly accepted: true;
      readonly algorithm: Algorithm;
      readonly data: Readonly<Record<string, Json>>;
    }
  /** Trustly would count the notification as not delivered, and repeat it. */
  | { readonly accepted: false; readonly problem: string };

/**
 * Whether Trustly would accept this answer to `request`. `publicKeyPem`: the merchant's public key, as registered with
 * Trustly.
 */
export function checkReply(
  responseText: string,
  request: Pick<Notification, 'method' | 'uuid'>,
  publicKeyPem: string,
): ReplyCheck {
  const refuse = (problem: string): ReplyCheck => ({ accepted: false, problem });
  let response: Json;
  try {
    response = JSON.parse(responseText) as Json;
  } catch {
    return refuse('the answer is not JSON');
  }
  if (!isObject(response) || response.version !== '1.1') return refuse('version is not "1.1"');
  const { result } = response;
  if (!isObject(result)) return refuse('result is missing');
  const { signature, uuid, method, data } = result;
  if (uuid !== request.uuid) return refuse('uuid is not the one of the request');
  if (method !== request.method) return refuse('method is not the one of the request');
  if (!isObject(data) || typeof data.status !== 'string') return refuse('data.status is missing');
  if (typeof signature !== 'string') return refuse('signature is missing');
  const [, prefixed, base64 = ''] =
    /^(?:alg=(RS256|RS384|RS512);)?([A-Za-z0-9+/]+={0,2})$/.exec(signature) ?? [];
  const algorithm = (prefixed ?? 'SHA1') as Algorithm;
  const text = plainText(method, uuid, data);
  if (!verify(HASHES[algorithm], text, publicKeyPem, Buffer.from(base64, 'base64'))) {
    return refuse('the signature does not verify');
  }
  return { accepted: true, algorithm, data };
}

/** The signed text: method + uuid + data, without separators, in UTF-8. Numbers as JavaScript writes them. */
export function plainText(method: string, uuid: string, data: Json): Buffer {
  return Buffer.from(`${method}${uuid}${flatten(data)}`, 'utf8');
}

function flatten(value: Json): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map(flatten).join('');
  if (!isObject(value)) return String(value);
  const names = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return names.map((name) => name + flatten(value[name] ?? null)).join('');
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
