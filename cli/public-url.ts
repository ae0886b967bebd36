/** The base of the public addresses, when a person names it. */
import { EXIT, Problem } from './problem.ts';

/** Without a trailing slash. @throws Problem */
export function baseOf(option: string, url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url.replace(/\/+$/, '');
  throw new Problem(
    EXIT.usage,
    `--${option} "${url}" is no address; expected one like https://payments.example.com.`,
  );
}
