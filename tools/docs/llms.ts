/** llms.txt (https://llmstxt.org): what a language model should read, made from the index of the documentation. */
import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Each row of the first table of docs/README.md: its purpose, and its links. */
function sections(index: string): readonly (readonly [string, readonly string[]])[] {
  const [table = ''] = index.split('## By word');
  return table.split('\n').flatMap((line) => {
    const [, what = '', pages = ''] = /^\| \d* ?\| ([^|]+) \| (.+) \|$/.exec(line) ?? [];
    const links = [...pages.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(
      ([, text = '', path = '']) => `- [${text.replaceAll('`', '')}](${normalize(join('docs', path))})`,
    );
    return links.length === 0 ? [] : [[what, links] as const];
  });
}

export function llmsText(): string {
  const [, , summary = ''] = readFileSync(join(root, 'README.md'), 'utf8').split('\n');
  const parts = sections(readFileSync(join(root, 'docs/README.md'), 'utf8')).map(
    ([what, links]) => `## ${what[0]?.toUpperCase()}${what.slice(1)}\n\n${links.join('\n')}`,
  );
  const tool =
    'Commands for programs: `npx payhooks --help --json` names every command with its options, whether it reads or writes, and the AWS actions that it calls. A command marked `read` changes nothing that stays.';
  return `${['# Payhooks', `> ${summary.replaceAll('**', '')}`, tool, ...parts].join('\n\n')}\n`;
}
