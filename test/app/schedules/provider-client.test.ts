import { describe, expect, it } from 'vitest';
import { createProviderClient } from '../../../shared/app/schedules/provider-client.ts';
import { pollingBench } from '../../support/polling-bench.ts';
import { secretsOf } from '../../support/secrets.ts';

describe('the client of a provider’s API', () => {
  const account = pollingBench().americas;
  function client(response: () => Response) {
    const requests: RequestInit[] = [];
    const made = createProviderClient({
      secrets: secretsOf({
        'payhooks/live/trustly-americas/shop': { current: { accessId: 'i', accessKey: 'k' } },
      }),
      environment: 'live',
      baseUrls: { 'trustly-americas': 'https://americas.fake/api/v1' },
      clock: () => 0,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      wait: async () => {},
      fetch: async (_url, init) => {
        requests.push(init ?? {});
        return response();
      },
    });
    return { made, requests };
  }

  it('the provider client does not follow a redirect, so that credentials reach no other address', async () => {
    const { made, requests } = client(
      () => new Response('', { status: 302, headers: { location: 'https://evil.example' } }),
    );
    expect((await made.poll(account, { about: 'payment', id: '1' })).type).not.toBe('found');
    expect(requests.map(({ redirect }) => redirect)).toEqual(['manual']);
  });

  it('the provider client stops reading an endless answer and reports unavailable with reason network', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 100_000;
        if (sent > 50_000_000) controller.close();
        else controller.enqueue(new Uint8Array(100_000));
      },
    });
    const { made } = client(() => new Response(endless));
    expect(await made.poll(account, { about: 'payment', id: '1' })).toEqual({
      type: 'unavailable',
      reason: 'network',
    });
    expect(sent).toBeLessThan(5_000_000);
  });
});
