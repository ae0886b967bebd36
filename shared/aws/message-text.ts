/**
 * A message takes the characters of XML and no others: U+FFFE and U+FFFF, which a reference may hold, would have SQS
 * refuse it for ever. Every message is JSON, where an escape says the same; what is beyond U+FFFF is escaped too, since
 * not every queue that speaks SQS takes it.
 */
export const messageText = (json: string): string =>
  json.replace(
    /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
