import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueUrl, type Sqs, startSqs } from '../../local/aws/sqs.ts';
import { messageText } from '../../shared/aws/message-text.ts';

/** What SQS documents as the characters of a message. */
const TAKEN = /^[\t\n\r\x20-\uD7FF\uE000-\uFFFD]*$/;

const anyText = fc.string({ unit: 'binary' });

describe('the text of a message', () => {
  it('says what the JSON said, in characters that SQS takes', () => {
    fc.assert(
      fc.property(anyText, anyText, (reference, cause) => {
        const text = messageText(JSON.stringify({ reference, [cause]: cause }));
        expect(text).toMatch(TAKEN);
        expect(JSON.parse(text)).toEqual({ reference, [cause]: cause });
      }),
    );
  });

  it('stays as it is where there is nothing to escape', () => {
    const text = JSON.stringify({ reference: 'Bestellung-Ä-1 \n' });
    expect(messageText(text)).toBe(text);
  });

  describe('on a queue', () => {
    let sqs: Sqs;
    beforeAll(async () => {
      sqs = await startSqs([{ logicalId: 'Q', name: 'queue', attributes: {}, deadLetterQueue: undefined }]);
    });
    afterAll(() => sqs.stop());
    const send = (MessageBody: string) =>
      sqs.call('SendMessage', { QueueUrl: queueUrl('queue'), MessageBody });

    it.each(['\uFFFF', '\uFFFE', '😀'])(
      'an order named %j is refused as it is, and taken as this',
      async (name) => {
        const json = JSON.stringify({ cause: `order ${name}` });
        await expect(send(json)).rejects.toThrow('Invalid characters');
        await send(messageText(json));
      },
    );
  });
});
