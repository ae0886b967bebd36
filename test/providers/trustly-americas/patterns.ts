/** For each kind of field: allowed texts and refused texts. */

export const digits = (count: number) => '9'.repeat(count);
export const text = (count: number) => 'a'.repeat(count);

export const ID = {
  good: ['0', '7', '000123', digits(32)],
  bad: [digits(33), 'x1', '1x', '-1', '1.0', '1 2', '٣'],
};
export const NUMBER = {
  good: ['0', '9', '14', '999'],
  bad: ['00', '04', '1000', '1x', 'x1', '-1', '1 ', '1.0', '٣'],
};
export const CODE = { good: ['5', 'AC100', 'a_b.c-D', text(32)], bad: [text(33), 'a b', 'a&b', 'a=b', 'é'] };
export const REFERENCE = {
  good: ['7', 'a=b c', 'é', ':/?#', text(255)],
  bad: ['a&b', '&', 'a\n', '\u0000', '\u007f', '\u0085', text(256)],
};
export const POSITIVE = {
  good: ['0', '25', '25.0', '25.0000', '123456789012.00'],
  bad: ['-1', '25.', '.5', '25.00000', '1234567890123', 'x25', '25x', '1e3', '1,5', '25.x'],
};
export const BOOLEAN = {
  good: ['true', 'false', 'TRUE', 'False'],
  bad: ['truex', 'xtrue', 'xfalse', 'falsex', '1', 'yes'],
};
export type Cases = Readonly<
  Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>
>;
