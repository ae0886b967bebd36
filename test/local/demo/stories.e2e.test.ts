/** The demo's stories against the whole stack. The demo fails for a story with a wrong expectation. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountFor, runStory } from '../../../local/demo/run-story.ts';
import { type Story, stories } from '../../../local/demo/stories.ts';
import { demoConfig } from '../../../local/project.ts';
import { type LocalStack, startLocalStack } from '../../../local/stack.ts';

const SEED = 10_203_040;
let stack: LocalStack;

beforeAll(async () => {
  stack = await startLocalStack({ config: demoConfig() });
});
afterAll(() => stack.stop());

const accountOf = (story: Story) => {
  const account = accountFor(stack.accounts, story);
  if (account === undefined) throw new Error(`no account of ${story.provider}`);
  return account;
};

describe('every story', () => {
  for (const story of stories(SEED)) {
    it(`${story.provider}: ${story.title}`, async () => {
      const results = await runStory(stack, accountOf(story), story);
      expect(results.problems).toEqual([]);
    });
  }
});

it('a story with wrong expectations reports each difference as a problem', async () => {
  const story = stories(SEED + 1).find(({ becomes }) => becomes === 'nothing');
  if (story === undefined) throw new Error('no story of a forgery');
  const wrong: Story = {
    ...story,
    steps: story.steps.map((step) => ({ ...step, answer: 200 })),
    fulfils: 1,
  };
  const { problems } = await runStory(stack, accountOf(story), wrong);
  expect(problems).toEqual([
    expect.stringContaining('answered 401 instead of 200'),
    expect.stringContaining('the provider would not take the answer'),
    'fulfilled 0 times instead of 1',
  ]);
});
