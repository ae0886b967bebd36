import { beforeEach, describe, expect, it } from 'vitest';
import { eventBus } from '../../../local/aws/eventbridge.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';

describe('PutEvents of the local event bus', () => {
  const delivered: unknown[] = [];
  const put = eventBus({ buses: ['shop'], deliver: (event) => delivered.push(event) });
  const entry = { EventBusName: 'shop', Source: 'payhooks', DetailType: 'fulfil', Detail: '{"id":"1"}' };
  beforeEach(() => {
    delivered.length = 0;
  });

  it('PutEvents delivers the valid entries, and answers MalformedDetail or InvalidArgument for the invalid entries', () => {
    const answer = put('PutEvents', {
      Entries: [entry, { ...entry, Detail: '[]' }, { ...entry, Source: '' }],
    });
    expect(answer).toMatchObject({
      FailedEntryCount: 2,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode: 'MalformedDetail' },
        { ErrorCode: 'InvalidArgument' },
      ],
    });
    expect(delivered).toMatchObject([{ bus: 'shop', detailType: 'fulfil', detail: { id: '1' } }]);
  });

  it('PutEvents fails an entry for an event bus that is not in the template', () => {
    expect(put('PutEvents', { Entries: [{ ...entry, EventBusName: 'other' }] })).toMatchObject({
      FailedEntryCount: 1,
    });
  });

  it('PutEvents accepts 1 MB in one request, counted as EventBridge counts, and refuses a larger request', () => {
    const beside = 'payhooks'.length + 'fulfil'.length + JSON.stringify({ x: '' }).length;
    const of = (bytes: number) => ({ ...entry, Detail: JSON.stringify({ x: 'x'.repeat(bytes - beside) }) });
    expect(put('PutEvents', { Entries: [of(1_048_576)] })).toMatchObject({ FailedEntryCount: 0 });
    expect(() => put('PutEvents', { Entries: [of(600_000), of(448_577)] })).toThrow(AwsError);
  });

  it('PutEvents fails an entry whose Detail is no JSON object, or is nested too deeply', () => {
    const nested = `${'{"a":'.repeat(1_101)}1${'}'.repeat(1_101)}`;
    for (const Detail of ['"text"', 'null', '[]', '{', nested]) {
      expect(put('PutEvents', { Entries: [{ ...entry, Detail }] })).toMatchObject({ FailedEntryCount: 1 });
    }
  });

  it('PutEvents refuses a request with eleven entries', () => {
    expect(() => put('PutEvents', { Entries: Array(11).fill(entry) })).toThrow(AwsError);
  });
});
