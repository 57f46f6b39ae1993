import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface MoreProps {
  /** What the menu is about, for who doesn't see it. */
  readonly of: string;
  /** Buttons. */
  readonly children: ComponentChildren;
}

/** Actions that are seldom right, behind one button. Escape and a choice close it. */
export function More({ of, children }: MoreProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  return (
    <details
      ref={menu}
      class="more"
      onKeyDown={({ key }) => {
        if (key !== 'Escape') return;
        close();
        menu.current?.querySelector('summary')?.focus();
      }}
    >
      <summary>
        More<span class="hidden"> for {of}</span>
      </summary>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: clicks come from the buttons in it */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a key clicks a button too */}
      <div class="buttons" onClick={close}>
        {children}
      </div>
    </details>
  );
}
