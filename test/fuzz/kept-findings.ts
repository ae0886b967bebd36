/**
 * Writes each finding to a file, with the seed, the bytes of the request and the command that repeats it. A campaign
 * draws its seed, so a finding that is not kept is lost.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from './fuzz.ts';
import { contentOf } from './wire.ts';

/** Not under version control. */
export const FINDINGS_DIRECTORY = 'reports/fuzz';

export interface Origin {
  readonly seed: number;
  readonly intake: string;
  readonly control?: string | undefined;
}

export const replayOf = ({ seed, intake, control }: Origin, index: number): string =>
  `npm run fuzz -- --seed ${seed} --provider ${intake}${control === undefined ? '' : ` --control "${control}"`} --run ${index}`;

/** @returns the file's path */
export function keepFinding(
  run: Pick<Run, 'finding' | 'how' | 'status' | 'message'>,
  index: number,
  { origin, directory = FINDINGS_DIRECTORY }: { readonly origin: Origin; readonly directory?: string },
): string {
  const { body, query, ...request } = run.message;
  const content = {
    finding: run.finding,
    replay: replayOf(origin, index),
    ...origin,
    index,
    how: run.how,
    status: run.status,
    request: { ...request, query, bodyBase64: Buffer.from(body).toString('base64') },
    content: contentOf(run.message).toString('utf8'),
  };
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${origin.seed}-${origin.intake}-${index}.json`);
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
}
