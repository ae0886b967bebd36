import { describe, expect, it } from 'vitest';
import { tampered } from '../../../local/demo/sign.ts';

const request = { method: 'POST', url: 'http://here/hook?a=1', headers: {}, body: 'amount=5' } as const;

describe('tampered', () => {
  it('changes the address or the body after the signature', () => {
    expect(tampered(request, ['amount=5', 'amount=9'])).toEqual({ ...request, body: 'amount=9' });
    expect(tampered(request, ['a=1', 'a=2']).url).toBe('http://here/hook?a=2');
  });

  it('refuses a change of a text that the request does not have', () => {
    expect(() => tampered(request, ['currency', 'x'])).toThrow('nothing to change: "currency"');
  });
});
