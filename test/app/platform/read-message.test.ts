/** The answer to a question in a queue message: the worker reads only known statuses and reasons. */
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../shared/app/http/intake-http.ts';
import { ENVELOPE_SCHEMA, type NotificationEnvelope } from '../../../shared/app/platform/message-schema.ts';
import { CannotSucceedError, readMessage } from '../../../shared/app/platform/read-message.ts';
import { httpEvent } from '../../support/http-event.ts';

const read = (decided: unknown): unknown =>
  (
    readMessage(
      JSON.stringify({
        ...{
          version: 1,
          kind: 'notification',
          correlationId: 'c',
          provider: 'trustly-europe',
          account: 'shop',
        },
        ...{
          receivedAt: '2026-03-01T12:00:00.000Z',
          keyId: 'current',
          variant: 'sha1',
          sealed: 's',
          digest: 'd',
        },
        decided,
      }),
      ENVELOPE_SCHEMA,
    ) as NotificationEnvelope
  ).decided;

describe('the answer to a question in an envelope', () => {
  it.each([
    { status: 'OK', reason: 'merchant' },
    { status: 'FAILED', reason: 'no_answer', restore: true },
    { status: 'CONTINUE', limit: '100.00', reason: 'merchant' },
  ])('the answer %j in an envelope is read unchanged', (decided) => expect(read(decided)).toEqual(decided));

  it('an envelope without an answer is accepted', () => expect(read(undefined)).toBeUndefined());

  it.each([
    null,
    'OK',
    {},
    { status: 'OK' },
    { status: 'YES', reason: 'merchant' },
    { status: 'OK', reason: 'x' },
    { status: 'OK', reason: 'merchant', restore: 'true' },
    { status: 'CONTINUE', reason: 'merchant', limit: 7 },
  ])('an envelope with the answer %j is refused with CannotSucceedError', (decided) =>
    expect(() => read(decided)).toThrow(CannotSucceedError),
  );

  it('an unknown member of the answer in an envelope is dropped', () => {
    expect(read({ status: 'OK', reason: 'merchant', more: 1 })).toEqual({
      status: 'OK',
      reason: 'merchant',
    });
  });
});

describe('the account of a request', () => {
  const now = Date.parse('2026-03-01T12:00:00.000Z');
  const accountOf = (rawPath: string, account?: string) => {
    const { pathParameters: _, ...event } = httpEvent({ timeEpoch: now });
    const parameters = account === undefined ? {} : { pathParameters: { account } };
    return factsOf({ ...event, ...parameters, rawPath }, now).account;
  };

  it('the account of a request is the path parameter as the gateway decoded it', () => {
    expect(accountOf('/trustly/europe/sh%6fp/notifications', 'shop')).toBe('shop');
  });

  it('the account of a request is read from the path when the route has no parameter, else it is empty', () => {
    expect(accountOf('/trustly/europe/shop/notifications')).toBe('shop');
    for (const path of ['', '/', 'x']) expect(accountOf(path)).toBe('');
  });
});
