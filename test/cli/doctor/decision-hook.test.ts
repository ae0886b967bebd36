/** The findings of `doctor` about a merchant's decision hook. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { judge, sendUnsigned } from '../../../cli/doctor/decision-hook.ts';

it('a decision hook that refuses an unsigned question with 400 or 401 is ok, and a warning after 800 ms', () => {
  expect(judge('hook', 401, 120)).toMatchObject({ verdict: 'ok' });
  expect(judge('hook', 400, 800)).toMatchObject({ verdict: 'ok' });
  expect(judge('hook', 401, 801)).toMatchObject({ verdict: 'warn' });
});

it.each([200, 204])(
  'a decision hook that answers %d to an unsigned question fails, because anybody could answer a question',
  (status) => {
    expect(judge('hook', status, 10)).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining('not signed'),
    });
  },
);

it.each([301, 404, 405, 500, 503])(
  'a decision hook that answers %d to an unsigned question fails, because the address answers no question',
  (status) => {
    expect(judge('hook', status, 10)).toMatchObject({ verdict: 'fail' });
  },
);

it('doctor sends one POST without a signature to the decision hook, and does not show the path', async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.method, request.headers['webhook-signature'] as string | undefined);
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path-of-theirs`;
  const answered = await sendUnsigned(url, 'hook');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const gone = await sendUnsigned(url, 'hook');
  expect(seen).toEqual(['POST', undefined]);
  for (const each of [answered, gone]) {
    expect(each.verdict).toBe('fail');
    expect(JSON.stringify(each)).not.toContain('path-of-theirs');
  }
});
