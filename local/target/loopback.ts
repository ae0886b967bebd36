/** Addresses of this computer, which may be called without TLS. */

const LOOPBACK = /^(?:localhost|(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/** Whether it is a plain http URL that does not leave this computer. */
export function isLoopbackHttp(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return protocol === 'http:' && LOOPBACK.test(hostname) && username === '' && password === '';
}

/** Why events cannot be sent to this URL; undefined when they can. */
export function whyNotForwardable(text: string): string | undefined {
  if (isLoopbackHttp(text)) return undefined;
  if (URL.canParse(text)) {
    const { protocol, username, password } = new URL(text);
    if (protocol === 'https:' && username === '' && password === '') return undefined;
  }
  return `found ${JSON.stringify(text)}; allowed: http:// on this computer (localhost, 127.0.0.1, [::1]), or https://, without user and password`;
}
