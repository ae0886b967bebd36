/** Findings: an area that fails does not hide the findings of another area, and no finding appears twice. */
import { describe, expect, it } from 'vitest';
import { type Area, attempt, type Examined, examine, type Found } from '../../../cli/doctor/finding.ts';
import { EXIT, Problem } from '../../../cli/problem.ts';

const patient = {} as Examined;
const denied = Object.assign(new Error('not allowed'), { name: 'AccessDeniedException' });
const ok = (check: string): Found => ({ check, verdict: 'ok', detail: 'well' });
const area = (name: string, look: () => AsyncIterable<Found>): Area => ({ name, examine: look });

describe('examine', () => {
  it('examine keeps the findings of an area from before its failure, and examines the other areas', async () => {
    const broken = area('queues', async function* () {
      yield ok('depth');
      throw new Problem(EXIT.failed, 'The queue is gone.', 'Deploy again.');
    });
    const well = area('tables', async function* () {
      yield ok('there');
    });
    expect(await examine([broken, well], patient)).toEqual([
      { area: 'queues', check: 'depth', verdict: 'ok', detail: 'well' },
      {
        ...{ area: 'queues', check: 'can be examined', verdict: 'fail' },
        ...{ detail: 'The queue is gone.', next: 'Deploy again.' },
      },
      { area: 'tables', check: 'there', verdict: 'ok', detail: 'well' },
    ]);
  });

  it('examine returns one finding when two areas of one name find the same', async () => {
    const same = area('secrets', async function* () {
      yield ok('read');
    });
    expect(await examine([same, same], patient)).toHaveLength(1);
  });

  it('examine returns unknown for an area that may not be read', async () => {
    const closed = area('alarms', async function* () {
      yield ok('read');
      throw denied;
    });
    expect((await examine([closed], patient)).at(-1)).toMatchObject({
      check: 'permissions',
      verdict: 'unknown',
    });
  });
});

describe('attempt', () => {
  it('attempt returns the result, or a finding with the error: fail, or unknown when access is denied', async () => {
    expect(await attempt('depth', async () => 7)).toBe(7);
    const failed = await attempt('depth', () => Promise.reject(new TypeError('no number')));
    expect(failed).toEqual({ check: 'depth', verdict: 'fail', detail: 'TypeError: no number' });
    expect(await attempt('depth', () => Promise.reject(denied))).toMatchObject({ verdict: 'unknown' });
  });
});
