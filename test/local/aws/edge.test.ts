/** CloudFront as the local stack plays it. */
import { describe, expect, it } from 'vitest';
import { AROUND_EDGE_HEADER, EDGE_ADDRESS, throughEdge } from '../../../local/aws/edge.ts';

const rawHeaders = ['Host', 'h', 'X-Payhooks-Edge', 'forged', 'x-forwarded-for', '10.0.0.1'];
const sent = { rawHeaders, sourceIp: '198.51.100.9' };

describe('a request through the edge', () => {
  it('has the value of the edge in the place of its own, and its sender’s address at the end', () => {
    expect(throughEdge(sent, 'secret')).toEqual({
      rawHeaders: [
        ...['Host', 'h', 'x-forwarded-for', '10.0.0.1'],
        ...['X-Forwarded-For', '198.51.100.9', 'x-payhooks-edge', 'secret'],
      ],
      sourceIp: EDGE_ADDRESS,
    });
  });

  it('is as it was sent where nothing is in front, or where it goes around', () => {
    expect(throughEdge(sent, undefined)).toEqual(sent);
    const around = { ...sent, rawHeaders: [...rawHeaders, AROUND_EDGE_HEADER.toUpperCase(), 'yes'] };
    expect(throughEdge(around, 'secret')).toEqual(sent);
    expect(throughEdge(around, undefined)).toEqual(sent);
  });
});
