import { useId, useRef } from 'preact/hooks';
import type { Mistake } from '../edit-check.ts';

interface JsonEditorProps {
  readonly label: string;
  readonly rows: number;
  readonly value: string;
  readonly mistakes: readonly Mistake[];
  readonly onChange: (value: string) => void;
}

/** A text area that marks mistakes while the operator types, and lists them below. */
export function JsonEditor({ label, rows, value, mistakes, onChange }: JsonEditorProps) {
  const id = useId();
  const marks = useRef<HTMLPreElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const goTo = ({ from, to }: Mistake) => {
    area.current?.focus();
    area.current?.setSelectionRange(from, to);
  };
  return (
    <div class="json">
      <label for={id}>{label}</label>
      <div class="json-text">
        <pre ref={marks} aria-hidden="true">
          {marked(value, mistakes[0])}
        </pre>
        <textarea
          id={id}
          ref={area}
          rows={rows}
          spellcheck={false}
          value={value}
          aria-invalid={mistakes.length > 0}
          aria-describedby={`${id}-mistakes`}
          onInput={(event) => onChange(event.currentTarget.value)}
          onScroll={(event) => {
            if (marks.current) marks.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <ul id={`${id}-mistakes`} class="mistakes" aria-live="polite">
        {mistakes.map((mistake) => (
          <li key={mistake.from + mistake.message}>
            <button type="button" class="plain" onClick={() => goTo(mistake)}>
              Line {value.slice(0, mistake.from).split('\n').length}
            </button>{' '}
            {mistake.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The text with the first mistake marked. It lies behind the text area, which draws the characters. */
function marked(value: string, mistake: Mistake | undefined) {
  // A line end at the end needs a character after it to have a height.
  if (!mistake) return `${value} `;
  const { from, to } = mistake;
  return [value.slice(0, from), <mark key="mark">{value.slice(from, to) || ' '}</mark>, `${value.slice(to)} `];
}
