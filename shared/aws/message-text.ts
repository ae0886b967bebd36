/**
 * The text of an SQS message. A message may contain only characters of XML: SQS would refuse one with U+FFFE or U+FFFF,
 * which a reference may contain, at every attempt. Every message is JSON, where an escape is equivalent. Characters
 * beyond U+FFFF are escaped too, since not every queue with the SQS protocol accepts them.
 */
export const messageText = (json: string): string =>
  json.replace(
    /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
