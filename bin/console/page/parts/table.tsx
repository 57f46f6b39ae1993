import type { ComponentChildren } from 'preact';

interface TableProps {
  readonly caption: string;
  /** Whether everybody sees the caption, not only screen readers. @default false */
  readonly hasCaption?: boolean;
  /** Titles of the columns. The empty one stands for actions. */
  readonly head: readonly string[];
  readonly class?: string;
  /** Rows. */
  readonly children: ComponentChildren;
}

/**
 * A table that scrolls sideways where it is too wide. On a phone, its rows are blocks, with the titles before the
 * cells.
 */
export function Table({ caption, hasCaption = false, head, class: name, children }: TableProps) {
  const titles = Object.fromEntries(
    head.map((title, at) => [`--title-${at + 1}`, JSON.stringify(title && `${title}\u00a0 `)]),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table class={name} style={titles}>
        <caption class={hasCaption ? undefined : 'hidden'}>{caption}</caption>
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title === '' ? <span class="hidden">Actions</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
