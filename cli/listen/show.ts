/** One delivery as a line. */
import type { ListenedDelivery } from '../../local/target/listening.ts';
import { dim, type Line, type Report, styled, time } from '../output.ts';

const TYPE_WIDTH = 22;
const STATUS_WIDTH = 12;
const MS_WIDTH = 8;

export interface Counted {
  readonly taken: number;
  readonly failed: number;
}

/** Shows each, to the last. */
export async function countOf(
  deliveries: AsyncIterable<ListenedDelivery>,
  show: (delivery: ListenedDelivery) => void,
): Promise<Counted> {
  let [taken, failed] = [0, 0];
  for await (const delivery of deliveries) {
    if (delivery.outcome === 'taken') taken += 1;
    else failed += 1;
    show(delivery);
  }
  return { taken, failed };
}

export function reportOf(delivery: ListenedDelivery, printEvent: boolean): Report {
  const event = printEvent ? JSON.stringify(delivery.event, null, 2).split('\n') : [];
  return { json: delivery, lines: [lineOf(delivery), ...event] };
}

function lineOf(delivery: ListenedDelivery): Line {
  const { at, type, payment = '-', ms } = delivery;
  const answered =
    delivery.status === undefined ? (delivery.failure ?? 'no answer') : String(delivery.status);
  return [
    dim(`${time(at).slice(-8)}  `),
    type.padEnd(TYPE_WIDTH),
    `${payment}  `,
    styled(answered.padEnd(STATUS_WIDTH), delivery.outcome === 'taken' ? 'green' : 'red'),
    dim(`${`${ms} ms`.padStart(MS_WIDTH)}  `),
    `attempt ${delivery.attempt}${becomes(delivery)}`,
  ];
}

function becomes(delivery: ListenedDelivery): string {
  if (delivery.outcome === 'taken') return '';
  return delivery.outcome === 'again' ? `, again in ${delivery.seconds} s` : ', given up';
}
