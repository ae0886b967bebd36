/** Converts a story's notification to a signed request for the account, as the provider would make it. */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import type { LocalAccount } from '../account.ts';
import type { SignedRequest } from './samples.ts';
import { signPingback } from './senders/paymentwall.ts';
import { signNotification as signAmericas } from './senders/trustly-americas.ts';
import { checkReply, type Json, signNotification as signEurope } from './senders/trustly-europe.ts';
import type { Sent } from './sent.ts';

export interface Signed {
  readonly request: SignedRequest;
  /** Why the provider would repeat the notification after this answer; undefined when it accepts the answer. */
  readonly problemWith: (status: number, body: string) => string | undefined;
}

/** @throws when the account's demo keys cannot sign this (a supplied Trustly Europe key) */
export function signFor(account: LocalAccount, sent: Sent): Signed {
  const { url, method, credentials } = account;
  const current = credentials.current as Readonly<Record<string, string>>;
  if (sent.provider === 'trustly-americas') {
    const { accessId = '', accessKey = '' } = current;
    return {
      request: { method, url, ...signAmericas(sent.fields, { accessId, accessKey }) },
      problemWith: (status) => (status === 200 ? undefined : `expected 200, got ${status}`),
    };
  }
  if (sent.provider === 'paymentwall') {
    if (account.provider !== 'paymentwall') throw new Error(`${account.account} is no Paymentwall account`);
    const { api, signatureVersion: version } = account;
    const query = signPingback(sent.params, { secretKey: current.secretKey ?? '', version, api });
    return {
      request: { method, url: `${url}?${query}`, headers: {} },
      problemWith: (status, body) =>
        status === 200 && body === 'OK' ? undefined : `expected 200 "OK", got ${status} "${body}"`,
    };
  }
  if (credentials.demo === undefined)
    throw new Error(`${account.account}: no key of a demo Trustly to sign with`);
  const notification = { method: sent.method, uuid: randomUUID(), data: sent.data as Record<string, Json> };
  const publicKey = createPublicKey(createPrivateKey(current.privateKey ?? ''))
    .export({ type: 'spki', format: 'pem' })
    .toString();
  return {
    request: { method, url, ...signEurope(notification, credentials.demo.trustlyPrivateKey) },
    problemWith: (_status, body) => {
      const reply = checkReply(body, notification, publicKey);
      return reply.accepted ? undefined : reply.problem;
    },
  };
}

/** Changes a request after it was signed. @throws when the change has no effect */
export function tampered(request: SignedRequest, [from, to]: readonly [string, string]): SignedRequest {
  const swap = (text: string): string => text.replace(from, to);
  const changed = {
    ...request,
    url: swap(request.url),
    ...(request.body === undefined ? {} : { body: swap(request.body) }),
  };
  if (changed.url === request.url && changed.body === request.body) {
    throw new Error(`nothing to change: "${from}" is not in the request`);
  }
  return changed;
}
