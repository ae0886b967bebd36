import { checkKind } from '../../shared/app/http/checkout.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import type { PaidElsewhere } from '../../shared/app/transition/paid-elsewhere.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { Command } from '../command.ts';
import { queueOf } from '../deps.ts';
import { inputName, parseJson, textOfInput } from '../named-file.ts';
import { amountsText, count, done } from '../output.ts';
import { Problem } from '../problem.ts';

export const ordersRegister: Command = {
  details: [
    'FILE has one JSON object; - reads standard input. For many orders, see import orders.',
    'Payments that wait for the order are derived anew. The same order again changes nothing.',
  ],
  run: async ({ args: [file = ''], world }) => {
    const text = await textOfInput(file, world, 'Name a file with one JSON object.');
    const value = parseJson(text, () =>
      Problem.usage(
        `${inputName(file)} is not JSON.`,
        'Write one order, in the form of POST /checkout/orders.',
      ),
    );
    const connection = await world.connect();
    const order = parseOrder(value, new Date(world.now()).toISOString());
    checkKind(order, connection.config.accounts);
    const queue = await queueOf(connection, 'notifications');
    const { created, waiting, more, elsewhere = [] } = await registerOrder(connection.store, queue, order);
    return done(
      {
        ...{ reference: order.reference, created, paymentsWaiting: waiting },
        ...(elsewhere.length === 0 ? {} : { paidElsewhere: elsewhere }),
      },
      `${order.reference}: ${created ? 'registered' : 'was registered before, with the same content'}.`,
      `expects ${amountsText(order.amounts)} (${order.kind}, ${order.use})`,
      `${count(waiting.length, 'payment')} derived anew${more ? '; there are more: repeat the command' : ''}`,
      ...elsewhereLines(elsewhere),
    );
  },
};

/** One line for each payment that the order names and that pays another one. */
export const elsewhereLines = (elsewhere: readonly PaidElsewhere[]): readonly string[] =>
  elsewhere.map(({ payment, order }) => `${payment} pays order ${order}: it does not pay this one`);
