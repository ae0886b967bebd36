/** AWS's JSON protocol with a local engine: the request, and the error in an answer. */
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AwsError, answerJson, bodyOf, callAws } from '../../../local/aws/json-protocol.ts';

let received: { headers: IncomingHttpHeaders; body: unknown };
let answer: { status: number; body: string };
const server = createServer(async (request, response) => {
  received = { headers: request.headers, body: JSON.parse((await bodyOf(request)).toString('utf8')) };
  answerJson(response, answer.status, answer.body, '1.0');
});
let endpoint: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('callAws names the operation in the header X-Amz-Target, and sends and reads JSON in UTF-8', async () => {
  answer = { status: 200, body: '{"Table":"ü"}' };
  expect(await callAws(endpoint, 'DynamoDB_20120810.DescribeTable', { TableName: 'ä' })).toEqual({
    Table: 'ü',
  });
  expect(received.headers['x-amz-target']).toBe('DynamoDB_20120810.DescribeTable');
  expect(received.body).toEqual({ TableName: 'ä' });
});

it.each([
  [
    '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceInUseException","message":"there"}',
    'ResourceInUseException',
    'there',
  ],
  ['{"__type":"ValidationException","Message":"wrong"}', 'ValidationException', 'wrong'],
  ['{}', 'UnknownError', ''],
])('an error of callAws has the code and the message of the service: %s', async (body, code, message) => {
  answer = { status: 400, body };
  const error = await callAws(endpoint, 'X.Y', {}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AwsError);
  expect(error).toMatchObject({ code, message, status: 400 });
});

it('a request body that ends before its content-length is an error, not a shorter body', async () => {
  const outcome = Promise.withResolvers<unknown>();
  const listening = createServer((received) => {
    received.once('data', () => sending.destroy());
    bodyOf(received).then(outcome.resolve, outcome.reject);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const sending = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': 10 } });
  sending.on('error', () => {}).write('abc');
  await expect(outcome.promise).rejects.toThrow();
  listening.close();
});
