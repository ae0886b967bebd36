/**
 * Building blocks of the configuration schemas of the stack (infra/schema.ts) and of each provider's accounts
 * (shared/providers/<name>/config.ts). Used at synth and by the command line; no function's bundle contains it.
 */
import * as v from 'valibot';

export const flag = (fallback: boolean) => v.optional(v.boolean('true or false'), fallback);

/** One of a few texts or numbers. */
export const oneOf = <const O extends readonly (string | number)[]>(...options: O) =>
  v.picklist(options, options.map((option) => JSON.stringify(option)).join(', '));

/** A refusal names the range and its reason. */
export const wholeNumber = (minimum: number, maximum: number, why: string) => {
  const allowed = `a whole number from ${minimum} to ${maximum} (${why})`;
  return v.pipe(
    v.number(allowed),
    v.integer(allowed),
    v.minValue(minimum, allowed),
    v.maxValue(maximum, allowed),
  );
};

export const text = (pattern: RegExp, allowed: string) =>
  v.pipe(v.string(allowed), v.regex(pattern, allowed));

/**
 * The URL, if it is written as a browser would write it. Otherwise blanks, tabs or another spelling of the host would
 * be used unchanged. Undefined: it is not, or it is not plain https.
 */
function httpsUrl(value: string): URL | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url?.protocol === 'https:' && url.username === '' && url.password === '';
  return isPlain && (url.href === value || url.href === `${value}/`) ? url : undefined;
}

const isPlainHttps = (value: string): boolean => httpsUrl(value) !== undefined && !/[?#]/.test(value);

/** An endpoint of the merchant. @param allowed the error's text: it names the limit and the secret that signs */
export const endpoint = (maximum: number, allowed: string) =>
  v.pipe(
    v.string(allowed),
    v.check((value) => isPlainHttps(value) && value.length <= maximum, allowed),
  );

const PAGE = 'an https:// URL as a browser writes it, without user, password and fragment';
/** A query is allowed: the merchant's page may need one to tell shops apart. */
export const page = v.pipe(
  v.string(PAGE),
  v.check((value) => httpsUrl(value) !== undefined && !value.includes('#'), PAGE),
);
