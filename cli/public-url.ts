/** The base of the public addresses, when a person names it. */
import { Problem } from './problem.ts';

/** Without a trailing slash. @throws Problem */
export function baseOf(option: string, url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url.replace(/\/+$/, '');
  throw Problem.usage(
    `--${option} "${url}" is no address; allowed is one such as https://payments.example.com.`,
  );
}
