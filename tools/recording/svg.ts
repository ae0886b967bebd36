/**
 * A terminal session as one animated SVG: text appears step by step and scrolls, by CSS alone. Without animation
 * (`prefers-reduced-motion`, or a viewer without it) it shows the end of the session.
 */

/** Size of the visible part; the text is laid out for it. */
export const COLUMNS = 104;
const ROWS = 27;

type Style = 'plain' | 'dim' | 'bold' | 'prompt' | 'good' | 'bad';
export interface Line {
  readonly text: string;
  readonly style: Style;
}
/** Lines that appear together, and how long they stay before the next ones. */
export interface Step {
  readonly lines: readonly Line[];
  readonly seconds: number;
}

/** Fixed colours, readable on a light page and on a dark one. */
const COLOURS: Readonly<Record<Style, string>> = {
  plain: '#d5dae3',
  dim: '#95a0b3',
  bold: '#ffffff',
  prompt: '#8fd0ff',
  good: '#8ce99a',
  bad: '#ffa8a8',
};
const FONT_SIZE = 13;
const COLUMN = FONT_SIZE * 0.602;
const ROW = 19;
const MARGIN = 16;
const BAR = 30;
const WIDTH = Math.ceil(COLUMNS * COLUMN) + 2 * MARGIN;
const HEIGHT = BAR + ROWS * ROW + MARGIN;

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);

/** A long line ends with … at the last column. */
export const cut = (text: string): string =>
  text.length <= COLUMNS ? text : `${text.slice(0, COLUMNS - 1)}…`;

export function terminalSvg(title: string, description: string, steps: readonly Step[]): string {
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  const percent = (seconds: number): string => `${Number(((seconds / total) * 100).toFixed(2))}%`;
  let row = 0;
  let begins = 0;
  const rules: string[] = [];
  const scrolls: string[] = [];
  const groups = steps.map(({ lines, seconds }, at) => {
    const group = `<g class="s${at}">${lines.map((line, place) => textOf(line, row + place)).join('')}</g>`;
    row += lines.length;
    if (at > 0) rules.push(appearing(at, percent(begins), percent(begins + 0.01), total));
    scrolls.push(`${percent(begins)}{transform:translateY(${offset(row)}px)}`);
    begins += seconds;
    return group;
  });
  const end = `translateY(${offset(row)}px)`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="t d">
<title id="t">${escaped(title)}</title>
<desc id="d">${escaped(description)}</desc>
<style>
text{font:${FONT_SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
${Object.entries(COLOURS)
  .map(([style, colour]) => `.${style}{fill:${colour}${style === 'bold' ? ';font-weight:bold' : ''}}`)
  .join('')}
#all{transform:${end}}
@media (prefers-reduced-motion:no-preference){
#all{animation:scroll ${total}s step-end infinite}
@keyframes scroll{${scrolls.join('')}100%{transform:${end}}}
${rules.join('\n')}
}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#12171f" stroke="#4a5568"/>
${['#ff6b6b', '#ffd43b', '#51cf66'].map((colour, at) => `<circle cx="${18 + at * 18}" cy="15" r="5" fill="${colour}"/>`).join('')}
<clipPath id="screen"><rect y="${BAR}" width="${WIDTH}" height="${HEIGHT - BAR - MARGIN / 2}"/></clipPath>
<g clip-path="url(#screen)"><g id="all">
${groups.join('\n')}
</g></g>
</svg>
`;
}

/** How far the text has moved up when this many rows are shown. */
const offset = (rows: number): number => -Math.max(0, rows - ROWS) * ROW;

const appearing = (at: number, before: string, from: string, total: number): string =>
  `.s${at}{animation:a${at} ${total}s step-end infinite}@keyframes a${at}{0%,${before}{visibility:hidden}${from},100%{visibility:visible}}`;

function textOf({ text, style }: Line, row: number): string {
  if (text === '') return '';
  const width = `textLength="${Number((text.length * COLUMN).toFixed(1))}"`;
  return `<text class="${style}" x="${MARGIN}" y="${BAR + row * ROW + 14}" xml:space="preserve" ${width}>${escaped(text)}</text>`;
}
