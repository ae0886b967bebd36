/** The recording at the top of README: its drawing, and its lines, which the commands still print. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { banner } from '../../local/banner.ts';
import type { LocalStack } from '../../local/stack.ts';
import { COLUMNS, cut, type Step, terminalSvg } from '../../tools/recording/svg.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const recorded = read('docs/images/start.svg');
const shown = [...recorded.matchAll(/<text class="(\w+)"[^>]*>([^<]*)</g)].map(
  ([, style = '', text = '']) => ({
    style,
    text: text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  }),
);
const texts = shown.map(({ text }) => text);

describe('a terminal as SVG', () => {
  const steps: readonly Step[] = [
    { lines: [{ text: '$ first <&>', style: 'prompt' }], seconds: 1 },
    { lines: Array.from({ length: 40 }, (_, at) => ({ text: `line ${at}`, style: 'plain' })), seconds: 3 },
  ];
  const svg = terminalSvg('a title', 'what <happens>', steps);

  it('the SVG has a title and a description, and escapes the markup in its texts', () => {
    expect(svg).toContain('<title id="t">a title</title>');
    expect(svg).toContain('what &lt;happens&gt;');
    expect(svg).toContain('$ first &lt;&amp;&gt;');
  });

  it('the SVG shows its end without motion where the reader prefers reduced motion', () => {
    const [before = '', motion = ''] = svg.split('@media (prefers-reduced-motion:no-preference){');
    expect(before).toContain('#all{transform:translateY(-266px)}');
    expect(before).not.toMatch(/animation|visibility:hidden/);
    expect(motion).toContain('.s1{animation:a1 4s step-end infinite}');
  });

  it('the SVG shows each step after the step before, and scrolls when the screen is full', () => {
    expect(svg).toContain('@keyframes a1{0%,25%{visibility:hidden}25.25%,100%{visibility:visible}}');
    expect(svg).toContain('@keyframes scroll{0%{transform:translateY(0px)}25%{transform:translateY(-266px)}');
  });

  it('cut shortens a line to the columns of the terminal and ends with …', () => {
    expect(cut('x'.repeat(COLUMNS))).toHaveLength(COLUMNS);
    expect(cut('x'.repeat(COLUMNS + 1))).toMatch(/^x+…$/);
    expect(cut('x'.repeat(COLUMNS + 1))).toHaveLength(COLUMNS);
  });
});

describe('the recording in README', () => {
  it('the recording is in README, below 60,000 characters, and has no line longer than its columns', () => {
    expect(read('README.md')).toContain('](docs/images/start.svg)');
    expect(recorded.length).toBeLessThan(60_000);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(COLUMNS);
  });

  it('the recording shows a pingback, its repetition and an altered copy, answered OK, OK and unauthorized', () => {
    const answers = shown.filter(({ style }) => style === 'good' || style === 'bad').map(({ text }) => text);
    expect(answers).toEqual(['OK', 'OK', 'unauthorized']);
    expect(texts.filter((text) => / event +fulfil +delivered/.test(text))).toHaveLength(1);
    expect(texts.filter((text) => /^\S+ \S+ {2}401 {2}paymentwall/.test(text))).toHaveLength(1);
  });

  // If this test fails: npm run recording.
  it('the recording shows every line that the first screen prints now', () => {
    const stack = {
      baseUrl: 'http://127.0.0.1:8787',
      environment: 'sandbox',
      engine: { name: 'dynoxide', keeps: 'a folder' },
      accounts: [],
      config: { target: { type: 'eventbridge' } },
      template: { buses: ['payhooks-sandbox'] },
    } as unknown as LocalStack;
    const today = banner(stack, { seconds: 1, colour: false, dataDir: undefined }).trim().split('\n');
    const bare = (text: string) => text.replace(/[\d.]+ s /, 'N s ');
    const wanted = today.map(bare).filter((line) => line !== '' && !line.startsWith('Ctrl-C'));
    expect(wanted.filter((line) => !texts.map(bare).includes(line))).toEqual([]);
  });

  it('the recording shows the column headings that the commands print now', () => {
    const code = execFileSync('git', ['grep', '-h', 'table(\\[\\|heading = ', '--', 'cli'], {
      cwd: root,
    }).toString();
    const headings = texts.filter((text) => /^[A-Z]+(?: \([A-Z]+\))? {2,}[A-Z]/.test(text));
    expect(headings).toHaveLength(2);
    for (const heading of headings) {
      expect(code).toContain(
        `[${heading
          .split(/ {2,}/)
          .map((word) => `'${word}'`)
          .join(', ')}]`,
      );
    }
  });
});
