/**
 * Ends a child process when this one ends, even by `kill -9`, which leaves no time to clean up. A shell waits on a pipe
 * that nobody writes to; the operating system closes the pipe when this process ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { platform } from 'node:os';

/** Ctrl-C and a closed terminal signal the whole process group; the guard has to survive them. */
const SCRIPT = 'trap "" INT TERM HUP; read -r _; kill -9 "$1" 2>/dev/null';

/**
 * @returns a function that ends the guard; call it as soon as the child has ended, because another process may get its
 * id
 */
export function guard(child: ChildProcess): () => Promise<void> {
  // Windows has no such shell.
  if (child.pid === undefined || platform() === 'win32') return async () => {};
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'payhooks-guard', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  // The shell must not keep this process alive.
  shell.unref();
  (shell.stdin as Socket | null)?.unref();
  return () => {
    // From here on, wait for it.
    shell.ref();
    shell.kill('SIGKILL');
    return gone;
  };
}
