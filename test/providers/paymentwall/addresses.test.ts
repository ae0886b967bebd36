import { describe, expect, test } from 'vitest';
import { isPaymentwallAddress } from '../../../shared/providers/paymentwall/addresses.ts';

describe('isPaymentwallAddress', () => {
  test.each([
    '216.127.71.0',
    '216.127.71.25',
    '216.127.71.255',
    '174.36.92.186',
    '174.36.92.187',
    '174.36.92.192',
    '174.36.96.66',
    '174.37.14.28',
    '::ffff:216.127.71.255',
    '::FFFF:174.36.92.186',
  ])('%s is an address of Paymentwall', (address) => {
    expect(isPaymentwallAddress(address)).toBe(true);
  });

  test.each([
    '',
    '1.2.3.4',
    '216.127.71.256',
    '216.127.71.007',
    '216.127.71.',
    '216.127.71.1.1',
    '216.127.70.255',
    '216.127.72.0',
    '216.127.71.25 ',
    '216.127.71.25\n',
    '174.36.92.188',
    '::ffff:1.2.3.4',
    '216.127.71.25::ffff:',
    '::ffff:::ffff:216.127.71.25',
    '2001:db8::216.127.71.25',
    '216.127.71.25, 1.2.3.4',
  ])('%j is no address of Paymentwall', (address) => {
    expect(isPaymentwallAddress(address)).toBe(false);
  });
});
