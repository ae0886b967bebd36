import { checkKind } from '../../shared/app/http/checkout.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import type { PaidElsewhere } from '../../shared/app/transition/paid-elsewhere.ts';
import { sqsQueue } from '../../shared/aws/sqs-queue.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { Command, World } from '../command.ts';
import { textOfFile } from '../named-file.ts';
import { amountsText, count, done } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';

export const ordersRegister: Command = {
  arity: [1, 1],
  details: [
    'FILE holds one JSON object; - reads standard input. For many, see import orders.',
    'Payments that waited for the order are derived anew. The same order again changes nothing.',
  ],
  run: async ({ args: [file = ''], world }) => {
    const value = readOrder(await textOf(file, world), file);
    const connection = await world.connect();
    const order = parseOrder(value, new Date(world.now()).toISOString());
    checkKind(order, connection.config.accounts);
    const queue = sqsQueue(connection.clients.sqs, await connection.queueUrl('notifications'));
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

async function textOf(file: string, world: World): Promise<string> {
  if (file === '-') return world.stdin();
  return textOfFile(file, 'Name a file with one JSON object.');
}

/** @throws Problem */
function readOrder(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const name = file === '-' ? 'Standard input' : file;
    throw new Problem(EXIT.usage, `${name} is not JSON.`, 'One order, as POST /checkout/orders takes it.');
  }
}
