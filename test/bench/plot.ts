/** Draws the cost of one more notification. The values are counted, so each run draws the same picture. */

/** One line of a panel. */
interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  /** The label of the x axis. */
  readonly along: string;
  readonly most: number;
  readonly lines: readonly Line[];
}

const WIDTH = 720;
const PANEL_HEIGHT = 170;
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 150, 28, 36];
const COLOURS = ['#3056d3', '#0a7d5a', '#b25000'];
const STEPS = 4;

/** An SVG picture with one panel below the other. */
export function plotOf(panels: readonly Panel[]): string {
  const height = PANEL_HEIGHT * panels.length;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    '<title>What one more notification takes as its payment, the table and the accounts grow</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...panels.flatMap(panelOf),
    '</svg>',
  ].join('\n')}\n`;
}

function panelOf({ title, along, most, lines }: Panel, index: number): readonly string[] {
  const top = index * PANEL_HEIGHT + TOP;
  const bottom = (index + 1) * PANEL_HEIGHT - BOTTOM;
  const far = Math.max(...lines.flatMap(({ points }) => points.map(([x]) => x)));
  const x = (value: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * value) / far).toFixed(1);
  const y = (value: number): string => (bottom - ((bottom - top) * value) / most).toFixed(1);
  const marks = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
  const text = (left: string, down: string, content: string, more = ''): string =>
    `<text x="${left}" y="${down}"${more}>${content}</text>`;
  return [
    text(String(LEFT), String(top - 12), title, ' font-weight="bold"'),
    ...marks.flatMap((mark) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(mark * most)}" y2="${y(mark * most)}" stroke="#dddddd"/>`,
      text(String(LEFT - 6), y(mark * most), String(Math.round(mark * most)), ' text-anchor="end"'),
      text(x(mark * far), String(bottom + 14), String(Math.round(mark * far)), ' text-anchor="middle"'),
    ]),
    text(String((LEFT + WIDTH - RIGHT) / 2), String(bottom + 30), along, ' text-anchor="middle"'),
    ...lines.flatMap(({ name, points }, line) => {
      const colour = COLOURS[line % COLOURS.length];
      const last = points.at(-1)?.[1] ?? 0;
      return [
        `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')}"/>`,
        text(String(WIDTH - RIGHT + 8), y(last), `${name}: ${last}`, ` fill="${colour}"`),
      ];
    }),
  ];
}
