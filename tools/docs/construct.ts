/** docs/construct.md: hand-written prose, and rendered defaults between two marks. */
import { readFileSync } from 'node:fs';
import { apiSection } from './api.ts';
import { configurationSections } from './configuration.ts';
import { resourceSections } from './resources.ts';
import { watchingSection } from './watching.ts';

const BEGIN =
  '<!-- From here rendered from infra/ by `npm run docs`; a test fails when a default is missing or stale. -->';
const END = '<!-- Rendered up to here. -->';

/** The page with the part between the marks rendered again. @throws when a mark is missing */
export function constructPage(): string {
  const text = readFileSync(new URL('../../docs/construct.md', import.meta.url), 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('docs/construct.md: the marks of the rendered part are gone');
  const parts = [
    BEGIN,
    '### Configuration',
    'In `cdk.json` under `payhooks`, or given to `parseConfig`. "needed": synth stops without it.',
    ...configurationSections(),
    '### Resources',
    'Names begin with `payhooks-<environment>-` where nothing else is said.',
    apiSection(),
    ...resourceSections(),
    watchingSection(),
    END,
  ];
  return text.slice(0, begin) + parts.join('\n\n') + text.slice(end + END.length);
}
