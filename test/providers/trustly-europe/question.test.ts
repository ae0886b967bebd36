/** The question to the decision hook, and the answers that count. */

import { describe, expect, it } from 'vitest';
import type { Json } from '../../../local/demo/senders/trustly-europe.ts';
import type { Question } from '../../../shared/providers/question.ts';
import type { TrustlyEuropeAccount } from '../../../shared/providers/trustly-europe/account.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { questionOf, readAnswer } from '../../../shared/providers/trustly-europe/question.ts';
import { account, SAMPLES, signed, UUID } from './support.ts';

const asking = account({ withdrawals: true, kyc: true, decision: { url: 'https://shop.example/decide' } });

function ask(method: string, data: Readonly<Record<string, Json>>, of: TrustlyEuropeAccount = asking) {
  const message = signed(method, data);
  return questionOf(trustlyEurope.parse(message, of), message, of);
}

describe('the question of a debit', () => {
  it('a debit asks a question with amount, currency, end user and an id of its own', () => {
    expect(ask('debit', SAMPLES.debit)).toEqual({
      aborted: false,
      question: {
        schema: 1,
        id: 'trustly-europe:shop:456787654',
        asks: 'debit',
        environment: 'sandbox',
        provider: 'trustly-europe',
        account: 'shop',
        notificationId: '456787654',
        orderId: '127675892',
        messageId: '77898765',
        endUser: '32123',
        amount: '902.50',
        currency: 'EUR',
      },
    });
  });

  it('a debit asks no question in an account without withdrawals, nor with the refund flag', () => {
    expect(ask('debit', SAMPLES.debit, account({ kyc: true }))).toBeUndefined();
    expect(ask('debit', { ...SAMPLES.debit, refund: '1' })).toBeUndefined();
  });
});

describe('the question of kyc', () => {
  it('kyc asks a question with the entity id and the attributes of the person', () => {
    expect(ask('kyc', SAMPLES.kyc)).toMatchObject({
      aborted: false,
      question: {
        asks: 'kyc',
        kyc: { entityId: SAMPLES.kyc.kycentityid, attributes: SAMPLES.kyc.attributes },
      },
    });
  });

  it('a kyc question holds only texts and numbers of the attributes, and may have no attributes', () => {
    const attributes = { personid: 5, alias: null, names: ['A'], more: { a: '1' }, adult: true, city: 'X' };
    const person = (data: Readonly<Record<string, Json>>) => ask('kyc', data)?.question.kyc?.attributes;
    expect(person({ ...SAMPLES.kyc, attributes })).toStrictEqual({ personid: '5', city: 'X' });
    const { attributes: _, ...withoutAttributes } = SAMPLES.kyc;
    for (const none of [{}, null, []]) expect(person({ ...SAMPLES.kyc, attributes: none })).toStrictEqual({});
    expect(person(withoutAttributes)).toStrictEqual({});
  });

  it('a kyc question has no end user and no amount', () => {
    const question = ask('kyc', SAMPLES.kyc)?.question;
    for (const name of ['endUser', 'amount', 'currency']) expect(question).not.toHaveProperty(name);
  });

  it('kyc asks no question in an account without kyc', () => {
    expect(ask('kyc', SAMPLES.kyc, account({ withdrawals: true }))).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, Json>>]>([
    ['beside the attributes', { ...SAMPLES.kyc, abort: '1', abortmessage: 'underage' }],
    ['as a number', { ...SAMPLES.kyc, abort: 1 }],
    ['inside the attributes', { ...SAMPLES.kyc, attributes: { abort: '1', abortmessage: 'unverified' } }],
    ['as an unknown word', { ...SAMPLES.kyc, abort: 'yes' }],
    ['as true', { ...SAMPLES.kyc, abort: true }],
    ['as an object', { ...SAMPLES.kyc, abort: {} }],
  ])('a kyc notification is aborted with abort %s', (_, data) =>
    expect(ask('kyc', data)?.aborted).toBe(true),
  );

  it.each(['0', '', 'false', null, 0, false])('a kyc notification is not aborted with abort %j', (abort) =>
    expect(ask('kyc', { ...SAMPLES.kyc, abort })?.aborted).toBe(false),
  );
});

it('a quarantined debit asks no question', () => {
  const message = signed('debit', { ...SAMPLES.debit, amount: 'x' });
  expect(questionOf({ method: 'debit', uuid: UUID }, message, asking)).toBeUndefined();
});

it.each(['credit', 'pending', 'cancel', 'account', 'payoutfailed'] as const)(
  'the method %s asks no question',
  (method) => expect(ask(method, SAMPLES[method])).toBeUndefined(),
);

describe('an answer of the decision hook', () => {
  const question = (asks: Question['asks']) => ({ id: 'q', asks }) as Question;
  const read = (asks: Question['asks'], value: unknown) =>
    readAnswer(typeof value === 'string' ? value : JSON.stringify(value), question(asks));

  it('an answer is OK or FAILED for a debit, and CONTINUE or FINISH for kyc', () => {
    expect(read('debit', { id: 'q', status: 'OK' })).toEqual({ status: 'OK' });
    expect(read('debit', { id: 'q', status: 'FAILED', note: 'too little' })).toEqual({ status: 'FAILED' });
    expect(read('kyc', { id: 'q', status: 'FINISH' })).toEqual({ status: 'FINISH' });
    expect(read('kyc', { id: 'q', status: 'CONTINUE', limit: null })).toEqual({ status: 'CONTINUE' });
  });

  it('an answer CONTINUE may have a limit, as a text or as a number, kept digit by digit', () => {
    expect(read('kyc', { id: 'q', status: 'CONTINUE', limit: '100.00' })).toEqual({
      status: 'CONTINUE',
      limit: '100.00',
    });
    expect(read('kyc', '{"id":"q","status":"CONTINUE","limit":100.10}')).toEqual({
      status: 'CONTINUE',
      limit: '100.10',
    });
    expect(read('kyc', { id: 'q', status: 'CONTINUE', limit: 100 })).toEqual({
      status: 'CONTINUE',
      limit: '100',
    });
  });

  it.each<[Question['asks'], unknown]>([
    // Health checks and catch-all endpoints give this answer to every request.
    ['debit', { status: 'OK' }],
    ['debit', { id: 'another', status: 'OK' }],
    ['debit', { id: 'q', status: 'ok' }],
    ['debit', { id: 'q', status: true }],
    ['debit', { id: 'q', status: 'CONTINUE' }],
    ['debit', { id: 'q', status: 'OK', limit: '1' }],
    ['debit', '{"id":"q","status":"FAILED","status":"OK"}'],
    ['debit', 'OK'],
    ['debit', ''],
    ['debit', '[]'],
    ['kyc', { id: 'q', status: 'OK' }],
    ['kyc', { id: 'q', status: 'FINISH', limit: '1' }],
    ['kyc', { id: 'q', status: 'CONTINUE', limit: '-1' }],
    ['kyc', { id: 'q', status: 'CONTINUE', limit: '1e3' }],
    ['kyc', { id: 'q', status: 'CONTINUE', limit: '1,000' }],
    ['kyc', { id: 'q', status: 'CONTINUE', limit: {} }],
  ])('an answer to a %s question is ignored when it is %j', (asks, value) =>
    expect(read(asks, value)).toBeUndefined(),
  );
});
