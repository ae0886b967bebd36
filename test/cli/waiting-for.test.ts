/** `payments show` names the next step for a payment that waits for its provider. */
import { describe, expect, it } from 'vitest';
import { waitingFields } from '../../cli/waiting-for.ts';
import { parseConfig } from '../../infra/config.ts';
import type { PaymentView } from '../../shared/app/operator/views.ts';

const accountOf = (provider: string, confirm?: boolean) =>
  parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    accounts: [
      {
        ...{ provider, account: 'shop' },
        ...(confirm === undefined ? {} : { confirm }),
        ...(provider === 'trustly-americas' ? { policy: { amountCheck: 'required' } } : {}),
      },
    ],
  }).accounts[0];

const view = (payment: object, questions?: PaymentView['questions']): PaymentView =>
  ({
    payment: {
      key: 'trustly-americas:shop:1',
      ...{ provider: 'trustly-americas', status: 'awaiting_confirmation', holds: [], endUsers: ['ada'] },
      ...{ reading: { kind: 'payment', moved: [] }, grant: { state: 'none' }, details: {} },
      ...{ facts: {}, decisions: [], ...payment },
    },
    order: undefined,
    advice: [],
    questions,
    timeline: [],
    more: false,
  }) as unknown as PaymentView;

const fieldsOf = (of: PaymentView, account = accountOf('trustly-americas', true)) =>
  Object.fromEntries(waitingFields(of, account));

describe('a payment that waits for its provider', () => {
  const nextAt = '2026-11-21T06:15:00.000Z';

  it('a payment awaiting_confirmation says the awaited amount, the polls and the commands that answer', () => {
    const poll = {
      attempts: 3,
      askedAt: '2026-11-21T06:00:00.000Z',
      outcome: 'unavailable.network',
      nextAt,
    };
    expect(fieldsOf(view({}, poll))).toEqual({
      answer: expect.stringMatching(
        /^payhooks payments confirm trustly-americas:shop:1 [0-9a-f]{32} --paid "AMOUNT CURRENCY" --note "why"$/,
      ),
      or: expect.stringMatching(
        /^payhooks payments reject trustly-americas:shop:1 [0-9a-f]{32} --note "why"$/,
      ),
      awaits: 'the amount that was paid, from Trustly Americas',
      polled: '3 times, last 2026-11-21 06:00:00: unavailable.network; next 2026-11-21 06:15:00',
    });
    expect(fieldsOf(view({}, { ...poll, outcome: 'unknown' })).polled).toContain(
      'it does not know this payment',
    );
    expect(fieldsOf(view({}, { attempts: 0, nextAt })).polled).toBe('not yet; next 2026-11-21 06:15:00');
    expect(fieldsOf(view({})).polled).toContain('no poll is planned');
  });

  it('a payment whose provider is not polled says so', () => {
    expect(fieldsOf(view({}), accountOf('trustly-americas', false)).polled).toContain(
      'does not poll its provider',
    );
    const doubtful = view({
      provider: 'trustly-europe',
      status: 'paid',
      holds: [{ reason: 'conflicting_duplicate' }],
    });
    expect(fieldsOf(doubtful, accountOf('trustly-europe'))).toEqual({
      awaits: 'which of its contradicting notifications is right, from Trustly Europe',
      polled: 'no: Trustly Europe has no API for it; ask its support',
    });
  });

  it.each([
    ['pending', 'the next notification of the provider'],
    ['authorized', 'the capture of the money'],
    ['processing', 'the bank'],
    ['in_review', 'the review of the provider'],
    ['disputed', 'the end of the dispute'],
  ])('a payment that is %s says its reason to wait, and the commands that answer', (status, what) => {
    const fields = fieldsOf(view({ status }));
    expect(fields.awaits).toBe(what);
    expect(fields.answer).toContain('payhooks payments confirm');
    expect(fields.or).toContain('payhooks payments reject');
  });

  it('a paid payment waits for nothing and says nothing', () => {
    expect(fieldsOf(view({ status: 'paid' }, { attempts: 1, nextAt }))).toEqual({});
  });
});
