/** Requests that the local stack stores unchanged: their fields, and the request with one field changed. */
import { EXIT, Problem } from '../../cli/problem.ts';
import type { KeptRequest } from '../../local/aws/kept-requests.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { RequestDetail, SentAnswer } from '../contract.ts';

type Content = NonNullable<RequestDetail['content']>;

const NOT_SHOWN = 'not shown';
/**
 * Whether a field's value is not shown: a signature is as good as the request that it signs, and a splitToken is half
 * of a credential.
 */
const isSecret = (name: string): boolean => /sign?(ature)?$|splittoken$/i.test(name);

export function contentOf(request: KeptRequest): Content {
  const [path = ''] = request.target.split('?', 1);
  return {
    ...{ method: request.method, path },
    fields: fieldsOf(request).map(([name, value]) => ({
      name,
      value: isSecret(name) ? NOT_SHOWN : value,
    })),
  };
}

type Field = readonly [name: string, value: string];

/** Fields of the query and of the body, JSON or a form; a field of JSON by its path: "data.amount", "events[0].id". */
function fieldsOf({ target, body }: KeptRequest): readonly Field[] {
  const query = [...new URLSearchParams(target.split('?').slice(1).join('?'))];
  const text = body.toString('utf8');
  if (text === '') return query;
  const json = jsonOf(text);
  return [...query, ...(json === undefined ? [...new URLSearchParams(text)] : leavesOf(json, ''))];
}

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function leavesOf(value: unknown, path: string): readonly Field[] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner, Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`),
  );
}

export interface FieldChange {
  readonly field: string;
  readonly value: string;
}

/**
 * Changes one field and leaves the rest unchanged, including the signature. @throws Problem when there is no such
 * field, or nothing changes
 */
export function changed(request: KeptRequest, { field, value }: FieldChange): KeptRequest {
  const before = fieldsOf(request).find(([name]) => name === field);
  if (before === undefined) {
    throw new Problem(EXIT.notFound, `The request has no field "${field.slice(0, 100)}".`);
  }
  if (before[1] === value) throw new Problem(EXIT.usage, `${field} is that already: nothing would change.`);
  const [path = '', ...rest] = request.target.split('?');
  const query = new URLSearchParams(rest.join('?'));
  if (query.has(field)) {
    query.set(field, value);
    return { ...request, target: `${path}?${query}` };
  }
  return { ...request, body: Buffer.from(changedText(request.body.toString('utf8'), { field, value })) };
}

function changedText(text: string, { field, value }: FieldChange): string {
  const json = jsonOf(text);
  if (json === undefined) {
    const form = new URLSearchParams(text);
    form.set(field, value);
    return form.toString();
  }
  const names = field.split(/\.|\[(\d+)\]/).filter((name) => name !== undefined && name !== '');
  const last = names.pop() ?? '';
  const parent = names.reduce<unknown>(
    (inner, name) => (inner as Readonly<Record<string, unknown>>)[name],
    json,
  ) as Record<string, unknown>;
  const isText = typeof parent[last] === 'string';
  parent[last] = isText ? value : (scalarOf(value) ?? value);
  return JSON.stringify(json);
}

/** Keeps the JSON type: a number stays a number, true stays true. */
function scalarOf(value: string): unknown {
  try {
    const found: unknown = JSON.parse(value);
    return typeof found === 'object' ? undefined : found;
  } catch {
    return undefined;
  }
}

/** The sending client sets these headers again. */
const OF_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

/** Sends the request; returns the answer, with the gateway's id of the new request. */
export async function sent(baseUrl: string, request: KeptRequest, get: typeof fetch): Promise<SentAnswer> {
  const { method, target, rawHeaders, body } = request;
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!OF_CONNECTION.has(name.toLowerCase())) headers.append(name, value);
  }
  const startedAt = performance.now();
  const response = await get(baseUrl + target, {
    ...{ method, headers, redirect: 'manual' },
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  await response.body?.cancel();
  const correlationId = response.headers.get('apigw-requestid') ?? undefined;
  return {
    ...{ status: response.status, ms: Math.round(performance.now() - startedAt) },
    ...defined({ correlationId }),
  };
}
