/** The faults of a world until they end, and the behaviour of its shop. */
import { DAY, START_MS } from './constants.ts';
import { type FaultRates, NO_FAULTS } from './engine.ts';
import type { Random } from './random.ts';
import type { ShopModel } from './shop.ts';

export function drawFaults(random: Random, races: boolean): FaultRates {
  if (races) {
    return random.pick([
      { crash: 0, refused: 0, answerLost: 0, slow: 0, stall: 0.4 },
      { crash: 0.02, refused: 0.02, answerLost: 0.02, slow: 0.02, stall: 0.3 },
    ]);
  }
  return random.pick([
    NO_FAULTS,
    { crash: 0.02, refused: 0.02, answerLost: 0.02, slow: 0.01, stall: 0.1 },
    { crash: 0.1, refused: 0.05, answerLost: 0.1, slow: 0.02, stall: 0 },
    { crash: 0, refused: 0.3, answerLost: 0, slow: 0, stall: 0 },
    { crash: 0.01, refused: 0, answerLost: 0, slow: 0.15, stall: 0 },
  ]);
}

/** @param storyMs the time in which the providers send their first copies, in milliseconds */
export function drawShop(shop: ShopModel, random: Random, storyMs: number): void {
  const roll = random.next();
  if (roll < 0.06) shop.behaviour = 'selective';
  else if (roll < 0.12) {
    shop.behaviour = 'closed';
    shop.closesAt = START_MS + random.next() * storyMs;
    // The shop is closed until every effect has failed. Then operators redeliver the effects.
    if (random.chance(0.6)) shop.opensAt = START_MS + 6 * DAY;
  }
}
