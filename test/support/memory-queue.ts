/** The `Queue` port in memory: the accepted messages in order. `fails` simulates that SQS is down or does not answer. */
import type { Queue } from '../../shared/app/ports.ts';
import { checkMessage } from './aws-limits.ts';

export interface Sent {
  readonly body: string;
  readonly delaySeconds?: number;
  readonly group?: string;
}

export class MemoryQueue implements Queue {
  readonly sent: Sent[] = [];
  /** Called before a message is accepted. A throw refuses the message; a promise that never resolves is no answer. */
  fails: ((signal: AbortSignal | undefined) => void | Promise<void>) | undefined;

  async send(
    body: string,
    options: { readonly delaySeconds?: number; readonly group?: string; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const { signal, ...kept } = options;
    await this.fails?.(signal);
    checkMessage(body);
    this.sent.push({ body, ...kept });
  }

  /** Removes and returns all messages, parsed. */
  drain(): Record<string, unknown>[] {
    return this.sent.splice(0).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  }

  get bodies(): string[] {
    return this.sent.map(({ body }) => body);
  }
}
