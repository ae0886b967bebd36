import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../cli/problem.ts';
import { changed, contentOf, sent } from '../../../console/server/local-requests.ts';
import type { KeptRequest } from '../../../local/aws/kept-requests.ts';

const request = (parts: Partial<Omit<KeptRequest, 'body'>> & { readonly body?: string }): KeptRequest => ({
  ...{ method: 'POST', target: '/trustly', rawHeaders: [] },
  ...parts,
  body: Buffer.from(parts.body ?? ''),
});
const fieldsOf = (kept: KeptRequest) => contentOf(kept).fields.map(({ name, value }) => `${name} = ${value}`);

describe('the fields of a kept request', () => {
  it('the fields of a kept request are those of the query, of the form, and of the JSON by path', () => {
    expect(fieldsOf(request({ target: '/pingback?uid=u1&type=0' }))).toEqual(['uid = u1', 'type = 0']);
    expect(fieldsOf(request({ body: 'ref=b1&goods=gold+coins' }))).toEqual([
      'ref = b1',
      'goods = gold coins',
    ]);
    const body = JSON.stringify({ data: { amount: '5.00', paid: true }, events: [{ id: 7 }, null] });
    expect(fieldsOf(request({ target: '/x?a=1', body }))).toEqual([
      ...['a = 1', 'data.amount = 5.00', 'data.paid = true', 'events[0].id = 7', 'events[1] = null'],
    ]);
  });

  it('the fields of a kept request show no signature and no splitToken', () => {
    const body = JSON.stringify({
      signature: 'S1',
      params: { Signature: 'S2' },
      account: { splitToken: 'S3' },
    });
    const shown = fieldsOf(request({ target: '/x?sig=S4&sign=S5&uid=u1', body }));
    expect(shown.join()).not.toMatch(/S[1-5]/);
    expect(shown).toContain('uid = u1');
    expect(shown).toContain('account.splitToken = not shown');
  });

  it('a kept request is shown with its path, without the query', () => {
    expect(contentOf(request({ method: 'GET', target: '/pingback?uid=u1' }))).toMatchObject({
      ...{ method: 'GET', path: '/pingback' },
    });
  });
});

describe('a request with one field changed', () => {
  it('a request with one changed field keeps everything else, also the signature', () => {
    const form = request({ body: 'amount=5.00&signature=abc', rawHeaders: ['a', 'b'] });
    const after = changed(form, { field: 'amount', value: '9.00' });
    expect(after.body.toString()).toBe('amount=9.00&signature=abc');
    expect({ ...after, body: form.body }).toEqual(form);
    const get = request({ target: '/pingback?uid=u1&sig=abc', body: '' });
    expect(changed(get, { field: 'uid', value: 'u2' }).target).toBe('/pingback?uid=u2&sig=abc');
  });

  it('a changed JSON value keeps its type when the new text can have the type', () => {
    const kept = request({ body: JSON.stringify({ a: { n: 1, on: true, text: '5' }, list: [{ id: 'x' }] }) });
    const changedTo = (field: string, value: string) => {
      return JSON.parse(changed(kept, { field, value }).body.toString());
    };
    expect(changedTo('a.n', '2').a.n).toBe(2);
    expect(changedTo('a.n', 'two').a.n).toBe('two');
    expect(changedTo('a.on', 'false').a.on).toBe(false);
    expect(changedTo('a.text', '6').a.text).toBe('6');
    expect(changedTo('list[0].id', 'y').list).toEqual([{ id: 'y' }]);
  });

  it('a change of an unknown field or to the same value is refused', () => {
    const kept = request({ body: 'amount=5.00' });
    const refused = (field: string, value: string) => () => changed(kept, { field, value });
    expect(refused('sum', '1')).toThrow(expect.objectContaining({ code: EXIT.notFound }));
    expect(refused('amount', '5.00')).toThrow(expect.objectContaining({ code: EXIT.usage }));
  });
});

describe('sending a kept request', () => {
  const answer = (headers: Record<string, string>) => {
    const calls: { url: string; init: RequestInit }[] = [];
    const get = (async (url: string, init: RequestInit) => {
      calls.push({ url, init });
      return new Response('body', { status: 401, headers });
    }) as typeof fetch;
    return { calls, get };
  };

  it('a kept request is sent with the same bytes and headers, without the headers of the connection', async () => {
    const { calls, get } = answer({ 'apigw-requestid': 'r2' });
    const rawHeaders = ['Host', 'here', 'Content-Length', '3', 'X-Sig', 'one', 'X-Sig', 'two'];
    const kept = request({ target: '/a?b=c', rawHeaders, body: 'a=b' });
    expect(await sent('http://stack', kept, get)).toEqual({
      ...{ status: 401, correlationId: 'r2', ms: expect.any(Number) },
    });
    const [{ url, init } = { url: '', init: {} as RequestInit }] = calls;
    expect(url).toBe('http://stack/a?b=c');
    expect([...(init.headers as Headers)]).toEqual([['x-sig', 'one, two']]);
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual' });
    expect(Buffer.from(init.body as Uint8Array).toString()).toBe('a=b');
  });

  it('a kept request without a body is sent without one, and an answer without an id has no correlationId', async () => {
    const { calls, get } = answer({});
    expect(await sent('http://stack', request({ method: 'GET' }), get)).not.toHaveProperty('correlationId');
    expect(calls[0]?.init).not.toHaveProperty('body');
  });
});
