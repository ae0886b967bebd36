/** A link to a page of the documentation, shown in the console itself. */
import { type About, hrefOfDocument } from '../runbook.ts';
import { words } from '../text.ts';

/** "runbooks/held-payments.md#what-to-answer" → "Held payments" */
export const documentTitle = (path: string): string =>
  words(path.replace(/#.*/, '').replace(/\.md$/, '').split('/').at(-1) ?? path).replace(
    /\bdlq\b/i,
    'Dead-letter queue',
  );

interface DocLinkProps {
  /** Below docs/ */
  readonly path: string;
  /** What it is read about: its commands then name that. */
  readonly about?: About;
}

export const DocLink = ({ path, about }: DocLinkProps) => (
  <p class="faint">
    {path.startsWith('runbooks/') ? 'Runbook: ' : 'Documentation: '}
    <a href={hrefOfDocument(path, about)}>{documentTitle(path)}</a>
    {` (docs/${path})`}
  </p>
);
