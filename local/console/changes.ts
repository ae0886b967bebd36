/** Notifies listeners that something changed in the local stack. */
export class Changes {
  readonly #listeners: (() => void)[] = [];

  happened(): void {
    for (const listener of this.#listeners) listener();
  }

  listen(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
