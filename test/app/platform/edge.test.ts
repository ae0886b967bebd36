/** The header between the edge and intake: the form of its keys, the matching key, and the caller of the edge. */
import { describe, expect, it } from 'vitest';
import { callerOfEdge, edgeKeyIn, parseEdgeKeys } from '../../../shared/app/platform/edge.ts';

const [A, B] = ['a'.repeat(32), 'b'.repeat(64)];

describe('the keys of the edge header', () => {
  it('edgeKeyIn recognises the edge header as current or previous', () => {
    expect(edgeKeyIn(A, parseEdgeKeys({ current: A }))).toBe('current');
    const both = parseEdgeKeys({ current: A, previous: B });
    expect([edgeKeyIn(A, both), edgeKeyIn(B, both)]).toEqual(['current', 'previous']);
  });

  it.each([
    ['no secret', undefined, 'current'],
    ['a text instead of an object', 'text', 'current'],
    ['a current of 31 characters', { current: A.slice(1) }, 'current'],
    ['a current of 257 characters', { current: 'x'.repeat(257) }, 'current'],
    ['a current with a line break', { current: `${A}\r\nx: y` }, 'current'],
    ['a current with a space', { current: `${A} ` }, 'current'],
    ['a current that is a list', { current: [A] }, 'current'],
    ['an empty previous', { current: A, previous: '' }, 'previous'],
    ['a previous that is null', { current: A, previous: null }, 'previous'],
  ])('an edge secret is refused with the name of the wrong member: %s', (_, value, member) => {
    expect(() => parseEdgeKeys(value)).toThrow(`edge: "${member}" must be a text of 32 to 256`);
    expect(() => parseEdgeKeys(value)).not.toThrow(A);
  });
});

describe('the edge header', () => {
  const keys = parseEdgeKeys({ current: A });
  it.each(['', A.slice(1), `${A}a`, A.toUpperCase(), `${A},${A}`, ` ${A}`, B])(
    'the edge header %j matches no key',
    (given) => {
      expect(edgeKeyIn(given, keys)).toBeUndefined();
    },
  );
});

describe('the caller of the edge', () => {
  it.each([
    // The edge appends its caller, and the gateway appends its own caller behind.
    ['216.127.71.5, 130.176.1.1', '216.127.71.5'],
    ['216.127.71.5', '216.127.71.5'],
    // Addresses that the sender wrote itself stay on the left.
    ['216.127.71.5, 198.51.100.9, 130.176.1.1', '198.51.100.9'],
    ['216.127.71.5, 198.51.100.9', '198.51.100.9'],
    ['2001:db8::7,130.176.1.1', '2001:db8::7'],
    ['130.176.1.1', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('callerOfEdge of the X-Forwarded-For %j is %j', (header, caller) => {
    expect(callerOfEdge(header, '130.176.1.1')).toBe(caller);
  });
});
