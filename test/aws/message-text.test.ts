import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueUrl, type Sqs, startSqs } from '../../local/aws/sqs.ts';
import { messageText } from '../../shared/aws/message-text.ts';

/** The characters of a message that SQS documents as allowed. */
const ALLOWED = /^[\t\n\r\x20-\uD7FF\uE000-\uFFFD]*$/;

const anyText = fc.string({ unit: 'binary' });

describe('messageText: the text of a queue message', () => {
  it('messageText keeps the meaning of any JSON and has only characters that SQS accepts', () => {
    fc.assert(
      fc.property(anyText, anyText, (reference, cause) => {
        const text = messageText(JSON.stringify({ reference, [cause]: cause }));
        expect(text).toMatch(ALLOWED);
        expect(JSON.parse(text)).toEqual({ reference, [cause]: cause });
      }),
    );
  });

  it('messageText leaves a text without characters to escape unchanged', () => {
    const text = JSON.stringify({ reference: 'Bestellung-Ä-1 \n' });
    expect(messageText(text)).toBe(text);
  });

  describe('messageText on the emulated queue', () => {
    let sqs: Sqs;
    beforeAll(async () => {
      sqs = await startSqs([{ logicalId: 'Q', name: 'queue', attributes: {}, deadLetterQueue: undefined }]);
    });
    afterAll(() => sqs.stop());
    const send = (MessageBody: string) =>
      sqs.call('SendMessage', { QueueUrl: queueUrl('queue'), MessageBody });

    it.each(['\uFFFF', '\uFFFE', '😀'])(
      'SQS refuses an order named %j as plain JSON and accepts the text of messageText',
      async (name) => {
        const json = JSON.stringify({ cause: `order ${name}` });
        await expect(send(json)).rejects.toThrow('Invalid characters');
        await send(messageText(json));
      },
    );
  });
});
