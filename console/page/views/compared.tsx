/** Compares notifications with one id side by side; differences are marked by words and by colour. */
import type { NotificationShown } from '../../contract.ts';
import { Badge, Time } from '../parts/values.tsx';

/** Entry → its text, for one notification. */
function linesOf({ content }: NotificationShown): ReadonlyMap<string, string> {
  if (content === undefined || typeof content === 'string') return new Map();
  return new Map(
    content.entries.flatMap(({ entry, codes, amounts }) => [
      [`${entry}: codes`, codes.join(', ')] as const,
      ...(amounts.length === 0 ? [] : [[`${entry}: amount`, amounts.join(', ')] as const]),
    ]),
  );
}

const unreadable = ({ content }: NotificationShown): string | undefined => {
  if (content === 'not_opened') return 'It cannot be opened: its sealing key is gone.';
  if (content === 'not_parsed') return 'It cannot be read by this version.';
  return content === undefined ? 'Its content is not shown.' : undefined;
};

export function Compared({ notifications }: { notifications: readonly NotificationShown[] }) {
  const sides = notifications.map((notification) => ({ notification, lines: linesOf(notification) }));
  const names = [...new Set(sides.flatMap(({ lines }) => [...lines.keys()]))].sort();
  const [first] = sides;
  return (
    <div class="compared">
      {sides.map(({ notification, lines }, index) => (
        <section
          key={notification.digest}
          class="side"
          aria-label={notification.as === 'applied' ? 'Applied' : 'Conflicting duplicate'}
        >
          <header>
            <Badge tone={notification.as === 'applied' ? 'good' : 'bad'}>
              {notification.as === 'applied' ? 'Applied' : 'Conflicting duplicate'}
            </Badge>
            <Time at={notification.at} />
          </header>
          {unreadable(notification) === undefined ? null : <p class="faint">{unreadable(notification)}</p>}
          <dl>
            {names.map((name) => {
              const value = lines.get(name);
              const differs = sides.some((side) => side.lines.get(name) !== value);
              return (
                <div key={name} class={differs ? 'differs' : ''}>
                  <dt>
                    {name}
                    {differs ? <span class="mark">differs</span> : null}
                  </dt>
                  <dd>
                    <Changed
                      value={value}
                      from={index === 0 ? undefined : first?.lines.get(name)}
                      differs={differs}
                    />
                  </dd>
                </div>
              );
            })}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** Compared with the applied one: its text is struck out, this one's text is inserted. */
function Changed({
  value,
  from,
  differs,
}: {
  value: string | undefined;
  from: string | undefined;
  differs: boolean;
}) {
  if (value === undefined) return <span class="faint">says nothing about it</span>;
  if (!differs || from === undefined || from === value) return <code>{value}</code>;
  return (
    <>
      <del>{from}</del> <ins>{value}</ins>
    </>
  );
}
