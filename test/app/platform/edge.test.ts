/** The header between the edge and intake: what a key is, which one a header is, and who called the edge. */
import { describe, expect, it } from 'vitest';
import { callerOfEdge, edgeKeyIn, parseEdgeKeys } from '../../../shared/app/platform/edge.ts';

const [A, B] = ['a'.repeat(32), 'b'.repeat(64)];

describe('a key', () => {
  it('is a text that any header carries unchanged, alone or beside the one before', () => {
    expect(edgeKeyIn(A, parseEdgeKeys({ current: A }))).toBe('current');
    const both = parseEdgeKeys({ current: A, previous: B });
    expect([edgeKeyIn(A, both), edgeKeyIn(B, both)]).toEqual(['current', 'previous']);
  });

  it.each([
    ['nothing', undefined, 'current'],
    ['no object', 'text', 'current'],
    ['too short', { current: A.slice(1) }, 'current'],
    ['too long', { current: 'x'.repeat(257) }, 'current'],
    ['with a line break', { current: `${A}\r\nx: y` }, 'current'],
    ['with a space', { current: `${A} ` }, 'current'],
    ['a list', { current: [A] }, 'current'],
    ['an empty previous', { current: A, previous: '' }, 'previous'],
    ['a previous of another type', { current: A, previous: null }, 'previous'],
  ])('is refused with the name of the member: %s', (_, value, member) => {
    expect(() => parseEdgeKeys(value)).toThrow(`edge: "${member}" must be a text of 32 to 256`);
    expect(() => parseEdgeKeys(value)).not.toThrow(A);
  });
});

describe('a header', () => {
  const keys = parseEdgeKeys({ current: A });
  it.each(['', A.slice(1), `${A}a`, A.toUpperCase(), `${A},${A}`, ` ${A}`, B])(
    'is none of them: %j',
    (given) => {
      expect(edgeKeyIn(given, keys)).toBeUndefined();
    },
  );
});

describe('who called the edge', () => {
  it.each([
    // The edge writes its caller at the end, the gateway its own caller behind it.
    ['216.127.71.5, 130.176.1.1', '216.127.71.5'],
    ['216.127.71.5', '216.127.71.5'],
    // What a sender writes there itself stays to the left.
    ['216.127.71.5, 198.51.100.9, 130.176.1.1', '198.51.100.9'],
    ['216.127.71.5, 198.51.100.9', '198.51.100.9'],
    ['2001:db8::7,130.176.1.1', '2001:db8::7'],
    ['130.176.1.1', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %j is %j', (header, caller) => {
    expect(callerOfEdge(header, '130.176.1.1')).toBe(caller);
  });
});
