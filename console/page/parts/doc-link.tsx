/** A link to a page of the documentation, shown in the console itself. */
import { href } from '../route.ts';
import { words } from '../text.ts';

/** "runbooks/held-payments.md#what-to-answer" → "Held payments" */
export const documentTitle = (path: string): string =>
  words(path.replace(/#.*/, '').replace(/\.md$/, '').split('/').at(-1) ?? path);

/** @param path below docs/ */
export const DocLink = ({ path }: { path: string }) => (
  <p class="faint">
    {path.startsWith('runbooks/') ? 'Runbook: ' : 'Documentation: '}
    <a href={href('docs', path)}>{documentTitle(path)}</a>
    {` (docs/${path})`}
  </p>
);
