/** The responses for a shopper's browser. They contain only addresses from the account's configuration. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** Not cached, because the next response may differ; no referrer, because the address contains the signed query. */
const PRIVATE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

export const redirectTo = (location: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 303,
  headers: { ...PRIVATE, location },
  body: '',
});

/** A refusal with a link, for a shopper whose return cannot be verified. */
export function linkPage(statusCode: 401, to: string): APIGatewayProxyStructuredResultV2 {
  const href = to.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return {
    statusCode,
    headers: {
      ...PRIVATE,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Back to the shop</title><p><a href="${href}">Back to the shop</a></p></html>`,
  };
}

export const notFound = (): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 404,
  headers: { ...PRIVATE, 'content-type': 'text/plain' },
  body: 'not found',
});
