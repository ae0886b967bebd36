import type { AmericasNotification } from './notification.ts';

const MILLISECONDS = /^[0-9]{1,16}$/;

/** createdAt, which a late retry keeps (docs/protocols/trustly-americas.md#delivery). */
export function statedAt({ fields: { createdAt } }: AmericasNotification): number | undefined {
  if (createdAt === undefined) return undefined;
  const at = MILLISECONDS.test(createdAt) ? Number(createdAt) : Date.parse(createdAt);
  return Number.isNaN(at) ? undefined : at;
}
