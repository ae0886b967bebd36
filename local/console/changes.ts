/** That something happened in the local stack, for whoever looks at it. */
export class Changes {
  readonly #listeners: (() => void)[] = [];

  happened(): void {
    for (const listener of this.#listeners) listener();
  }

  listen(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
