/** The demo shop: which events it accepts, and how often it gives the goods. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Faults } from '../../../local/aws/faults.ts';
import { Shop } from '../../../local/demo/shop.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-local-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the demo shop', () => {
  const event = { id: 'p#1#fulfil', type: 'fulfil', payment: 'p', orderReference: 'o', status: 'paid' };

  it('the demo shop counts copies of one event instead of a second fulfil, also after a restart', () => {
    const file = join(folder, 'shop.jsonl');
    const shop = new Shop({ faults: new Faults(), file });
    shop.receive(event, 'bus');
    shop.receive(event, 'bus');
    expect(shop.list()).toMatchObject([{ id: 'p#1#fulfil', copies: 2, orderReference: 'o' }]);
    expect(new Shop({ faults: new Faults(), file }).list()).toEqual(shop.list());
  });

  describe('the endpoint of the demo shop', () => {
    const key = Buffer.from('0123456789abcdef0123456789abcdef');
    const faults = new Faults();
    let shop: Shop;
    let post: (headers: Record<string, string>) => Promise<number>;
    let close: () => void;
    const body = JSON.stringify(event);

    beforeEach(async () => {
      shop = new Shop({ faults, signingSecrets: () => [`whsec_${key.toString('base64')}`] });
      const server = createServer(shop.listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      post = async (headers) =>
        (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })).status;
      close = () => {
        server.closeAllConnections();
        server.close();
      };
    });
    afterEach(() => {
      faults.set('shop', undefined);
      close();
    });

    const signed = (text: string) => ({
      'webhook-id': 'm',
      'webhook-timestamp': '1',
      'webhook-signature': `v1,bm8= v1,${createHmac('sha256', key).update(`m.1.${text}`).digest('base64')}`,
    });

    it('the endpoint accepts a signed event with 204, and refuses a wrong or missing signature with 401', async () => {
      expect(await post(signed(body))).toBe(204);
      expect(await post(signed(`${body} `))).toBe(401);
      expect(await post({})).toBe(401);
      expect(shop.list()).toMatchObject([{ via: 'endpoint', copies: 1 }]);
      expect(shop.refused).toBe(2);
    });

    it('the endpoint answers 500 under the fault "failing", and receives nothing', async () => {
      faults.set('shop', 'failing');
      expect(await post(signed(body))).toBe(500);
      expect(shop.list()).toEqual([]);
    });
  });
});
