/**
 * A Next.js route handler: copy it to `app/api/hooks/route.ts`, with store.ts of ../shop-node (or your own database)
 * and payhooks-events.ts. It uses Web types alone, so that it runs anywhere a Request comes in. It needs
 * `npm i standardwebhooks` and WEBHOOK_SECRET ("whsec_…").
 */
import { Webhook } from 'standardwebhooks';
import type { PayhooksEvent } from '../../docs/events/payhooks-events.ts';
import { ShopStore } from '../shop-node/store.ts';

/** SQLite needs Node, not the edge. */
export const runtime = 'nodejs';

let store: ShopStore | undefined;

export async function POST(request: Request): Promise<Response> {
  const secret = process.env.WEBHOOK_SECRET;
  // 503: Payhooks sends it again, so that nothing is lost by a setting that was forgotten.
  if (secret === undefined) return new Response('WEBHOOK_SECRET is not set', { status: 503 });
  // The text as it came: request.json() and writing it again would change what was signed.
  const body = await request.text();
  let event: PayhooksEvent;
  try {
    event = new Webhook(secret).verify(body, Object.fromEntries(request.headers)) as PayhooksEvent;
  } catch {
    return new Response('not signed for this shop', { status: 401 });
  }
  store ??= new ShopStore(process.env.SHOP_FILE ?? 'shop.db');
  store.take(event);
  return new Response(null, { status: 204 });
}
