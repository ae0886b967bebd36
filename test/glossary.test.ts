/** Names in the code use the words of docs/glossary.md: each word has one meaning. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifiersIn, identifiersOf, wordsOf } from './support/identifiers.ts';
import { root, sourceFiles } from './support/source-files.ts';

/** Words that no name may contain, each with the words to use instead. */
const BANNED: Readonly<Record<string, string>> = {
  told: 'normalized (a normalized event), announced (to the merchant) or registered',
  tell: 'normalize, notify or announce',
  teller: 'describer, or what it makes',
  tellings: 'messages or normalizedEvents',
  news: 'notification, message or evidence',
  aside: 'quarantined, parked, dead letter or conflicting duplicate',
  untold: 'pending (an effect), or what is missing',
  heard: 'received, accepted or arrived',
  owed: 'undelivered (an effect) or due (money)',
  awaits: 'waitsFor',
  played: 'results of a story or a scenario',
  face: 'announcedAs',
  who: 'operatorNote (by and note), or what the name stands for',
  whom: 'what the name stands for',
  whose: 'accountOf, or what the name stands for',
};

/** More words that no name in shared/ and console/ may contain. In other folders `said` may name printed text. */
const BANNED_IN_PRODUCT: Readonly<Record<string, string>> = {
  said: 'summary, announced, claimed, or what the text is',
};
const PRODUCT = /^(?:shared|console)\//;

/** "Ask" is kept for questions: Trustly Europe asks the merchant. Elsewhere a name says what the thing is. */
const ASK = /^ask(?:s|ed|ing)?$/;
const SAY_INSTEAD = 'poll (a provider’s API), requested, wanted, filter, or what the name stands for';
const OF_QUESTIONS =
  /^(?:test|shared\/app\/http\/(?:withdrawal|decision-hook)|shared\/app\/table\/stored-answer|shared\/(?:aws\/runtime|providers|providers\/trustly-europe)\/questions?\.|local\/demo\/decider)/;
/** Names of questions that other files use, and fields of rows and of JSON that may not change. */
const ASKING_NAMES: readonly string[] = [
  ...['asksQuestions', 'not_asked', 'askingAt', 'asks', 'firstAskedAt', 'httpsAsk', 'Ask', 'Asked'],
  ...['askedAt', 'askSupport', 'ask-to-resend'],
];

/** Names that no code may have, because another word is the name of the thing. Each has the name to use instead. */
const TAKEN: Readonly<Record<string, string>> = {
  DecideDeps: 'AnswerDeps: a question gets an answer; a decision is an operator’s',
  DecisionRow: 'QuestionRow: the row of a question',
  Decided: 'QuestionAnswer',
  DeliveryRow: 'ShippingRow: a delivery brings an effect to the merchant',
  DeliveryReport: 'ShippingReport',
  Delivered: 'ShippingRound',
  AskingProps: 'PollingProps',
  GrantQuestion: 'GrantInput',
  Who: 'OperatorNote',
  envelopes: 'messages',
};

