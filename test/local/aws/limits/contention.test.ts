import { describe, expect, it } from 'vitest';
import { besidesMessage, Contention } from '../../../../local/aws/limits/contention.ts';

const transaction = { TransactItems: [{}, {}, {}] };

describe('a busy account', () => {
  it('refuses every second request of a service, each service by itself', () => {
    const busy = new Contention();
    const refused = () => busy.refusal('dynamodb', 'GetItem', {})?.code;
    expect([refused(), refused(), refused(), refused()]).toEqual([
      'ProvisionedThroughputExceededException',
      undefined,
      'ProvisionedThroughputExceededException',
      undefined,
    ]);
    expect(busy.refusal('sqs', 'SendMessage', {})?.code).toBe('ThrottlingException');
  });

  it('has a transaction meet another one, or throttles it, in turn', () => {
    const busy = new Contention();
    const refused = () => busy.refusal('dynamodb', 'TransactWriteItems', transaction);
    const [first, , third] = [refused(), refused(), refused()];
    expect(first?.code).toBe('TransactionCanceledException');
    expect(first && besidesMessage(first)).toEqual({
      CancellationReasons: [
        { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
        { Code: 'None' },
        { Code: 'None' },
      ],
    });
    expect(third?.code).toBe('ProvisionedThroughputExceededException');
  });
});
