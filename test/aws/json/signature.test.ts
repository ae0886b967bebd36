/** The intake's client makes the same signatures as the SDK. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const { sha256 } = new SQSClient({
  region: 'eu-west-1',
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
}).config;

const printable = fc.string({
  minLength: 1,
  maxLength: 40,
  unit: fc.constantFrom(...'ABCDEFghijkl0123456789/+='),
});
const region = fc.constantFrom('us-east-1', 'eu-west-1', 'ap-southeast-4');
const service = fc.constantFrom('sqs', 'secretsmanager', 'dynamodb');
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1_000));

describe('signatures of AWS calls', () => {
  it('the signature equals that of the SDK for every text, key, session, region, service and second', async () => {
    const inputs = fc.record({
      ...{ region, service, time, accessKeyId: printable, secretAccessKey: printable },
      sessionToken: fc.option(printable, { nil: undefined }),
      body: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
      host: fc.domain(),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async ({ accessKeyId, secretAccessKey, sessionToken, ...input }) => {
        const credentials = {
          ...{ accessKeyId, secretAccessKey },
          ...(sessionToken === undefined ? {} : { sessionToken }),
        };
        const basic = input.time.toISOString().replace(/[-:]|\.\d{3}/g, '');
        const headers = {
          host: input.host,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'A.B',
        };
        const ours = aws4.sign(
          {
            ...{ service: input.service, region: input.region, method: 'POST', path: '/', body: input.body },
            headers: { ...headers, 'x-amz-date': basic },
          },
          credentials,
        );
        const signer = new SignatureV4({
          ...{ credentials, region: input.region, service: input.service, sha256 },
          applyChecksum: false,
        });
        const theirs = await signer.sign(
          {
            ...{
              method: 'POST',
              protocol: 'https:',
              hostname: input.host,
              path: '/',
              query: {},
              body: input.body,
            },
            headers: { ...headers, 'content-length': String(Buffer.byteLength(input.body)) },
          },
          { signingDate: input.time },
        );
        expect(normal(ours.headers?.Authorization)).toBe(normal(theirs.headers.authorization));
      }),
      { numRuns: 300 },
    );
  });
});

/** The header without the spaces after commas: the SDK and the intake's client may differ there. */
const normal = (authorization: unknown): string => String(authorization).replace(/, */g, ', ');
