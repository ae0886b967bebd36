/** Runs `payhooks` in this process as a terminal would, and keeps its output. */

import { main } from '../../cli/main.ts';
import type { LocalStack } from '../../local/stack.ts';
import { announceRunning, demoKeysOf } from '../../local/template/running.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Desk {
  run(words: readonly string[], stdin?: string): Promise<Printed>;
  /** Starts a command that runs until it is ended. */
  start(words: readonly string[]): Running;
  /** The JSON of a command that must succeed. */
  json<T>(words: readonly string[], stdin?: string): Promise<T>;
}

interface Running {
  /** The output so far. */
  readonly printed: { readonly out: string; readonly err: string };
  /** Presses Ctrl-C, and waits for the exit code and the output. */
  stop(): Promise<Printed>;
  /** The exit code and the output, whatever ended the command. */
  readonly ended: Promise<Printed>;
}

/** Runs commands on the stack that `folder` announces. */
export function deskAt(folder: string): Desk {
  const begin = (words: readonly string[], stdin = ''): Running => {
    const printed = { out: '', err: '' };
    const controller = new AbortController();
    const code = main(words, {
      out: (text) => {
        printed.out += text;
      },
      err: (text) => {
        printed.err += text;
      },
      colour: false,
      stdin: async () => stdin,
      runningFolder: folder,
      stopping: () => controller.signal,
    });
    const ended = code.then((ending) => ({ code: ending, ...printed }));
    const stop = () => {
      controller.abort();
      return ended;
    };
    return { printed, stop, ended };
  };
  const run: Desk['run'] = (words, stdin) => begin(words, stdin).ended;
  return {
    run,
    start: (words) => begin(words),
    json: async (words, stdin) => {
      const { code, out, err } = await run([...words, '--json'], stdin);
      if (code !== 0) throw new Error(`payhooks ${words.join(' ')}: ${code}: ${err}${out}`);
      return JSON.parse(out);
    },
  };
}

export function announce(
  folder: string,
  { baseUrl, awsEndpoint, awsCredentials, config, credentials }: LocalStack,
): void {
  announceRunning(folder, {
    ...{ pid: process.pid, baseUrl, awsEndpoint, awsCredentials, config },
    startedAt: new Date().toISOString(),
    demoKeys: demoKeysOf(credentials),
  });
}
