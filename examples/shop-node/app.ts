/**
 * A shop that hears from Payhooks: POST /hooks takes events, GET /orders/:reference shows an order. The signature is
 * checked by the official Standard Webhooks library, over the body as it came.
 */
import { Hono } from 'hono';
import { Webhook } from 'standardwebhooks';
import type { ShopEvent, ShopStore } from './store.ts';

/** @param secret "whsec_…", as `secrets set target` was given it */
export function shopApp(store: ShopStore, secret: string): Hono {
  const webhook = new Webhook(secret);
  const app = new Hono();

  app.post('/hooks', async (context) => {
    // The text as it came: parsing and writing it again would change what was signed.
    const body = await context.req.text();
    let event: ShopEvent;
    try {
      // Also refuses what was signed more than five minutes ago.
      event = webhook.verify(body, context.req.header()) as ShopEvent;
    } catch {
      return context.text('not signed for this shop', 401);
    }
    // Types that are not known yet are taken too: they say something, and ask for nothing.
    store.take(event);
    return context.body(null, 204);
  });

  app.get('/orders/:reference', (context) => context.json(store.order(context.req.param('reference'))));
  return app;
}
