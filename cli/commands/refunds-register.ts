import { checkoutRefund } from '../../shared/app/http/checkout-refund.ts';
import { UnknownPaymentError } from '../../shared/app/transition/refunds.ts';
import { defined } from '../../shared/payment/defined.ts';
import { OrderError } from '../../shared/payment/index.ts';
import type { Command } from '../command.ts';
import { queueOf } from '../deps.ts';
import { textOption } from '../options.ts';
import { done } from '../output.ts';
import { paymentNamed } from '../payment-key.ts';
import { Problem } from '../problem.ts';

export const refundsRegister: Command = {
  details: [
    'Registers a refund as POST /checkout/refunds does; it does not pay it. Request the refund at the provider first.',
    'A repeated command changes nothing. PAYMENT is <provider>:<account>:<id>; AMOUNT is a plain decimal.',
    'payhooks payments show PAYMENT shows the state of the refund.',
  ],
  options: {
    reference: textOption('TEXT', 'your own, unique name for the refund'),
    id: textOption(
      'TEXT',
      'id at the provider: Trustly Americas transactionId, Paymentwall merchant_refund_id',
    ),
    replaces: textOption('TEXT', 'reference of the failed refund that this one replaces'),
  },
  run: async ({ args: [typed = '', amount = '', currency = ''], flags, world }) => {
    const reference = flags.needed('reference', 'your own, unique name for the refund');
    const [id, replaces] = [flags.text('id'), flags.text('replaces')];
    const connection = await world.connect();
    const payment = await paymentNamed(connection, typed);
    const body = {
      ...{ reference, payment, amount, currency },
      ...defined({ id, replaces }),
    };
    const registered = await checkoutRefund(body, {
      store: connection.store,
      notifications: await queueOf(connection, 'notifications'),
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
      `state of the refund: payhooks payments show ${payment}`,
    );
  },
};

function explained(error: unknown, payment: string): unknown {
  if (error instanceof UnknownPaymentError) {
    return Problem.refused(error.message, 'See the payments: payhooks payments list');
  }
  if (!(error instanceof OrderError)) return error;
  return Problem.refused(error.message, `See the registered refunds: payhooks payments show ${payment}`);
}
