/** A page of docs/, as elements: nothing of its text becomes HTML. */
import type { ComponentChildren } from 'preact';
import { type Block, blocksOf, linkTo } from '../markdown.ts';

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[((?:`[^`]*`|[^\]])+)\]\(([^)]+)\)/g;

function inline(text: string, from: string): ComponentChildren {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [all, code, bold, label = '', target = ''] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + all.length;
    const to = linkTo(target, from);
    if (code !== undefined) parts.push(<code>{code}</code>);
    else if (bold !== undefined) parts.push(<strong>{inline(bold, from)}</strong>);
    else parts.push(to === undefined ? inline(label, from) : <a href={to}>{inline(label, from)}</a>);
  }
  return [...parts, text.slice(end)];
}

function BlockShown({ block, from }: { block: Block; from: string }) {
  switch (block.kind) {
    case 'heading':
      // The view already shows the page's title.
      return block.level === 1 ? null : <h3>{inline(block.text, from)}</h3>;
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <pre class="lines" tabIndex={0}>
          {block.text}
        </pre>
      );
    case 'list': {
      const items = block.items.map((item) => <li key={item}>{inline(item, from)}</li>);
      return block.isNumbered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section class="scrolls" tabIndex={0} aria-label={block.head.join(', ')}>
          <table class="simple">
            <thead>
              <tr>
                {block.head.map((cell) => (
                  <th key={cell} scope="col">
                    {inline(cell, from)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row) => (
                <tr key={row.join('|')}>
                  {row.map((cell, column) => (
                    <td key={block.head[column]}>{inline(cell, from)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      );
    default:
      return <p>{inline(block.text, from)}</p>;
  }
}

/** @param from the page's own path, to which its links are relative */
export const Markdown = ({ text, from }: { text: string; from: string }) => (
  <div class="document">
    {blocksOf(text).map((block, index) => (
      <BlockShown key={index} block={block} from={from} />
    ))}
  </div>
);
