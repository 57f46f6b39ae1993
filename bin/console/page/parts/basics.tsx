import type { ComponentChildren } from 'preact';
import { shortSpan } from '../../../session/short-span.ts';
import { useNow } from '../hooks.ts';

type Tone = 'good' | 'bad' | 'warn' | 'info' | 'plain';

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A time as an age, with the exact time on hover. */
export function Age({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={at}>
      {shortSpan(now - Date.parse(at))}
    </time>
  );
}

/** An exact time in UTC. */
export function Time({ at }: { readonly at: string }) {
  return <time dateTime={at}>{at.slice(0, 19).replace('T', ' ')}Z</time>;
}

export function Problem({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

export function Loading() {
  return (
    <p class="quiet" role="status">
      Loading…
    </p>
  );
}

/** Names and values, without those that are absent. */
export function Facts({ of }: { readonly of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Meter({ share, label }: { readonly share: number; readonly label: string }) {
  return (
    <div class="meter">
      <progress value={share} max={1} aria-label={label} />
      <span>{Math.round(share * 100)} %</span>
    </div>
  );
}
