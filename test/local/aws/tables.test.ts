import { describe, expect, it } from 'vitest';
import { plainValue } from '../../../local/aws/tables.ts';

describe('plainValue', () => {
  it('the JSON of DynamoDB becomes plain JSON', () => {
    const value = {
      M: { s: { S: 'x' }, n: { N: '1.5' }, l: { L: [{ BOOL: true }, { NULL: true }] }, set: { SS: ['a'] } },
    };
    expect(plainValue(value)).toEqual({ s: 'x', n: 1.5, l: [true, null], set: ['a'] });
  });
});
