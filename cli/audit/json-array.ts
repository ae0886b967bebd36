/** The elements of one long JSON array as text, one after another; only one of them is in memory. */
import { Problem } from '../problem.ts';

const OPENING = new Set(['[', '{']);
const CLOSING = new Set([']', '}']);

/** @throws Problem when the array ends too early, or something follows it */
export async function* elementsOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  const reader = new ArrayReader();
  for await (const piece of pieces) yield* reader.read(piece);
  if (!reader.isOver) throw Problem.usage('The JSON array is not closed: the file is cut off.');
}

class ArrayReader {
  isOver = false;
  /** Number of open brackets; 1 inside the array. */
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  #element = '';

  /** @returns the elements that this piece completes */
  read(piece: string): readonly string[] {
    const whole: string[] = [];
    for (const char of piece) {
      if (this.#endsElement(char)) {
        const element = this.#element.trim();
        // `[]` has no element; a comma without an element is passed on, and the parser refuses it.
        if (element !== '' || char === ',') whole.push(element);
        this.#element = '';
      } else if (this.#depth > 0 && !this.#opensArray) this.#element += char;
      this.#opensArray = false;
    }
    return whole;
  }

  #opensArray = false;

  /** Counts the brackets. Returns true when the character is the array's own comma or its end. */
  #endsElement(char: string): boolean {
    if (this.#isText) {
      this.#follow(char);
      return false;
    }
    if (this.isOver && /\S/.test(char))
      throw Problem.usage('There is text after the end of the JSON array.', 'Allowed: one array.');
    if (char === '"') this.#isText = true;
    if (OPENING.has(char)) {
      this.#opensArray = this.#depth === 0;
      this.#depth += 1;
    }
    if (CLOSING.has(char)) {
      this.#depth -= 1;
      this.isOver = this.#depth === 0;
      return this.isOver;
    }
    return char === ',' && this.#depth === 1;
  }

  #follow(char: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (char === '\\') this.#isEscaped = true;
    else if (char === '"') this.#isText = false;
  }
}
