import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkReply } from '../../../local/demo/senders/trustly-europe.ts';
import { METHODS } from '../../../shared/providers/trustly-europe/fields.ts';
import { signResult, trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { answer, REPLY_STATUSES } from '../../../shared/providers/trustly-europe/reply.ts';
import {
  account,
  body,
  G1,
  merchant,
  ownKeys,
  publishedKeys,
  request,
  SAMPLES,
  signed,
  UUID,
} from './support.ts';

const ALGORITHMS = ['SHA1', 'RS256', 'RS384', 'RS512'] as const;
const credit = { method: 'credit', uuid: UUID };

describe('the signed answer', () => {
  it.each(ALGORITHMS)(
    'the answer in %s verifies over method + uuid + "statusOK" with nothing but node:crypto',
    (algorithm) => {
      const reply = trustlyEurope.accept(credit, account({ replyAlgorithm: algorithm }), ownKeys);
      expect(reply).toMatchObject({ status: 200, contentType: 'application/json' });
      const parsed = JSON.parse(reply.body);
      const { signature } = parsed.result;
      expect(parsed).toEqual({
        result: { signature, uuid: UUID, method: 'credit', data: { status: 'OK' } },
        version: '1.1',
      });
      const prefix = algorithm === 'SHA1' ? '' : `alg=${algorithm};`;
      expect(signature.startsWith(prefix)).toBe(true);
      const base64 = signature.slice(prefix.length);
      expect(base64).toMatch(/^[A-Za-z0-9+/]{342}==$/);
      const hash = algorithm === 'SHA1' ? 'RSA-SHA1' : `RSA-SHA${algorithm.slice(2)}`;
      const key = createPublicKey(merchant.publicKey);
      const check = (text: string) => verify(hash, Buffer.from(text), key, Buffer.from(base64, 'base64'));
      expect(check(`credit${UUID}statusOK`)).toBe(true);
      expect(check(`credit${UUID}statusFAILED`)).toBe(false);
    },
  );

  it('the answer to the genuine G1 has the uuid and method of G1', () => {
    const verdict = trustlyEurope.verify(request(body(G1)), account(), publishedKeys);
    if (!verdict.authentic) return expect.unreachable();
    const reply = trustlyEurope.accept(verdict.notification, account(), publishedKeys);
    expect(checkReply(reply.body, G1, merchant.publicKey)).toEqual({
      accepted: true,
      algorithm: 'SHA1',
      data: { status: 'OK' },
    });
  });

  it('a quarantined notification gets the answer OK too', () => {
    const text = signed('credit', { ...SAMPLES.credit, amount: 'x' });
    const verdict = trustlyEurope.verify(request(text), account(), ownKeys);
    if (!verdict.authentic) return expect.unreachable();
    expect(verdict.quarantine).toBe('malformed_field');
    const reply = trustlyEurope.accept(verdict.notification, account(), ownKeys);
    expect(checkReply(reply.body, credit, merchant.publicKey)).toMatchObject({ accepted: true });
  });

  it('the answer to the same request is the same to the byte', () => {
    expect(trustlyEurope.accept(credit, account(), ownKeys)).toEqual(
      trustlyEurope.accept(credit, account(), ownKeys),
    );
  });

  it('an answer without method and uuid of the request is refused with an error', () => {
    expect(() => trustlyEurope.accept(undefined, account(), ownKeys)).toThrow('method and uuid');
  });
});

describe('the status of an answer', () => {
  const statusOf = (method: string, change = {}) => {
    const reply = trustlyEurope.accept({ method, uuid: UUID }, account(change), ownKeys);
    const check = checkReply(reply.body, { method, uuid: UUID }, merchant.publicKey);
    return check.accepted ? check.data : check.problem;
  };

  it.each(Object.keys(METHODS).filter((method) => method !== 'kyc'))('the answer to %s is OK', (method) => {
    expect(statusOf(method)).toEqual({ status: 'OK' });
    if (method !== 'debit')
      expect(statusOf(method, { withdrawals: true, kyc: true })).toEqual({ status: 'OK' });
  });

  it('the answer to an unknown method is OK', () => {
    expect(statusOf('brandnew')).toEqual({ status: 'OK' });
  });

  it('an unanswered kyc question gets FINISH, and an unanswered debit question gets FAILED', () => {
    expect(statusOf('kyc')).toEqual({ status: 'FINISH' });
    expect(statusOf('kyc', { kyc: true })).toEqual({ status: 'FINISH' });
    expect(statusOf('debit', { withdrawals: true })).toEqual({ status: 'FAILED' });
  });

  it.each([
    ['debit', { status: 'OK' }],
    ['debit', { status: 'FAILED' }],
    ['kyc', { status: 'CONTINUE' }],
    ['kyc', { status: 'CONTINUE', limit: '100.00' }],
    ['kyc', { status: 'CONTINUE', limit: '100' }],
    ['kyc', { status: 'FINISH' }],
  ] as const)('the answer to %s may be %j, with all of the data signed', (method, data) => {
    const reply = answer({ method, uuid: UUID }, data, account({ replyAlgorithm: 'RS256' }), ownKeys);
    expect(reply.status).toBe(200);
    expect(checkReply(reply.body, { method, uuid: UUID }, merchant.publicKey)).toEqual({
      accepted: true,
      algorithm: 'RS256',
      data,
    });
  });

  it.each([
    ['credit', { status: 'FAILED' }, 'cannot be answered FAILED'],
    ['debit', { status: 'CONTINUE' }, 'cannot be answered CONTINUE'],
    ['kyc', { status: 'OK' }, 'cannot be answered OK'],
    ['credit', { status: 'CONTINUE', limit: '1' }, 'cannot be answered CONTINUE'],
    ['kyc', { status: 'FINISH', limit: '1' }, 'only CONTINUE has a limit'],
    ['debit', { status: 'OK', limit: '1' }, 'only CONTINUE has a limit'],
    ['kyc', { status: 'CONTINUE', limit: '1,00' }, 'not a plain decimal'],
    ['kyc', { status: 'CONTINUE', limit: '' }, 'not a plain decimal'],
  ] as const)('the answer to %s cannot be %j', (method, data, message) => {
    expect(() => signResult({ method, uuid: UUID, data }, ownKeysReply(), 'SHA1')).toThrow(message);
  });

  it('REPLY_STATUSES has exactly the documented statuses', () => {
    expect(REPLY_STATUSES).toEqual({ debit: ['OK', 'FAILED'], kyc: ['CONTINUE', 'FINISH'] });
  });
});

function ownKeysReply() {
  return (ownKeys as { reply: Parameters<typeof signResult>[1] }).reply;
}

describe('the sender of test notifications', () => {
  const reply = trustlyEurope.accept(credit, account(), ownKeys).body;
  const other = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  it.each([
    ['a text that is no JSON', 'OK', 'JSON'],
    ['another version', reply.replace('"1.1"', '"1.0"'), 'version'],
    ['no signature', '{"version":"1.1","result":{}}', 'uuid'],
    ['another uuid', reply.replace(UUID, G1.uuid), 'uuid'],
    ['another method', reply.replace('"credit"', '"debit"'), 'method'],
    ['another status', reply.replace('"OK"', '"FAILED"'), 'signature'],
    ['a message added after signing', reply.replace('"status"', '"message":"x","status"'), 'signature'],
    ['a claimed algorithm', reply.replace('"signature":"', '"signature":"alg=RS256;'), 'signature'],
  ])('checkReply refuses an answer with %s', (_name, text, problem) => {
    const check = checkReply(text, credit, merchant.publicKey);
    expect(check).toEqual({ accepted: false, problem: expect.stringContaining(problem) });
  });

  it('checkReply refuses an answer signed with another key', () => {
    expect(checkReply(reply, credit, merchant.publicKey).accepted).toBe(true);
    expect(checkReply(reply, credit, other.publicKey).accepted).toBe(false);
  });
});
