/** Shows one delivery as a line. */
import type { ListenedDelivery } from '../../local/target/listening.ts';
import { dim, type Line, type Report, styled, time } from '../output.ts';

const TYPE_WIDTH = 22;
const STATUS_WIDTH = 12;
const MS_WIDTH = 8;

export interface Counted {
  readonly taken: number;
  readonly failed: number;
}

/** Prints each delivery, and returns the counts at the end. */
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

/** @param hints of this `listen`; without them no answer is explained */
export function reportOf(delivery: ListenedDelivery, printEvent: boolean, hints?: Hints): Report {
  const event = printEvent ? JSON.stringify(delivery.event, null, 2).split('\n') : [];
  const hint = hints?.about(delivery);
  const said = hint === undefined ? [] : [[styled(`          ${hint}`, 'yellow')]];
  return { json: delivery, lines: [lineOf(delivery), ...said, ...event] };
}

/** What to check first when the service does not accept an event; each hint is printed once. */
export class Hints {
  readonly #said = new Set<string>();

  about({ outcome, status, failure }: Pick<ListenedDelivery, 'outcome' | 'status' | 'failure'>) {
    if (outcome === 'taken') return undefined;
    const hint = status === undefined ? withoutAnswer(failure) : answered(status);
    if (hint === undefined || this.#said.has(hint)) return undefined;
    this.#said.add(hint);
    return hint;
  }
}

function answered(status: number): string | undefined {
  if (status === 401 || status === 403) {
    return `${status}: your service refuses the signature. Either it verifies with another secret than the one above, or it changed the body (parsed and serialized it) before it verified it.`;
  }
  if (status === 404 || status === 405) return `${status}: your service accepts no POST at this path.`;
  if (status === 410)
    return '410: your service reports that this address no longer exists; the event is not sent again.';
  return status >= 500 ? `${status}: your service failed; its own log says why.` : undefined;
}

function withoutAnswer(failure: string | undefined): string | undefined {
  if (failure === 'ECONNREFUSED')
    return 'ECONNREFUSED: nothing listens at that address. Check that your service runs on this port.';
  if (failure === 'no answer in time')
    return 'Your service took too long: answer first, then process the event.';
  return undefined;
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
