/** A notification of Trustly Europe without a valid signature; `signedByTrustly` signs the message. */
let serial = 1_000_000_000;

export function europeNotification(
  orderid: string,
  method: string,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const notificationid = String(++serial);
  const money = method === 'cancel' ? {} : { amount: '10.00', currency: 'USD' };
  const data = {
    ...{ ...money, messageid: `order-${orderid}`, orderid, enduserid: '1', notificationid },
    ...{ timestamp: '2026-03-01 12:00:00.000000+00', attributes: {} },
    ...more,
  };
  const uuid = `258a2184-2842-b485-25ca-${notificationid.padStart(12, '0')}`;
  return JSON.stringify({ method, params: { signature: 'eA==', uuid, data }, version: '1.1' });
}
