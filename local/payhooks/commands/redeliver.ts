import { redeliver } from '../../../shared/aws/operate-redeliver.ts';
import { effectsOf } from '../../../shared/aws/outbox.ts';
import type { Command } from '../command.ts';
import { operateDeps } from '../deps.ts';
import { done } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { WHO_OPTIONS, whoOf } from '../who.ts';

export const redeliverCommand: Command = {
  name: 'redeliver',
  args: 'EFFECT',
  arity: [1, 1],
  summary: 'send one event to the merchant once more, under the same id',
  details: [
    'EFFECT is the id that the event carries, <payment>#<name> (quote it: # begins a comment in a shell).',
    'For one that failed, or that was delivered and lost. Goods whose grant is over are not given again.',
    'A merchant that honours the idempotency key does nothing twice.',
  ],
  options: WHO_OPTIONS,
  run: async ({ args: [id = ''], flags, world }) => {
    const who = whoOf(flags, world);
    const connection = await world.connect();
    const [payment = ''] = id.split('#', 1);
    const effects = await effectsOf(connection.store, payment);
    if (!effects.some(({ effect }) => effect.id === id)) {
      const known = effects.map(({ effect }) => `"${effect.id}"`).join(', ');
      const next = known === '' ? 'See payhooks payments list --all.' : `This payment has ${known}.`;
      throw new Problem(EXIT.notFound, `There is no effect "${id}" in ${connection.label}.`, next);
    }
    const { effect, underWay } = await redeliver(id, who, await operateDeps(connection));
    return done(
      { effect: id, type: effect.type, underWay, redeliveries: effect.redeliveries ?? 0 },
      underWay ? `${id} is on its way already; its message was sent once more.` : `${id} is sent again.`,
      `Next: payhooks payments show ${payment}`,
    );
  },
};
