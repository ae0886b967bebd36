/** Sends each byte mutation of the catalogue to each provider's intake, and checks the answer and the outcome. */
import { describe, expect, it } from 'vitest';
import { scenarios as shopScenarios } from '../../cli/accept/scenarios.ts';
import { ACCOUNTS, SECRETS } from '../canary/scenes.ts';
import { createWorld } from '../canary/world.ts';
import { NAMED, problemsOf, rowsOf } from '../docs/named-tests.ts';
import type { Message } from '../fuzz/wire.ts';
import { MUTATIONS, SENDERS } from './mutations.ts';

type Outcome = 'taken' | 'recorded' | 'quarantined' | `refused ${number}`;

async function outcomeOf(message: Message): Promise<Outcome> {
  const here = createWorld({ accounts: ACCOUNTS, secrets: SECRETS });
  const status = await here.send(message);
  if (status !== 200) {
    expect(here.notifications.sent).toEqual([]);
    return `refused ${status}`;
  }
  await here.workAll();
  if (here.store.all().some(({ pk }) => pk.startsWith('quarantine#'))) return 'quarantined';
  return here.target.types.includes('fulfil') ? 'taken' : 'recorded';
}

const NO_CASE = 'no such case';
const expected = new Map(
  rowsOf('docs/conformance.md', '| mutation |').map(([id = '', ...outcomes]) => [id, outcomes]),
);

describe('the mutations', () => {
  it('docs/conformance.md lists exactly the seventeen mutations of the test', () => {
    expect(Object.keys(MUTATIONS)).toHaveLength(17);
    expect([...expected.keys()]).toEqual(Object.keys(MUTATIONS));
  });

  for (const [column, sender] of SENDERS.entries()) {
    it.each(Object.entries(MUTATIONS))(
      `the mutation %s of ${sender.provider} has the outcome of docs/conformance.md`,
      async (id, mutate) => {
        const message = mutate(sender);
        const outcome = message === undefined ? NO_CASE : await outcomeOf(message);
        expect(outcome).toBe(expected.get(id)?.[column]);
      },
    );

    it(`the unaltered notification of ${sender.provider} is accepted and causes fulfil`, async () => {
      expect(await outcomeOf(sender.sign(sender.fields))).toBe('taken');
    });
  }
});

describe('the scenarios and flawed receivers', () => {
  const scenarios = rowsOf('docs/conformance.md', '| scenario |');
  const flaws = rowsOf('docs/conformance.md', '| flaw |');
  const numbers = scenarios.map(([name = '']) => name.split(' ')[0]);

  it('docs/conformance.md lists sixteen scenarios and nine flawed receivers', () => {
    expect(numbers).toEqual(scenarios.map((_, at) => `SCN-${String(at + 1).padStart(3, '0')}`));
    expect(scenarios).toHaveLength(16);
    expect(flaws.filter(([name = '']) => name.endsWith('-receiver'))).toHaveLength(9);
  });

  it.each(scenarios)(
    'the scenario %s names an existing test, a mutation or a reason',
    (_, held = '', shop = '') => {
      expect(problemsOf(held)).toEqual([]);
      expect([...held.matchAll(NAMED)].length > 0 || /^mutations? `|^none: /.test(held)).toBe(true);
      const named = /^(?:`[a-z-]+`(?:, )?)+$/.test(shop) ? [...shop.matchAll(/`([a-z-]+)`/g)] : [];
      for (const [, scenario] of named) expect(shopScenarios.map(({ id }) => id)).toContain(scenario);
    },
  );

  it.each(flaws)('the flaw %s names an existing test that notices the flaw', (_, held = '', shop = '') => {
    expect(held).toMatch(/^`test\//);
    expect(problemsOf(`${held} ${shop}`)).toEqual([]);
  });
});
