import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { stepSpan } from '../../../session/short-span.ts';
import { count } from '../text.ts';
import { BAND_WORDS, type Band, type Mark, type Span, type Timeline as Times, totalsOf, within } from '../timeline.ts';
import { type Cluster, clustersOf, ticksOf, zoomsOf } from '../timeline-view.ts';
import { Time } from './basics.tsx';

/** Share of a view that is left free on both sides of a zoom. */
const MARGIN = 0.08;

/** Attempts, waits and the circuit to scale, on one axis of time. The list below has the same in words. */
export function Timeline({ of }: { readonly of: Times }) {
  const [zoom, setZoom] = useState<Span>();
  const whole = { from: of.from, to: Math.max(of.to, of.from + 1) };
  const view = zoom ?? whole;
  const clusters = clustersOf(of.marks, view);
  const lane = (name: Mark['lane']) => clusters.filter((cluster) => cluster.lane === name);
  return (
    <figure class="timeline" aria-label="Timeline">
      <Zooms of={of.marks} {...{ view, whole, zoom }} onZoom={setZoom} />
      {/* The words below say the same. */}
      <div class="lanes" aria-hidden="true">
        <Ticks view={view} />
        <Lane name="Attempts">
          <Marks of={lane('attempts')} view={view} />
        </Lane>
        <Lane name="Waits">
          <Bands of={of.waits} view={view} />
        </Lane>
        <Lane name="Circuit">
          <Bands of={of.circuit} view={view} />
        </Lane>
        <Lane name="Steps">
          <Marks of={lane('steps')} view={view} />
        </Lane>
      </div>
      <figcaption>
        <Time at={iso(view.from)} />
        <span>{stepSpan(zoom === undefined ? of.to - of.from : view.to - view.from)}</span>
        <Time at={iso(view.to)} />
      </figcaption>
      <Words of={of} />
    </figure>
  );
}

interface ZoomsProps {
  readonly of: readonly Mark[];
  readonly view: Span;
  readonly whole: Span;
  readonly zoom: Span | undefined;
  readonly onZoom: (zoom: Span | undefined) => void;
}

function Zooms({ of, view, whole, zoom, onZoom }: ZoomsProps) {
  const zooms = zoomsOf(of, view);
  if (zooms.length === 0 && zoom === undefined) return null;
  const zoomTo = ({ from, to }: Span) => {
    const margin = (to - from) * MARGIN;
    onZoom({ from: from - margin, to: to + margin });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs
    <div class="buttons" role="group" aria-label="Zoom">
      {zooms.length > 0 && <span class="quiet">Zoom in:</span>}
      {zoom !== undefined && (
        <button type="button" onClick={() => onZoom(undefined)}>
          Zoom out to {stepSpan(whole.to - whole.from)}
        </button>
      )}
      {zooms.map((each) => (
        <button key={each.from} type="button" onClick={() => zoomTo(each)}>
          {each.count} steps in {stepSpan(each.to - each.from)}
          {each.from > whole.from && `, after ${stepSpan(each.from - whole.from)}`}
        </button>
      ))}
    </div>
  );
}

function Lane({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <span class="lane-name">{name}</span>
      <div class="track">{children}</div>
    </>
  );
}

interface InViewProps<Part> {
  readonly of: readonly Part[];
  readonly view: Span;
}

const SIGNS: Readonly<Record<Mark['tone'], string>> = { good: '✓', warn: '✕', bad: '✕', info: '?', plain: '•' };

function Marks({ of, view }: InViewProps<Cluster>) {
  return of.map(({ from, to, marks }) => {
    const [first] = marks;
    if (!first) return null;
    const isOne = marks.length === 1;
    return (
      <span
        key={from}
        class={`mark ${isOne ? first.tone : 'many'}`}
        style={{ left: place((from + to) / 2, view) }}
        title={marks.map(({ at, text }) => `${iso(at)} ${text}`).join('\n')}
      >
        {isOne ? SIGNS[first.tone] : marks.length}
      </span>
    );
  });
}

function Bands({ of, view }: InViewProps<Band>) {
  return of
    .flatMap((band) => within(band, view))
    .map(({ kind, from, to }) => {
      const text = `${BAND_WORDS[kind]} ${stepSpan(to - from)}`;
      const style = { left: place(from, view), width: `${((to - from) / (view.to - view.from)) * 100}%` };
      return (
        <span key={kind + from} class={`band ${kind}`} style={style} title={text}>
          {text}
        </span>
      );
    });
}

function Ticks({ view }: { readonly view: Span }) {
  return (
    <div class="ticks">
      {ticksOf(view).map(({ at, text }) => (
        <span key={text} style={{ left: place(at, view) }}>
          {text}
        </span>
      ))}
    </div>
  );
}

/** How the calls ended, and how long each wait was in all: the legend, and the timeline for who doesn't see it. */
function Words({ of: { marks, waits, circuit, from, to } }: { readonly of: Times }) {
  const calls = marks.filter(({ lane }) => lane === 'attempts');
  const failed = calls.filter(({ tone }) => tone === 'warn').length;
  const cutOff = calls.filter(({ tone }) => tone === 'info').length;
  const end = calls.find(({ tone }) => tone === 'good');
  return (
    <ul class="legend">
      <li>
        {count(failed, 'call')} failed in {stepSpan(to - from)}
        {cutOff > 0 && `, ${cutOff} cut off`}
        {end && `, then ${end.text}`}
      </li>
      <Totals lane="Waits" of={waits} />
      <Totals lane="Circuit" of={circuit} />
    </ul>
  );
}

function Totals({ lane, of }: { readonly lane: string; readonly of: readonly Band[] }) {
  return totalsOf(of).map(({ kind, ms }) => (
    <li key={kind}>
      <span class={`swatch ${kind}`} /> {lane}: {BAND_WORDS[kind]} {stepSpan(ms)}
    </li>
  ));
}

function place(at: number, { from, to }: Span): string {
  return `${((at - from) / (to - from)) * 100}%`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
