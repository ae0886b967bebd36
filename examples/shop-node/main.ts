/** `node examples/shop-node/main.ts`: the shop on http://localhost:3000; PORT, SHOP_FILE and WEBHOOK_SECRET change it. */
import { serve } from '@hono/node-server';
import { shopApp } from './app.ts';
import { ShopStore } from './store.ts';

const secret = process.env.WEBHOOK_SECRET;
if (secret === undefined) {
  console.error('WEBHOOK_SECRET is not set: the "whsec_…" text that signs what Payhooks sends to this shop.');
  process.exit(2);
}
const store = new ShopStore(process.env.SHOP_FILE ?? ':memory:');
const server = serve(
  { fetch: shopApp(store, secret).fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) },
  ({ port }) => console.log(`shop listens on http://127.0.0.1:${port}/hooks`),
);
server.on('error', (error) => {
  console.error(`${error.message}. PORT=3001 takes another port.`);
  process.exit(1);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => server.close(() => store.close()));
}
