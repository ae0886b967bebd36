/** The local stack's imitation of CloudFront. */
import { describe, expect, it } from 'vitest';
import { AROUND_EDGE_HEADER, EDGE_ADDRESS, throughEdge } from '../../../local/aws/edge.ts';

const rawHeaders = ['Host', 'h', 'X-Payhooks-Edge', 'forged', 'x-forwarded-for', '10.0.0.1'];
const sent = { rawHeaders, sourceIp: '198.51.100.9' };

describe('a request through the edge', () => {
  it('the edge replaces the edge header that the client sent, and appends the client’s address to X-Forwarded-For', () => {
    expect(throughEdge(sent, 'secret')).toEqual({
      rawHeaders: [
        ...['Host', 'h', 'x-forwarded-for', '10.0.0.1'],
        ...['X-Forwarded-For', '198.51.100.9', 'x-payhooks-edge', 'secret'],
      ],
      sourceIp: EDGE_ADDRESS,
    });
  });

  it('a request stays unchanged without an edge, or with the header that goes around the edge', () => {
    expect(throughEdge(sent, undefined)).toEqual(sent);
    const around = { ...sent, rawHeaders: [...rawHeaders, AROUND_EDGE_HEADER.toUpperCase(), 'yes'] };
    expect(throughEdge(around, 'secret')).toEqual(sent);
    expect(throughEdge(around, undefined)).toEqual(sent);
  });
});
