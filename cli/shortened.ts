const MAX_SHOWN = 80;

/** Of what was typed, as much as belongs into a sentence. */
export const shortened = (text: string, most = MAX_SHOWN): string =>
  text.length <= most ? text : `${text.slice(0, most)}…`;
