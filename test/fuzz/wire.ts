/**
 * A provider's message as the fuzzer changes it: query, headers and body, and the fields in them. `toEvent` makes the
 * event that the HTTP API passes to the function, with its base64 flag.
 */

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { requestEvent } from '../../local/aws/http-api.ts';
import type { ProviderName } from '../../shared/providers/index.ts';

export interface Message {
  readonly provider: ProviderName;
  readonly account: string;
  readonly method: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly sourceIp: string;
  /** Set by an operator: the event has the opposite base64 flag of the gateway's event. */
  readonly flipBase64?: boolean;
}

const PATHS: Readonly<Record<ProviderName, string>> = {
  'trustly-americas': '/trustly/americas/{account}/events',
  'trustly-europe': '/trustly/europe/{account}/notifications',
  paymentwall: '/paymentwall/{account}/pingback',
};

/** @param now milliseconds since 1970 */
export function toEvent(message: Message, now: number): APIGatewayProxyEventV2 {
  const path = PATHS[message.provider];
  const routeKey = `ANY ${path}`;
  const event = requestEvent(
    {
      method: message.method,
      target: `${path.replace('{account}', message.account)}?${message.query}`,
      rawHeaders: Object.entries(message.headers).flat(),
      body: message.body,
      httpVersion: '1.1',
      sourceIp: message.sourceIp,
      receivedAt: now,
    },
    {
      route: {
        method: 'ANY',
        path,
        routeKey,
        functionName: 'intake',
        integrationTimeoutMs: 2_900,
        authorization: 'NONE',
      },
      parameters: { account: message.account },
    },
    { requestId: 'fuzz-request', traceId: 'fuzz-trace' },
  ) as unknown as APIGatewayProxyEventV2;
  return message.flipBase64 ? { ...event, isBase64Encoded: !event.isBase64Encoded } : event;
}

/** The content: the query of a GET, the body of a POST. */
export const contentOf = ({ method, query, body }: Message): Buffer =>
  method === 'GET' ? Buffer.from(query, 'utf8') : body;

/** The message with another content. In a query, bytes that are no UTF-8 become the characters of the same numbers. */
export function withContent(message: Message, content: Buffer): Message {
  if (message.method !== 'GET') return { ...message, body: content };
  const text = content.toString('utf8');
  return { ...message, query: text.includes('\ufffd') ? content.toString('latin1') : text };
}

/** One `name=value` of a form or query, not decoded. Without a "=", `value` is absent. */
export interface Pair {
  readonly key: string;
  readonly value?: string;
}

export const readForm = (text: string): Pair[] =>
  text.split('&').map((segment) => {
    const at = segment.indexOf('=');
    return at < 0 ? { key: segment } : { key: segment.slice(0, at), value: segment.slice(at + 1) };
  });

export const writeForm = (pairs: readonly Pair[]): string =>
  pairs.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`)).join('&');

/** A JSON value that can have repeated keys and keeps the order of its members and the text of its scalars. */
export type Node =
  | { readonly kind: 'object'; readonly members: readonly (readonly [key: string, value: Node])[] }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'raw'; readonly text: string };

export const raw = (text: string): Node => ({ kind: 'raw', text });
export const string = (text: string): Node => raw(JSON.stringify(text));

/** @returns undefined if the text is no JSON */
export function readJson(text: string): Node | undefined {
  try {
    return nodeOf(JSON.parse(text, keepNumbers));
  } catch {
    return undefined;
  }
}

class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A reviver for JSON.parse that keeps numbers as they were written, because the signature covers that text. */
export function keepNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value;
}

export const numberText = (value: unknown): string | undefined =>
  value instanceof NumberText ? value.text : undefined;

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(nodeOf) };
  if (value instanceof NumberText) return raw(value.text);
  if (typeof value !== 'object' || value === null) return raw(JSON.stringify(value));
  return {
    kind: 'object',
    members: Object.entries(value).map(([key, each]) => [key, nodeOf(each)] as const),
  };
}

export function writeJson(node: Node): string {
  if (node.kind === 'raw') return node.text;
  if (node.kind === 'array') return `[${node.items.map(writeJson).join()}]`;
  return `{${node.members.map(([key, value]) => `${JSON.stringify(key)}:${writeJson(value)}`).join()}}`;
}

/** The text of a scalar: the content of a string, or another scalar as written. */
export function textOf(node: Node): string | undefined {
  if (node.kind !== 'raw') return undefined;
  return node.text.startsWith('"') ? (JSON.parse(node.text) as string) : node.text;
}
