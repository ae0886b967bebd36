/** Memory and CPU of a process and of all that it started, as Linux tells them; elsewhere of this process alone. */
import { readFileSync } from 'node:fs';

interface Memory {
  /** MB, a page that several processes share counted once. */
  readonly shared: number;
  /** MB, such a page counted in each of them. */
  readonly apart: number;
  readonly processes: number;
}

interface Cpu {
  /** Milliseconds of the process, and of all that it started, also of those that have ended. */
  readonly all: number;
  /** Of the process itself. */
  readonly own: number;
}

/** The file of a process; empty when the process has ended, or when the system has none. */
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

/** Linux counts in hundredths of a second. */
const TICK_MS = 10;

export function cpuOf(pid: number): Cpu {
  const text = contentOf(pid, 'stat');
  if (text === '' && pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return { all: (user + system) / 1_000, own: (user + system) / 1_000 };
  }
  // The second member is the name in brackets, and may have spaces.
  const members = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, endedUser, endedSystem] = members
    .slice(11, 15)
    .map((ticks) => Number(ticks) * TICK_MS);
  const own = (user ?? 0) + (system ?? 0);
  const ended = (endedUser ?? 0) + (endedSystem ?? 0);
  return { own, all: own + ended + sum(childrenOf(pid).map((child) => cpuOf(child).all)) };
}
