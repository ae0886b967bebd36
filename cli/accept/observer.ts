/**
 * Asks the shop how often goods were given. An endpoint: GET URL with {order} replaced (or /ORDER added) answers
 * {"given": 1, "taken": 0}. A command: runs with the order's reference as its last argument, and prints the same.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { connectionError, errorText, Problem } from '../problem.ts';
import { shortened } from '../shortened.ts';

export interface Goods {
  /** How often goods of the order were given. */
  readonly given: number;
  /** How often they were taken back. */
  readonly taken: number;
}

export type Observer = (order: string) => Promise<Goods>;

const goods = v.object({
  given: v.pipe(v.number(), v.integer(), v.minValue(0)),
  taken: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
});
const TIMEOUT_MS = 10_000;
const EXAMPLE = 'docs/accept.md shows an observer.';

export const endpointObserver =
  (url: string, send: typeof fetch): Observer =>
  async (order) => {
    const name = encodeURIComponent(order);
    const at = url.includes('{order}')
      ? url.replaceAll('{order}', name)
      : `${url.replace(/\/$/, '')}/${name}`;
    const [status, text] = await send(at, { signal: AbortSignal.timeout(TIMEOUT_MS) })
      .then(async (response) => [response.status, await response.text()] as const)
      .catch((error: unknown) => {
        throw Problem.unreachable(
          `The observer does not answer: GET ${at} failed with ${connectionError(error)}.`,
          EXAMPLE,
        );
      });
    return read(text, `${at} answered ${status}`);
  };

/** @param timeoutMs the time after which the command is killed; 0: never */
export const commandObserver =
  (command: string, timeoutMs = TIMEOUT_MS): Observer =>
  async (order) => {
    const [program = '', ...args] = command.split(' ').filter((word) => word !== '');
    const { stdout } = await promisify(execFile)(program, [...args, order], { timeout: timeoutMs }).catch(
      (error: unknown) => {
        const { killed } = error as { readonly killed?: boolean };
        const why = killed ? `it did not end within ${timeoutMs / 1000} s` : shortened(errorText(error), 300);
        throw Problem.failed(`The observer's command failed: ${why}`, EXAMPLE);
      },
    );
    return read(stdout, `"${command}" printed`);
  };

function read(text: string, source: string): Goods {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), goods), text);
  if (parsed.success) return parsed.output;
  throw Problem.failed(
    `The answer of the observer cannot be read: ${source} ${JSON.stringify(shortened(text, 120))}; allowed: {"given": NUMBER, "taken": NUMBER}.`,
    EXAMPLE,
  );
}
