const MAX_SHOWN = 80;

/** Shortens typed text for use in a sentence. */
export const shortened = (text: string, most = MAX_SHOWN): string =>
  text.length <= most ? text : `${text.slice(0, most)}…`;
