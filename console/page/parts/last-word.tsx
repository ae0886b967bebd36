/** "Did my shop hear it?": the last word about the goods that was delivered, and when. */
import type { EffectShown } from '../../contract.ts';
import { useCapabilities } from '../context.ts';
import { lastWordOf } from '../goods.ts';
import { Time } from './values.tsx';

export function LastWord({ events }: { events: readonly EffectShown['effect'][] }) {
  const { target } = useCapabilities();
  const word = lastWordOf(events, target);
  if (word === undefined) return null;
  return (
    <p>
      {word.says} (<Time at={word.at} />
      ).
    </p>
  );
}
