import { checkoutRefund } from '../../shared/app/http/checkout-refund.ts';
import { UnknownPaymentError } from '../../shared/app/transition/refunds.ts';
import { sqsQueue } from '../../shared/aws/sqs-queue.ts';
import { defined } from '../../shared/payment/defined.ts';
import { OrderError } from '../../shared/payment/index.ts';
import type { Command } from '../command.ts';
import { done } from '../output.ts';
import { paymentNamed } from '../payment-key.ts';
import { EXIT, Problem } from '../problem.ts';

export const refundsRegister: Command = {
  arity: [3, 3],
  details: [
    'Registers a refund, as POST /checkout/refunds does; does not pay it. Request the refund at the provider first. Safe to',
    'repeat.',
    'PAYMENT is <provider>:<account>:<id>; AMOUNT a plain decimal. What became of it: payhooks payments show PAYMENT',
  ],
  options: {
    reference: { type: 'string', value: 'TEXT', help: 'your own name of the refund, unique' },
    id: {
      type: 'string',
      value: 'TEXT',
      help: 'the provider’s id of it: Trustly Americas transactionId, Paymentwall merchant_refund_id',
    },
    replaces: {
      type: 'string',
      value: 'TEXT',
      help: 'reference of the failed refund that this one replaces',
    },
  },
  run: async ({ args: [typed = '', amount = '', currency = ''], flags, world }) => {
    const reference = flags.needed('reference', 'your own name of the refund, unique');
    const [id, replaces] = [flags.text('id'), flags.text('replaces')];
    const connection = await world.connect();
    const payment = await paymentNamed(connection, typed);
    const body = {
      ...{ reference, payment, amount, currency },
      ...defined({ id, replaces }),
    };
    const registered = await checkoutRefund(body, {
      store: connection.store,
      notifications: sqsQueue(connection.clients.sqs, await connection.queueUrl('notifications')),
      clock: () => world.now(),
      accounts: connection.config.accounts,
    }).catch((error) => {
      throw explained(error, payment);
    });
    return done(
      registered,
      registered.created
        ? `registered: refund ${reference} of ${payment}, ${amount} ${currency}.`
        : `refund ${reference} was registered before; nothing changed.`,
      `what becomes of it: payhooks payments show ${payment}`,
    );
  },
};

function explained(error: unknown, payment: string): unknown {
  if (error instanceof UnknownPaymentError) {
    return new Problem(EXIT.refused, error.message, 'Which there are: payhooks payments list');
  }
  if (!(error instanceof OrderError)) return error;
  return new Problem(EXIT.refused, error.message, `What is registered: payhooks payments show ${payment}`);
}
