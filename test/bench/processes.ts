/** Memory and CPU of a process and its child processes, from Linux; on other systems of this process alone. */
import { readFileSync } from 'node:fs';

interface Memory {
  /** MB; a page that several processes share is counted once. */
  readonly shared: number;
  /** MB; a page that several processes share is counted in each process. */
  readonly apart: number;
  readonly processes: number;
}

interface Cpu {
  /** Milliseconds of the process and of all child processes, also of ended ones. */
  readonly all: number;
  /** Milliseconds of the process itself. */
  readonly own: number;
}

/** The content of a file of a process; empty when the process has ended or the system has no such file. */
function contentOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

const childrenOf = (pid: number): readonly number[] =>
  contentOf(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

export function memoryOf(pid: number): Memory {
  const text = contentOf(pid, 'smaps_rollup');
  if (text === '' && pid === process.pid) {
    const own = process.memoryUsage.rss() / 1e6;
    return { shared: own, apart: own, processes: 1 };
  }
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1_000;
  const children = childrenOf(pid).map(memoryOf);
  return {
    shared: megabytes('Pss') + sum(children.map(({ shared }) => shared)),
    apart: megabytes('Rss') + sum(children.map(({ apart }) => apart)),
    processes: 1 + sum(children.map(({ processes }) => processes)),
  };
}

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

export function cpuOf(pid: number): Cpu {
  const text = contentOf(pid, 'stat');
  if (text === '' && pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return { all: (user + system) / 1_000, own: (user + system) / 1_000 };
  }
  // The second member is the name in brackets, which may contain spaces.
  const members = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, endedUser, endedSystem] = members
    .slice(11, 15)
    .map((ticks) => Number(ticks) * TICK_MS);
  const own = (user ?? 0) + (system ?? 0);
  const ended = (endedUser ?? 0) + (endedSystem ?? 0);
  return { own, all: own + ended + sum(childrenOf(pid).map((child) => cpuOf(child).all)) };
}
