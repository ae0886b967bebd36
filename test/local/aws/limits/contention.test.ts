import { describe, expect, it } from 'vitest';
import { Contention, otherMembers } from '../../../../local/aws/limits/contention.ts';

const put = (pk: string, version: number) => ({ Put: { TableName: 't', Item: { pk: { S: pk }, version } } });
const transaction = (pk: string, version = 1) => ({
  ClientRequestToken: String(version),
  TransactItems: [put(pk, version), put('other', version), put('third', version)],
});

describe('a busy account of AWS', () => {
  it('a busy account refuses each request at its first try, with the throttling error of the service', () => {
    const busy = new Contention();
    const get = (caller: string, pk: string) =>
      busy.refusal({ caller, service: 'dynamodb', operation: 'GetItem' }, { Key: { pk } })?.code;
    expect(get('worker', 'a')).toBe('ProvisionedThroughputExceededException');
    expect(get('worker', 'a')).toBeUndefined();
    expect(get('worker', 'b')).toBe('ProvisionedThroughputExceededException');
    expect(get('sweeper', 'a')).toBe('ProvisionedThroughputExceededException');
    const send = { caller: 'intake', service: 'sqs', operation: 'SendMessage' };
    expect(busy.refusal(send, { MessageBody: 'x' })?.code).toBe('ThrottlingException');
  });

  it('a busy account refuses transactions by conflict and by throttling in turn, and accepts the second try', () => {
    const busy = new Contention();
    const ask = (pk: string, version?: number) =>
      busy.refusal(
        { caller: 'worker', service: 'dynamodb', operation: 'TransactWriteItems' },
        transaction(pk, version),
      );
    const first = ask('a');
    expect(first?.code).toBe('TransactionCanceledException');
    expect(first && otherMembers(first)).toEqual({
      CancellationReasons: [
        { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
        { Code: 'None' },
        { Code: 'None' },
      ],
    });
    expect(ask('a', 2)).toBeUndefined();
    expect(ask('b')?.code).toBe('ProvisionedThroughputExceededException');
  });
});
