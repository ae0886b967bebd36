/**
 * Ends a child process when this one is gone, also by `kill -9`, which leaves no time to tidy up. A shell waits on a
 * pipe that nobody writes to: the system closes it whichever way this process ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { platform } from 'node:os';

/** Ctrl-C and a closed terminal reach the whole process group; the guard has to outlive them. */
const SCRIPT = 'trap "" INT TERM HUP; read -r _; kill -9 "$1" 2>/dev/null';

/** @returns ends the guard; to be called as soon as the child is gone, since another process may get its number */
export function guard(child: ChildProcess): () => Promise<void> {
  // Windows has no such shell.
  if (child.pid === undefined || platform() === 'win32') return async () => {};
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'payhooks-guard', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  // It keeps nobody waiting.
  shell.unref();
  (shell.stdin as Socket | null)?.unref();
  return () => {
    // Now it is waited for.
    shell.ref();
    shell.kill('SIGKILL');
    return gone;
  };
}
