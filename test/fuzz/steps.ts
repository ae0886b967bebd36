/**
 * Measures work in steps instead of time: V8 counts how often each block of our own code runs. The same input gives the
 * same count on every machine, so a test can check a bound. Counting must begin before the code is loaded, so it runs
 * in its own process: `node test/fuzz/steps.ts` prints one JSON line per shape.
 */
import { Session } from 'node:inspector/promises';
import type { Target } from './target.ts';

export const SIZES = [1_000, 4_000, 16_000, 64_000];

export interface Steps {
  readonly provider: string;
  readonly shape: string;
  readonly isSigned: boolean;
  /** Number of steps, in the order of SIZES. */
  readonly steps: readonly number[];
  readonly statuses: readonly number[];
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/** Number of blocks of files below shared/ that ran since the last call. */
async function taken(session: Session): Promise<number> {
  const { result } = (await session.post('Profiler.takePreciseCoverage')) as Coverage;
  return result
    .filter(({ url }) => url.includes('/shared/'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
    .reduce((sum, count) => sum + count, 0);
}

async function main(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const { targets } = await import('./targets.ts');
  const { benchOf, NOW } = await import('./fuzz.ts');
  const { shaped, shapeNames } = await import('./shapes.ts');
  const { toEvent } = await import('./wire.ts');

  const measure = async (target: Target, shape: string, isSigned: boolean): Promise<Steps> => {
    const bench = benchOf(target);
    const send = async (size: number) =>
      (await bench.handle(toEvent(shaped(target, shape, size, isSigned), NOW))).statusCode ?? 0;
    await send(10);
    const steps: number[] = [];
    const statuses: number[] = [];
    for (const size of SIZES) {
      await taken(session);
      statuses.push(await send(size));
      steps.push(await taken(session));
    }
    return { provider: target.provider.name, shape, isSigned, steps, statuses };
  };
  for (const target of targets) {
    for (const shape of shapeNames(target)) {
      for (const isSigned of [true, false]) {
        process.stdout.write(`${JSON.stringify(await measure(target, shape, isSigned))}\n`);
      }
    }
  }
  session.disconnect();
}

if (process.argv[1] === import.meta.filename) await main();
