/** Messages that make the worker derive payments anew: one for each payment, with the request's correlation id. */
import { expect, it } from 'vitest';
import { correlated } from '../../../shared/app/platform/correlation.ts';
import type { Queue } from '../../../shared/app/ports.ts';
import { queueRederivation, rederiveLater } from '../../../shared/app/transition/rederive-later.ts';

function queue() {
  const bodies: string[] = [];
  const sending: Queue = { send: async (body) => void bodies.push(body) };
  return { bodies, sending, messages: () => bodies.map((body): Record<string, unknown> => JSON.parse(body)) };
}

it('rederiveLater sends one message per payment, with the correlation id of the request', async () => {
  const { sending, messages } = queue();
  const payments = Array.from({ length: 60 }, (_, index) => `paymentwall:toy:p${index}`);
  await correlated('request-1', () => rederiveLater(sending, payments, 'order r'));
  const common = { version: 1, kind: 'reevaluate', correlationId: 'request-1', cause: 'order r' };
  expect(messages()).toEqual(payments.map((payment) => ({ ...common, payment })));
});

it('queueRederivation names the refund, and without a request gives each message a new correlation id', async () => {
  const { sending, messages } = queue();
  const about = { payment: 'paymentwall:toy:p1', cause: 'refund f' };
  await queueRederivation(sending, { ...about, refund: 'f' });
  await queueRederivation(sending, about);
  await queueRederivation(sending, about, 'sweep-1');
  const [first, second, third] = messages();
  expect(first).toMatchObject({ ...about, refund: 'f' });
  expect(second).not.toHaveProperty('refund');
  expect(second?.correlationId).not.toBe(first?.correlationId);
  expect(third?.correlationId).toBe('sweep-1');
});
