import { instantOf, type TrustlyEuropeNotification } from './notification.ts';

const INSTANT = /^(.{10}) (.+)\+00$/;

/** `timestamp`: the time of the transaction, not of the sending (docs/protocols/trustly-europe-fields.md#fields). */
export function statedAt({ content }: TrustlyEuropeNotification): number | undefined {
  const [, date, time] = INSTANT.exec(instantOf(content?.fields.timestamp ?? '')) ?? [];
  const at = Date.parse(`${date}T${time}Z`);
  return Number.isNaN(at) ? undefined : at;
}
