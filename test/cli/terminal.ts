/** Runs `payhooks` in this process, as a terminal would, and keeps what it said. */

import { main } from '../../cli/main.ts';
import type { LocalStack } from '../../local/stack.ts';
import { announceRunning } from '../../local/template/running.ts';

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Desk {
  run(words: readonly string[], stdin?: string): Promise<Said>;
  /** The JSON of a command that must succeed. */
  json<T>(words: readonly string[], stdin?: string): Promise<T>;
}

/** A desk in front of the stack that `folder` announces. */
export function deskAt(folder: string): Desk {
  const run: Desk['run'] = async (words, stdin = '') => {
    const said = { out: '', err: '' };
    const code = await main(words, {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      colour: false,
      stdin: async () => stdin,
      runningFolder: folder,
    });
    return { code, ...said };
  };
  return {
    run,
    json: async (words, stdin) => {
      const { code, out, err } = await run([...words, '--json'], stdin);
      if (code !== 0) throw new Error(`payhooks ${words.join(' ')}: ${code}: ${err}${out}`);
      return JSON.parse(out);
    },
  };
}

export function announce(folder: string, { baseUrl, awsEndpoint, awsCredentials, config }: LocalStack): void {
  announceRunning(folder, {
    ...{ pid: process.pid, baseUrl, awsEndpoint, awsCredentials, config },
    startedAt: new Date().toISOString(),
  });
}
