/** The report as one self-contained file, for screen, print and as an attachment. */
import type { AnswerTimes, Bar } from './answer-times.ts';
import type { AccountResult, Result } from './certify.ts';

export interface ReportHead {
  /** The stack's label in the command line. */
  readonly stack: string;
  readonly environment: string;
  readonly version: string;
  /** ISO 8601. */
  readonly at: string;
}

const STYLE = `
body{font:14px/1.45 system-ui,sans-serif;color:#1b1b1b;background:#fff;margin:2rem auto;max-width:62rem;padding:0 1rem}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.2rem 0 .4rem;border-bottom:2px solid #1b1b1b}
h3{font-size:1rem;margin:1.2rem 0 .3rem}p{margin:.3rem 0}.address{overflow-wrap:anywhere;font-family:ui-monospace,monospace}
table{border-collapse:collapse;table-layout:fixed;width:100%;margin:.5rem 0}
th,td{border:1px solid #999;padding:.3rem .45rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
.items th:nth-child(1){width:2.6rem}.items th:nth-child(2),.items th:nth-child(3){width:25%}.items th:nth-child(5){width:5.4rem}
th{background:#eee}tr{break-inside:avoid}.verdict{font-weight:700}
.pass,.seen{color:#0a6b2d}.fail{color:#b00020}.missing,.untried{color:#8a5a00}.none,.yours{color:#555}
.sign td{height:2.4rem}svg text{font:11px system-ui,sans-serif}@page{margin:14mm}
@media print{body{font-size:12px;margin:0;max-width:none;padding:0}h2,h3{break-after:avoid}.account~.account{break-before:page}svg{break-inside:avoid}}
`;

const WORDS: Readonly<Record<Result['verdict'], string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  none: 'not used',
  untried: 'not tried',
  seen: 'recorded',
  missing: 'not recorded',
  yours: 'by a person',
};

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export function htmlReport(head: ReportHead, accounts: readonly AccountResult[]): string {
  const results = accounts.flatMap((account) => account.results);
  const auto = results.filter(({ kind }) => kind === 'auto');
  const count = (verdict: Result['verdict']) => auto.filter((each) => each.verdict === verdict).length;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Payhooks: go-live report</title>',
    `<style>${STYLE}</style></head><body>`,
    '<h1>Go-live report</h1>',
    `<p>Payhooks ${escaped(head.version)}, ${escaped(head.stack)}, environment <b>${escaped(head.environment)}</b>, ${escaped(head.at.slice(0, 16).replace('T', ' '))} UTC.</p>`,
    `<p>Items tested by a program: <b class="pass">${count('pass')} passed</b>, <b class="${count('fail') === 0 ? 'none' : 'fail'}">${count('fail')} failed</b>, ${count('none')} not used by the account, ${count('untried')} not tried.</p>`,
    '<p>Payhooks sent what the provider sends, signed with the keys of this environment: new notifications, repeated, altered and unsigned ones, whole retry schedules without pauses, redirects. No provider took part.</p>',
    '<p>PASS, FAIL: tested by this run. Not used: the account does not use this feature. Not tried: it cannot be tested from the computer of this run. Recorded: the stack has stored such a payment.</p>',
    ...accounts.map(section),
    '<h2>Confirmed by</h2>',
    '<table class="sign"><tr><th>Name</th><th>Role</th><th>Date</th><th>Signature</th></tr><tr><td></td><td></td><td></td><td></td></tr></table>',
    '</body></html>',
    '',
  ].join('\n');
}

function section({ account, url, results, answers }: AccountResult): string {
  const part = (title: string, kind: Result['kind']): string => {
    const rows = results.filter((each) => each.kind === kind);
    return rows.length === 0 ? '' : `<h3>${title}</h3>\n${tableOf(rows)}`;
  };
  return [
    `<h2 class="account">${escaped(account)}</h2>`,
    `<p>Registered address: <span class="address">${escaped(url)}</span></p>`,
    part('Tested by this run', 'auto'),
    part('Recorded by the stack; a person confirms it', 'shown'),
    part('To be done by a person', 'merchant'),
    answers === undefined ? '' : `<h3>Time to answer</h3>\n${timesOf(answers)}`,
  ].join('\n');
}

const tableOf = (rows: readonly Result[]): string =>
  [
    '<table class="items"><thead><tr><th>Item</th><th>Asked</th><th>Done</th><th>Seen</th><th>Result</th></tr></thead><tbody>',
    ...rows.map(({ id, asks, did, saw, verdict }) => {
      const cells = [id, asks, did, saw].map((text) => `<td>${escaped(text)}</td>`).join('');
      return `<tr>${cells}<td class="verdict ${verdict}">${WORDS[verdict]}</td></tr>`;
    }),
    '</tbody></table>',
  ].join('\n');

const BAR_WIDTH = 300;
const ROW_HEIGHT = 16;

const barText = ({ upToMs }: Bar): string => (upToMs === undefined ? 'over 3000 ms' : `up to ${upToMs} ms`);

function timesOf({ count, p50Ms, p95Ms, maxMs, overLimit, histogram }: AnswerTimes): string {
  const most = Math.max(...histogram.map((bar) => bar.count));
  const bars = histogram.map((bar, row) => {
    const y = row * ROW_HEIGHT;
    const width = Math.round((bar.count / most) * BAR_WIDTH);
    return [
      `<text x="0" y="${y + 12}">${barText(bar)}</text>`,
      `<rect x="90" y="${y + 3}" width="${width}" height="10" fill="#345"/>`,
      `<text x="${96 + width}" y="${y + 12}">${bar.count}</text>`,
    ].join('');
  });
  return [
    `<p>${count} answers of 200: half within ${p50Ms} ms, 95 of 100 within ${p95Ms} ms, the longest ${maxMs} ms; ${overLimit} over 3000 ms. Measured on the computer that ran the command; no item depends on it.</p>`,
    `<svg role="img" aria-label="Histogram of answer times" width="460" height="${histogram.length * ROW_HEIGHT}">${bars.join('')}</svg>`,
  ].join('\n');
}