/** Names in rows or output of an earlier version, with the files that may have them so that both stay readable. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  asked: ['cli/refunds.ts', 'console/page/views/payment.tsx'],
  toldKey: [
    'local/console/inspect.ts',
    'shared/app/table/rows.ts',
    'tools/docs/personal-data/rows.ts',
    'test/app/kyc-evidence.test.ts',
    'test/app/transition/counted.test.ts',
    'test/app/schedules/confirm.test.ts',
  ],
  awaits: ['test/cli/waiting-for.test.ts'],
  owed: [
    'cli/commands/payments-list.ts',
    'cli/refunds.ts',
    'console/contract.ts',
    'console/page/views/payment.tsx',
    'console/server/next-steps.ts',
  ],
};

const files = sourceFiles(
  ['shared', 'console', 'functions', 'infra', 'cli', 'local', 'tools', 'test', 'examples'],
  /\.tsx?$/,
).filter(
  // This file names the banned words.
  (path) => path !== 'test/glossary.test.ts',
);

/** The names in a page's blocks of TypeScript. A block `ts registry` is skipped: it is one line of a file. */
const namesInBlocks = (page: string): readonly string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts(?! registry).*\n([\s\S]*?)^```/gm)].flatMap(
    ([, block = '']) => [...identifiersIn(`${page}.ts`, block)],
  );

function wrongNames(
  path: string,
  names: Iterable<string> = path.endsWith('.md') ? namesInBlocks(path) : identifiersOf(path),
): readonly string[] {
  const wrong = PRODUCT.test(path) ? { ...BANNED, ...BANNED_IN_PRODUCT } : BANNED;
  const file = basename(path).split('.')[0] ?? '';
  return [...names, file].flatMap((name) => {
    if (Object.hasOwn(KEPT, name) && KEPT[name]?.includes(path)) return [];
    const taken = Object.hasOwn(TAKEN, name) ? [`${name}: say ${TAKEN[name]}`] : [];
    const banned = wordsOf(name).filter((word) => Object.hasOwn(wrong, word));
    const isAsking =
      !OF_QUESTIONS.test(path) &&
      !ASKING_NAMES.includes(name) &&
      wordsOf(name).some((word) => ASK.test(word));
    if (isAsking) taken.push(`${name}: say ${SAY_INSTEAD}`);
    return [...taken, ...banned.map((word) => `${name}: for "${word}" say ${wrong[word]}`)];
  });
}

/** Words that say one of several things. A text uses the word of the glossary for the one that it means. */
const VAGUE = /\bnews\b|\b(?:kept|keeps?|sets?|puts?|moves?)\s+(?:it\s+|them\s+)?aside\b/i;

describe('texts', () => {
  const pages = sourceFiles(['docs', 'shared', 'examples'], /\.md$/);
  it.each([...files.filter((path) => !path.startsWith('test/')), ...pages])(
    '%s says neither news nor set aside',
    (path) => {
      const lines = readFileSync(join(root, path), 'utf8').split('\n');
      expect(lines.filter((line) => VAGUE.test(line))).toEqual([]);
    },
  );
});

describe('names in the code', () => {
  it.each(files)('%s uses the words of the glossary', (path) => {
    expect(wrongNames(path)).toEqual([]);
  });

  it.each(sourceFiles(['docs', 'shared', 'examples'], /\.md$/))(
    'the page %s and its blocks of TypeScript use the words of the glossary',
    (path) => {
      expect(wrongNames(path)).toEqual([]);
    },
  );

  it('wrongNames finds a banned word in a name of the code and in a quoted name', () => {
    const names = identifiersIn('a.ts', "const told = { name: 'slo-heard', title: 'who is heard' };");
    expect(wrongNames('a.ts', names)).toEqual([
      `told: for "told" say ${BANNED.told}`,
      `slo-heard: for "heard" say ${BANNED.heard}`,
    ]);
  });

  it('only a file about questions may have a name of its own with the word ask', () => {
    expect(wrongNames('cli/a.ts', ['askedFor', 'asksQuestions'])).toEqual([`askedFor: say ${SAY_INSTEAD}`]);
    expect(wrongNames('shared/app/http/decision-hook.ts', ['askedFor'])).toEqual([]);
  });

  it('a name that is kept for an earlier version is still in use in its files', () => {
    for (const [name, paths] of Object.entries(KEPT)) {
      for (const path of paths) expect([...identifiersOf(path)], path).toContain(name);
    }
  });

  it('wordsOf splits a name at capitals, underscores and hyphens', () => {
    expect(wordsOf('toldKeyOf')).toEqual(['told', 'key', 'of']);
    expect(wordsOf('MAX_WHO_CHARACTERS')).toEqual(['max', 'who', 'characters']);
    expect(wordsOf('run-story')).toEqual(['run', 'story']);
  });

  it('the glossary defines every word in one row, in alphabetical order', () => {
    const text = readFileSync(join(import.meta.dirname, '../docs/glossary.md'), 'utf8');
    const words = [...text.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map((match) => match[1] ?? '');
    expect(words.length).toBeGreaterThanOrEqual(30);
    expect(words).toEqual([...new Set(words)].sort((a, b) => a.localeCompare(b)));
  });
});
