/** One delivery as a line. */
import type { Heard } from '../../local/target/listening.ts';
import { dim, type Line, type Report, styled, time } from '../output.ts';

const TYPE_WIDTH = 22;
const STATUS_WIDTH = 12;
const MS_WIDTH = 8;

export function reportOf(heard: Heard, printEvent: boolean): Report {
  const event = printEvent ? JSON.stringify(heard.event, null, 2).split('\n') : [];
  return { json: heard, lines: [lineOf(heard), ...event] };
}

function lineOf(heard: Heard): Line {
  const { at, type, payment = '-', ms } = heard;
  const answered = heard.status === undefined ? (heard.failure ?? 'no answer') : String(heard.status);
  return [
    dim(`${time(at).slice(-8)}  `),
    type.padEnd(TYPE_WIDTH),
    `${payment}  `,
    styled(answered.padEnd(STATUS_WIDTH), heard.outcome === 'taken' ? 'green' : 'red'),
    dim(`${`${ms} ms`.padStart(MS_WIDTH)}  `),
    `attempt ${heard.attempt}${becomes(heard)}`,
  ];
}

function becomes(heard: Heard): string {
  if (heard.outcome === 'taken') return '';
  return heard.outcome === 'again' ? `, again in ${heard.seconds} s` : ', given up';
}
