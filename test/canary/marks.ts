/** Marks, which no sink may contain in any form. */

export interface Mark {
  readonly name: string;
  readonly text: string;
}

export interface Leak {
  readonly mark: string;
  readonly form: string;
}

/** The minimum length of a mark: a shorter mark could occur by chance. */
export const MARKS_MIN = 8;

/**
 * Every form of a mark. Base64 encodes groups of three bytes, so the form of a mark depends on its position: the result
 * has all three positions, without the characters that also encode neighbouring bytes.
 */
export function formsOf(text: string): ReadonlyMap<string, string> {
  const known = made.get(text);
  if (known !== undefined) return known;
  const bytes = Buffer.from(text, 'utf8');
  const forms = new Map<string, string>([
    ['plain', text],
    ['hex', bytes.toString('hex')],
    ['URL', encodeURIComponent(text)],
    ['form', new URLSearchParams({ v: text }).toString().slice(2)],
    ['JSON', JSON.stringify(text).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1)],
    [
      'JSON, ASCII',
      JSON.stringify(text)
        .slice(1, -1)
        .replace(/[^\x20-\x7e]/g, escapeUnit),
    ],
  ]);
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((shifted.length * 8) / 6);
    for (const encoding of ['base64', 'base64url'] as const) {
      forms.set(`${encoding} at ${offset}`, shifted.toString(encoding).slice(from, to));
    }
  }
  made.set(text, forms);
  return forms;
}
const made = new Map<string, ReadonlyMap<string, string>>();

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Finds marks in any case, for example HEX, %2b and Base64 in lower case. */
export function leaksIn(sink: string, marks: readonly Mark[]): Leak[] {
  const text = sink.toLowerCase();
  return marks.flatMap(({ name, text: mark }) => {
    if (mark.length < MARKS_MIN) throw new Error(`the mark ${name} is too short`);
    return [...formsOf(mark)]
      .filter(([, form]) => text.includes(form.toLowerCase()))
      .map(([form]) => ({ mark: name, form }));
  });
}
