/** How bad a world is: what fails in it until the faults heal, and how its shop behaves. */
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

/** @param story how long the providers send, in milliseconds */
export function drawShop(shop: ShopModel, random: Random, story: number): void {
  const roll = random.next();
  if (roll < 0.06) shop.mood = 'picky';
  else if (roll < 0.12) {
    shop.mood = 'closed';
    shop.closesAt = START_MS + random.next() * story;
    // Long enough for every effect to fail; then operators redeliver them.
    if (random.chance(0.6)) shop.opensAt = START_MS + 6 * DAY;
  }
}
