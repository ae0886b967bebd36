/** A page of docs/, as elements: nothing of its text becomes HTML. */
import type { MarkedToken, Token, Tokens } from 'marked';
import type { ComponentChildren } from 'preact';
import { linkTo } from '../markdown.ts';

/** The lexer has no extension, so it makes no tokens but its own. */
const known = (tokens: readonly Token[] = []) => tokens as readonly MarkedToken[];

interface Page {
  /** The page's own path, to which its links are relative. */
  readonly from: string;
  /** Fills in the names that a command leaves open. */
  readonly fill: (command: string) => string;
  /** What the page is read about, which its links to other pages keep: "?payment=…" */
  readonly about: string;
}

interface TokensProps {
  readonly tokens?: readonly Token[] | undefined;
  readonly page: Page;
}

const TokensShown = ({ tokens, page }: TokensProps) => (
  <>
    {known(tokens).map((token, index) => (
      <TokenShown key={index} token={token} page={page} />
    ))}
  </>
);

function TokenShown({ token, page }: { token: MarkedToken; page: Page }): ComponentChildren {
  const inner = 'tokens' in token ? <TokensShown tokens={token.tokens} page={page} /> : undefined;
  switch (token.type) {
    case 'heading':
      // The view already shows the page's title.
      return token.depth === 1 ? null : <h3>{inner}</h3>;
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <pre class="lines" tabIndex={0}>
          {page.fill(token.text)}
        </pre>
      );
    case 'list':
      return <List list={token} page={page} />;
    case 'table':
      return <Table table={token} page={page} />;
    case 'paragraph':
      return <p>{inner}</p>;
    case 'blockquote':
      return <blockquote>{inner}</blockquote>;
    case 'strong':
      return <strong>{inner}</strong>;
    case 'em':
      return <em>{inner}</em>;
    case 'codespan':
      return <code>{page.fill(token.text)}</code>;
    case 'link': {
      const to = linkTo(token.href, page.from);
      return to === undefined ? (
        inner
      ) : (
        <a href={to.startsWith('#/docs/') ? `${to}${page.about}` : to}>{inner}</a>
      );
    }
    case 'html':
      // A block of it is a comment of the page's author; within a line it is a name such as <account>, shown as text.
      return token.block ? null : token.text;
    case 'space':
    case 'def':
      return null;
    default:
      return inner ?? ('text' in token ? token.text : token.raw);
  }
}

function List({ list: { ordered, start, items }, page }: { list: Tokens.List; page: Page }) {
  const shown = items.map((item, index) => (
    <li key={index}>
      <TokensShown tokens={item.tokens} page={page} />
    </li>
  ));
  return ordered ? <ol start={start === '' ? 1 : start}>{shown}</ol> : <ul>{shown}</ul>;
}

const Table = ({ table: { header, rows }, page }: { table: Tokens.Table; page: Page }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
  <section class="scrolls" tabIndex={0} aria-label={header.map(({ text }) => text).join(', ')}>
    <table class="simple">
      <thead>
        <tr>
          {header.map(({ text, tokens }) => (
            <th key={text} scope="col">
              <TokensShown tokens={tokens} page={page} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map(({ tokens }, column) => (
              <td key={column}>
                <TokensShown tokens={tokens} page={page} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

export const Markdown = ({ tokens, page }: TokensProps) => (
  <div class="document">
    <TokensShown tokens={tokens} page={page} />
  </div>
);
