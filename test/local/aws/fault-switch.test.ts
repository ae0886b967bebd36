import { describe, expect, it } from 'vitest';
import { switchFault } from '../../../local/aws/fault-switch.ts';
import { Faults } from '../../../local/aws/faults.ts';

const works = { sqs: null, secrets: null, events: null, dynamodb: null, shop: null, decider: null };

describe('/_local/api/faults', () => {
  it('a PUT switches a fault of one service on, a DELETE switches the fault off, and each answer has all services', () => {
    const faults = new Faults();
    expect(switchFault(faults, 'GET', '', '')).toEqual({ status: 200, value: works });
    const off = switchFault(faults, 'PUT', '/events', 'throttled\n');
    expect(off).toEqual({ status: 200, value: { ...works, events: 'throttled' } });
    expect(faults.get('events')).toBe('throttled');
    expect(switchFault(faults, 'DELETE', '/events', '')).toEqual({ status: 200, value: works });
    expect(faults.get('events')).toBeUndefined();
  });

  it.each([
    ['a service that does not exist', 'PUT', '/nothing', 'down', 404],
    ['a fault that does not exist', 'PUT', '/sqs', 'broken', 400],
    ['no fault', 'PUT', '/sqs', '', 400],
    ['a fault that the service cannot have', 'PUT', '/sqs', 'gone', 400],
    // A browser sends a POST of another site without a preflight.
    ['a POST', 'POST', '/sqs', 'down', 405],
    ['a fault without a service', 'PUT', '', 'down', 405],
  ])('the fault switch refuses %s, and changes nothing', (_, method, path, word, status) => {
    const faults = new Faults();
    expect(switchFault(faults, method, path, word).status).toBe(status);
    expect(switchFault(faults, 'GET', '', '').value).toEqual(works);
  });
});
