/** The recording at the top of README: how it is drawn, and that what it shows is what the commands still print. */
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

  it('says in words what it shows, and takes text as text', () => {
    expect(svg).toContain('<title id="t">a title</title>');
    expect(svg).toContain('what &lt;happens&gt;');
    expect(svg).toContain('$ first &lt;&amp;&gt;');
  });

  it('shows its end where nothing shall move: all motion is in the block that asks for it', () => {
    const [before = '', motion = ''] = svg.split('@media (prefers-reduced-motion:no-preference){');
    expect(before).toContain('#all{transform:translateY(-266px)}');
    expect(before).not.toMatch(/animation|visibility:hidden/);
    expect(motion).toContain('.s1{animation:a1 4s step-end infinite}');
  });

  it('shows each step after the one before it, and scrolls when the screen is full', () => {
    expect(svg).toContain('@keyframes a1{0%,25%{visibility:hidden}25.25%,100%{visibility:visible}}');
    expect(svg).toContain('@keyframes scroll{0%{transform:translateY(0px)}25%{transform:translateY(-266px)}');
  });

  it('cuts a long line at its last column', () => {
    expect(cut('x'.repeat(COLUMNS))).toHaveLength(COLUMNS);
    expect(cut('x'.repeat(COLUMNS + 1))).toMatch(/^x+…$/);
    expect(cut('x'.repeat(COLUMNS + 1))).toHaveLength(COLUMNS);
  });
});

describe('the recording in README', () => {
  it('is there, small, and of no longer line than it has columns', () => {
    expect(read('README.md')).toContain('](docs/images/start.svg)');
    expect(recorded.length).toBeLessThan(60_000);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(COLUMNS);
  });

  it('shows a pasted notification, its repetition and an altered one with their answers', () => {
    const answers = shown.filter(({ style }) => style === 'good' || style === 'bad').map(({ text }) => text);
    expect(answers).toEqual(['OK', 'OK', 'unauthorized']);
    expect(texts.filter((text) => / event +fulfil +delivered/.test(text))).toHaveLength(1);
    expect(texts.filter((text) => /^\S+ \S+ {2}401 {2}paymentwall/.test(text))).toHaveLength(1);
  });

  // Else: npm run recording.
  it('shows the first screen as it is today', () => {
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

  it('shows the columns of the lists as they are today', () => {
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
