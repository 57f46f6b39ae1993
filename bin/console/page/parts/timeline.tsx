import { stepSpan } from '../../../session/short-span.ts';
import type { TrailStep } from '../documents.ts';

const TONES: Readonly<Record<string, string>> = {
  'attempt-failed': 'warn',
  'attempt-interrupted': 'warn',
  'undo-failed': 'bad',
  'backup-failed': 'warn',
  held: 'info',
  awaited: 'info',
};

/** The steps on one line, to scale, so that waits show. */
export function Timeline({ steps }: { readonly steps: readonly TrailStep[] }) {
  const times = steps.map(({ at }) => Date.parse(at));
  const first = times[0] ?? 0;
  const length = Math.max(1, (times.at(-1) ?? first) - first);
  return (
    <figure class="timeline" aria-label={`${steps.length} steps in ${stepSpan(length)}`}>
      <div class="track">
        {steps.map(({ step, at, outcome }, index) => {
          const tone = step === 'settled' ? (outcome === 'dead-lettered' ? 'warn' : 'good') : (TONES[step] ?? 'plain');
          const place = (((times[index] ?? first) - first) / length) * 100;
          return <span key={index} class={`dot ${tone}`} style={{ left: `${place}%` }} title={`${step}, ${at}`} />;
        })}
      </div>
      <figcaption>
        <span>{steps[0]?.at.slice(11, 19)}</span>
        <span>{stepSpan(length)}</span>
        <span>{steps.at(-1)?.at.slice(11, 19)}</span>
      </figcaption>
    </figure>
  );
}
